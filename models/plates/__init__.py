"""Mainland plates: find them, straighten them, read them, agree on them."""
