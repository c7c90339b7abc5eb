"""What the controller remembers of passing: used passes, who is where, modes, which vehicles are inside."""

import sqlite3
from collections.abc import Iterable

from edge.access.stepping import Entered, Left, Memory, ModeChanged, Moved, PassUsed, Remembered


def write(connection: sqlite3.Connection, memory: Iterable[Memory]) -> None:
    """Remember, within the caller's transaction."""
    for one in memory:
        match one:
            case PassUsed(visitor=visitor, uses=uses):
                connection.execute("REPLACE INTO pass_uses (visitor, uses) VALUES (?, ?)", (visitor, uses))
            case Moved(subject=subject, area=area, since_wall_s=since_s):
                connection.execute("REPLACE INTO whereabouts VALUES (?, ?, ?)", (subject, area, since_s))
            case ModeChanged():
                _mode(connection, one)
            case Entered(plate=plate, lane=lane, wall_s=wall_s):
                connection.execute(
                    "INSERT INTO vehicle_stays (plate, entry, entered_wall_s) VALUES (?, ?, ?)",
                    (plate, lane, wall_s),
                )
            case Left():
                _leave(connection, one)


def read(connection: sqlite3.Connection) -> Remembered:
    """Return everything that is remembered; of a plate that entered twice, the later entry."""
    stays = connection.execute(
        "SELECT plate, entry, entered_wall_s FROM vehicle_stays WHERE left_wall_s IS NULL ORDER BY id"
    )
    return Remembered(
        uses=dict(connection.execute("SELECT visitor, uses FROM pass_uses").fetchall()),
        whereabouts=dict(connection.execute("SELECT subject, area FROM whereabouts").fetchall()),
        modes=frozenset(mode for (mode,) in connection.execute("SELECT mode FROM access_modes")),
        inside={plate: (lane, entered_s) for plate, lane, entered_s in stays},
    )


def _mode(connection: sqlite3.Connection, changed: ModeChanged) -> None:
    connection.execute("DELETE FROM access_modes WHERE mode = ?", (changed.mode,))
    if changed.on:
        connection.execute(
            "INSERT INTO access_modes (mode, by, why, since_wall_s) VALUES (?, ?, ?, ?)",
            (changed.mode, changed.by, changed.why, changed.since_wall_s),
        )


def _leave(connection: sqlite3.Connection, left: Left) -> None:
    # A plate that entered twice left once: the latest stay ends, the other stays open for a human to see.
    ended = connection.execute(
        "UPDATE vehicle_stays SET exit = ?, left_wall_s = ? WHERE id = "
        "(SELECT max(id) FROM vehicle_stays WHERE plate = ? AND left_wall_s IS NULL)",
        (left.lane, left.wall_s, left.plate),
    ).rowcount
    if not ended:
        connection.execute(
            "INSERT INTO vehicle_stays (plate, exit, left_wall_s) VALUES (?, ?, ?)",
            (left.plate, left.lane, left.wall_s),
        )
