"""Electronic fences: hosts read through a register map that an installer can write."""
