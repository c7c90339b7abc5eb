"""What the daemon has written down, read beside it without a hand on it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.alerts.alert import Alert
from edge.events import Stamped
from edge.registers import knowledge
from edge.store import alert_rows, journal

MOST_ROWS = 1000


@dataclass(slots=True)
class Record:
    """A reader of one database: it goes on where it stopped."""

    connection: sqlite3.Connection
    names: Mapping[str, str]
    last_seq: int = 0
    decided_s: dict[int, float] = field(default_factory=dict)

    @classmethod
    def open(cls, database: Path) -> "Record":
        """Open the database of a running daemon for reading only."""
        connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None)
        return cls(connection, knowledge.gather(connection).names)

    def observations(self) -> list[Stamped]:
        """Return what was journalled since the last call, at most MOST_ROWS of it, in order."""
        found = list(journal.read(self.connection, self.last_seq, MOST_ROWS))
        for stamped in found:
            self.last_seq = stamped.seq
            self.decided_s[stamped.seq] = stamped.observation.mono_s
        return found

    def alerts(self) -> list[Alert]:
        """Return every alert as it stands now, in order."""
        return list(alert_rows.read(self.connection, 0, MOST_ROWS))

    def acknowledged(self) -> frozenset[str]:
        """Return the ids of the events that the daemon knows to be acknowledged."""
        rows = self.connection.execute("SELECT id FROM outbox WHERE acknowledged_wall_s IS NOT NULL")
        return frozenset(row_id for (row_id,) in rows)

    def close(self) -> None:
        """Close the database."""
        self.connection.close()
