"""Doors: OSDP readers on RS-485, UHPPOTE controllers on UDP, and what the state of a door is."""
