"""The record of sheets that went in and out of the registers: who, when, why and how many rows."""

import sqlite3
from dataclasses import asdict, dataclass
from typing import Literal

from edge.registers.entries import insert


@dataclass(frozen=True, slots=True)
class RegisterAct:
    """One import, or one export with numbers in the clear; `rows` counts what went in or out."""

    act: Literal["import", "export"]
    sheet: str
    file: str
    by: str | None
    why: str | None
    rows: int
    at_s: float


def record(connection: sqlite3.Connection, act: RegisterAct) -> None:
    """Record an act within the caller's transaction."""
    insert(connection, "register_acts", asdict(act))


def every_act(connection: sqlite3.Connection) -> list[RegisterAct]:
    """Return the acts, oldest first."""
    rows = connection.execute("SELECT act, sheet, file, by, why, rows, at_s FROM register_acts ORDER BY id")
    return [RegisterAct(*row) for row in rows]
