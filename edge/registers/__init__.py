"""People, vehicles and watch-lists."""
