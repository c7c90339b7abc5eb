"""The devices of a site: their drivers built from the site file, and the hub that listens to all of them."""
