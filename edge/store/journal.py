"""Every observation that the controller took in, in order, as JSON."""

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from edge.events import Observation, Stamped
from edge.store import counters

_OBSERVATION: msgspec.json.Decoder[Observation] = msgspec.json.Decoder(Observation)


def append(connection: sqlite3.Connection, rows: Iterable[Stamped]) -> None:
    """Add observations whose `seq` follow the last one, within the caller's transaction."""
    for row in rows:
        connection.execute(
            "INSERT INTO journal (seq, wall_s, mono_s, boot, clock_trusted, kind, observation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                row.seq,
                row.wall_s,
                row.mono_s,
                row.boot,
                row.clock_trusted,
                type(row.observation).__name__,
                msgspec.json.encode(row.observation).decode(),
            ),
        )
        counters.reach(connection, "journal", row.seq)


def read(connection: sqlite3.Connection, after: int = 0, limit: int = 1000) -> Iterator[Stamped]:
    """Yield at most `limit` observations whose `seq` is greater than `after`, in order."""
    rows = connection.execute(
        "SELECT seq, wall_s, mono_s, boot, clock_trusted, observation FROM journal"
        " WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, limit),
    )
    for seq, wall_s, mono_s, boot, trusted, observation in rows:
        yield Stamped(
            seq=seq,
            wall_s=wall_s,
            mono_s=mono_s,
            boot=boot,
            clock_trusted=bool(trusted),
            observation=_OBSERVATION.decode(observation),
        )
