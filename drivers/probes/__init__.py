"""Wi-Fi probes: how many devices are near, minute by minute. Nobody is followed and no address is kept."""
