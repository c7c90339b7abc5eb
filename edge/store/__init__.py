"""SQLite: journal, outbox, numbered migrations; templates encrypted at rest."""
