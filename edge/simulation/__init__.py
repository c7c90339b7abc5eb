"""The other end of every wire of a site file: simulated devices that speak the real protocols."""
