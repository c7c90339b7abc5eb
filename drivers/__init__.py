"""One family of devices a package; usable without edge."""
