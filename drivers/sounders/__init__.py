"""Sirens and strobes: how long they may sound."""
