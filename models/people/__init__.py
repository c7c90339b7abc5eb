"""People by their bodies: backs, masks and hoods included, at near range."""
