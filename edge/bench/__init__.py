"""Measurements: each figure beside its goal."""
