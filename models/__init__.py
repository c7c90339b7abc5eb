"""Pixels in, values out; no I/O but loading weights; usable without edge and drivers."""
