"""The box's own socket: how its devices are, what they say, and orders to them."""
