"""Numbers that never repeat, not even after old rows are gone."""

import sqlite3
from typing import Literal

Counter = Literal["journal", "alert", "alerts", "pictures"]


def last(connection: sqlite3.Connection, name: Counter) -> int:
    """Return the last number that was given out, 0 before the first."""
    (value,) = connection.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
    return int(value)


def reach(connection: sqlite3.Connection, name: Counter, value: int) -> None:
    """Note that every number up to `value` is given out."""
    connection.execute("UPDATE counter SET value = max(value, ?) WHERE name = ?", (value, name))


def following(connection: sqlite3.Connection, name: Counter) -> int:
    """Give out the next number, within the caller's transaction."""
    value = last(connection, name) + 1
    reach(connection, name, value)
    return value
