"""The ledger of vehicles: who is inside, and every stay of the past."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay of a vehicle; times in wall seconds, None where nobody saw it, or while it is inside."""

    plate: str
    entry: str | None
    entered_wall_s: float | None
    exit: str | None
    left_wall_s: float | None


def inside(connection: sqlite3.Connection) -> list[Stay]:
    """Return the vehicles that are inside, the longest first."""
    return _stays(connection, "left_wall_s IS NULL ORDER BY entered_wall_s, id", ())


def latest(connection: sqlite3.Connection, since_wall_s: float, limit: int) -> list[Stay]:
    """Return at most `limit` stays that began or ended after a moment, the newest first."""
    where = "coalesce(left_wall_s, entered_wall_s) >= ? ORDER BY id DESC LIMIT ?"
    return _stays(connection, where, (since_wall_s, limit))


def _stays(connection: sqlite3.Connection, where: str, values: tuple[float, ...]) -> list[Stay]:
    rows = connection.execute(
        f"SELECT plate, entry, entered_wall_s, exit, left_wall_s FROM vehicle_stays WHERE {where}",  # noqa: S608
        values,
    )
    return [Stay(*row) for row in rows]
