"""Events on their way to the community server: each stays until the server acknowledged its id."""

import sqlite3
from collections.abc import Iterable
from typing import Literal

import msgspec

from edge.store import counters

Lane = Literal["alerts", "pictures"]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What delivery must know of a row. `after`: see the outbox table."""

    id: str
    lane: Lane
    sequence: int
    after: int


class Content(msgspec.Struct, frozen=True):
    """What is sent: the event as JSON, the path of the picture that belongs into it, attempts in vain."""

    event: str
    picture: str | None
    attempts: int = 0


class Backlog(msgspec.Struct, frozen=True):
    """What waits, and when the oldest of it was queued (wall time, None where nothing waits)."""

    alerts: int = 0
    pictures: int = 0
    oldest_wall_s: float | None = None


def queue(connection: sqlite3.Connection, row: Waiting, content: Content, wall_s: float) -> None:
    """Add a row whose sequence follows the last of its lane, within the caller's transaction."""
    connection.execute(
        "INSERT INTO outbox (id, lane, sequence, after, event, picture, queued_wall_s)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (row.id, row.lane, row.sequence, row.after, content.event, content.picture, wall_s),
    )
    counters.reach(connection, row.lane, row.sequence)


def waiting(connection: sqlite3.Connection, lane: Lane, limit: int) -> tuple[Waiting, ...]:
    """Return the first `limit` rows of a lane that are not acknowledged, in order."""
    rows = connection.execute(
        "SELECT id, sequence, after FROM outbox WHERE lane = ? AND acknowledged_wall_s IS NULL"
        " ORDER BY sequence LIMIT ?",
        (lane, limit),
    )
    return tuple(Waiting(id=i, lane=lane, sequence=s, after=a) for i, s, a in rows)


def content(connection: sqlite3.Connection, row_id: str) -> Content:
    """Return what a row sends. KeyError: there is no such row."""
    row = connection.execute("SELECT event, picture, attempts FROM outbox WHERE id = ?", (row_id,)).fetchone()
    if row is None:
        raise KeyError(row_id)
    return Content(*row)


def acknowledge(connection: sqlite3.Connection, ids: Iterable[str], wall_s: float) -> int:
    """Mark rows as acknowledged, within the caller's transaction; return how many were waiting."""
    return sum(
        connection.execute(
            "UPDATE outbox SET acknowledged_wall_s = ? WHERE id = ? AND acknowledged_wall_s IS NULL",
            (wall_s, row_id),
        ).rowcount
        for row_id in ids
    )


def note_unanswered(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Count an attempt that came to nothing, within the caller's transaction."""
    for row_id in ids:
        connection.execute("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?", (row_id,))


def backlog(connection: sqlite3.Connection) -> Backlog:
    """Return how much waits."""
    counted = connection.execute(
        "SELECT lane, count(*), min(queued_wall_s) FROM outbox"
        " WHERE acknowledged_wall_s IS NULL GROUP BY lane"
    ).fetchall()
    waiting_in = {lane: count for lane, count, _ in counted}
    oldest = min((queued for _, _, queued in counted), default=None)
    return Backlog(waiting_in.get("alerts", 0), waiting_in.get("pictures", 0), oldest)
