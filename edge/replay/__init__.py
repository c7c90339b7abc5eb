"""Recorded time through the same controller."""
