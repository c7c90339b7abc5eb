"""Exceptions for one person: may, or may not, pass something for a while, whatever rights say."""

import sqlite3
from dataclasses import dataclass, replace

from edge.refusal import Refused
from edge.registers import subjects
from edge.registers.entries import act, insert, no_such, printable

_EXCEPTIONS = """
SELECT e.id, p.name, e.person, e.opening, e.allow, e.from_s, e.until_s, e.reason, e.added_by
FROM exceptions e JOIN people p ON p.id = e.person
"""


@dataclass(frozen=True, slots=True)
class Exemption:
    """What a person may (`allow`), or may not, pass, in wall seconds, why, and who said so."""

    person: int
    opening: str
    allow: bool
    from_s: float
    until_s: float
    reason: str
    added_by: str


@dataclass(frozen=True, slots=True)
class Exempted:
    """An exemption as it is registered."""

    id: int
    name: str
    exemption: Exemption


def add(connection: sqlite3.Connection, exemption: Exemption, *, now: float) -> Exempted:
    """Register an exemption. Refused: no such person, or it is never in force."""
    if exemption.until_s <= max(exemption.from_s, now):
        raise Refused("visitors.never_good", "it must end after it begins, and in the future")
    row = {
        "person": exemption.person,
        "opening": exemption.opening,
        "allow": int(exemption.allow),
        "from_s": exemption.from_s,
        "until_s": exemption.until_s,
        "reason": printable(exemption.reason, "reason"),
        "added_by": printable(exemption.added_by, "name"),
        "added_s": now,
    }
    with act(connection):
        if connection.execute("SELECT 1 FROM people WHERE id = ?", (exemption.person,)).fetchone() is None:
            raise no_such(subjects.person(exemption.person))
        added = insert(connection, "exceptions", row)
    return _one(connection, added)


def every_exemption(connection: sqlite3.Connection, person: int | None = None) -> list[Exempted]:
    """Return all exemptions, or a person's, in the order of their ids, those that ended too."""
    return _read(connection, "?1 IS NULL OR e.person = ?1", person)


def remove(connection: sqlite3.Connection, exemption: int) -> Exempted:
    """Take an exemption back. Refused: there is no such exemption."""
    with act(connection):
        known = _one(connection, exemption)
        connection.execute("DELETE FROM exceptions WHERE id = ?", (exemption,))
    return known


def erase_ended(connection: sqlite3.Connection, before_s: float) -> int:
    """Erase the exemptions that ended before a wall time; return how many."""
    with act(connection):
        return connection.execute("DELETE FROM exceptions WHERE until_s < ?", (before_s,)).rowcount


def _one(connection: sqlite3.Connection, exemption: int) -> Exempted:
    found = _read(connection, "e.id = ?", exemption)
    if not found:
        raise no_such(f"exception/{exemption}")
    return found[0]


def _read(connection: sqlite3.Connection, where: str, value: int | None) -> list[Exempted]:
    rows = connection.execute(
        f"{_EXCEPTIONS} WHERE {where} ORDER BY e.id",
        (value,),
    )
    return [
        Exempted(number, name, replace(Exemption(*rest), allow=bool(rest[2]))) for number, name, *rest in rows
    ]
