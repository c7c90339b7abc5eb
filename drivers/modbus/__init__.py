"""Modbus RTU over RS-485 or over TCP: one bus, its poll schedule, and the stations on it."""
