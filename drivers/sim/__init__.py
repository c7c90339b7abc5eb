"""The other end of every wire: simulators that speak the real protocol. No real site runs this code."""
