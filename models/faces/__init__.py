"""Faces: find them, judge them, tell them apart."""
