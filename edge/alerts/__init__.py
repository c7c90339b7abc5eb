"""An alert's life."""
