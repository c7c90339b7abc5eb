"""Alerts as rows: the columns that are asked for, and the whole alert as JSON."""

import sqlite3
from collections.abc import Iterator

import msgspec

from edge.alerts.alert import Alert
from edge.store import counters

_ALERT: msgspec.json.Decoder[Alert] = msgspec.json.Decoder(Alert)


def write(connection: sqlite3.Connection, alert: Alert) -> None:
    """Add an alert or replace its row, within the caller's transaction."""
    connection.execute(
        "INSERT INTO alert (id, sequence, state, kind, severity, last_wall_s, picture, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET state = excluded.state, last_wall_s = excluded.last_wall_s,"
        " picture = excluded.picture, body = excluded.body",
        (
            alert.id,
            alert.sequence,
            alert.state,
            alert.kind,
            alert.severity,
            alert.last_wall_s,
            alert.picture.path if alert.picture else None,
            msgspec.json.encode(alert).decode(),
        ),
    )
    counters.reach(connection, "alert", alert.sequence)


def read_open(connection: sqlite3.Connection) -> Iterator[Alert]:
    """Yield the alerts that are not settled, in order."""
    for (body,) in connection.execute("SELECT body FROM alert WHERE state = 'open' ORDER BY sequence"):
        yield _ALERT.decode(body)


def read(connection: sqlite3.Connection, after: int = 0, limit: int = 1000) -> Iterator[Alert]:
    """Yield at most `limit` alerts whose sequence is greater than `after`, in order."""
    rows = connection.execute(
        "SELECT body FROM alert WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, limit)
    )
    for (body,) in rows:
        yield _ALERT.decode(body)


def pictures(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the paths of every evidence picture that an alert or a waiting event refers to."""
    rows = connection.execute(
        "SELECT picture FROM alert WHERE picture IS NOT NULL"
        " UNION SELECT picture FROM outbox WHERE picture IS NOT NULL AND acknowledged_wall_s IS NULL"
    )
    return frozenset(path for (path,) in rows)
