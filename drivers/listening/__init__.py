"""Drivers of devices that only talk: their wires, the thread that reads one, and who counts as lost."""
