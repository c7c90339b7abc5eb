"""The last known state of every device, point by point."""

import sqlite3
from collections.abc import Iterable

from edge.linkage.states import Change, Held


def write(connection: sqlite3.Connection, changes: Iterable[Change], wall_s: float, seq: int) -> None:
    """Note changes at `wall_s`, in the journal under `seq`, within the caller's transaction."""
    connection.executemany(
        "INSERT INTO device_state (device, point, state, since_wall_s, seq) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (device, point) DO UPDATE SET state = excluded.state,"
        " since_wall_s = excluded.since_wall_s, seq = excluded.seq",
        [(*change.point, change.now, wall_s, seq) for change in changes],
    )


def read(connection: sqlite3.Connection) -> Held:
    """Return everything that is known."""
    rows = connection.execute("SELECT device, point, state, since_wall_s FROM device_state").fetchall()
    return Held(
        {(device, point): state for device, point, state, _ in rows},
        {(device, point): since_s for device, point, _, since_s in rows},
    )
