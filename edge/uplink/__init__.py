"""The outbox to the community server."""
