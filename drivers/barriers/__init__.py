"""Barriers: when the arm may move."""
