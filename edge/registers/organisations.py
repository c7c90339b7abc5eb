"""Organisations: whoever is no person and has people who belong to it, such as shops and the management."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from edge.refusal import Refused
from edge.registers.confirming import confirmation
from edge.registers.entries import (
    Erased,
    act,
    for_good,
    insert,
    leave_receipt,
    no_such,
    printable,
)
from edge.registers.houses import require_nobody_belongs


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation. Times are wall seconds; `confirmed_s` is None where nobody ever confirmed it."""

    id: int
    name: str
    contact: str | None
    added_s: float
    confirmed_s: float | None = None
    confirmed_by: str | None = None

    @property
    def subject(self) -> str:
        """What it is called everywhere else."""
        return f"organisation/{self.id}"


def add(
    connection: sqlite3.Connection,
    *,
    name: str,
    contact: str | None = None,
    confirmed_by: str | None = None,
    now: float,
) -> Organisation:
    """Register an organisation. Refused: the name is taken, or a text is none."""
    with act(connection):
        name = printable(name, "organisation_name")
        _require_new(connection, name, None)
        contact = printable(contact, "contact") if contact else None
        confirmed_s, by = confirmation(confirmed_by, now)
        row = {
            "name": name,
            "contact": contact,
            "added_s": now,
            "confirmed_s": confirmed_s,
            "confirmed_by": by,
        }
        organisation = insert(connection, "organisations", row)
        return Organisation(organisation, name, contact, now, confirmed_s, by)


def change(
    connection: sqlite3.Connection, organisation: int, *, name: str | None = None, contact: str | None = None
) -> Organisation:
    """Change what is given; an empty contact is none. Refused: there is none, or the name is taken."""
    with act(connection):
        known = one(connection, organisation)
        if name is not None:
            name = printable(name, "organisation_name")
            _require_new(connection, name, organisation)
        if contact is not None:
            contact = printable(contact, "contact") if contact.strip() else None
        else:
            contact = known.contact
        connection.execute(
            "UPDATE organisations SET name = ?, contact = ? WHERE id = ?",
            (name or known.name, contact, organisation),
        )
        return one(connection, organisation)


def one(connection: sqlite3.Connection, organisation: int) -> Organisation:
    """Return an organisation. Refused: there is none with this id."""
    found = _read(connection, "WHERE id = ?", (organisation,))
    if not found:
        raise no_such(f"organisation/{organisation}")
    return found[0]


def named(connection: sqlite3.Connection, name: str) -> Organisation | None:
    """Return the organisation of exactly this name, None where none is registered."""
    found = _read(connection, "WHERE name = ?", (name.strip(),))
    return found[0] if found else None


def every_organisation(connection: sqlite3.Connection) -> list[Organisation]:
    """Return the organisations in the order of their ids."""
    return _read(connection, "ORDER BY id", ())


def remove(connection: sqlite3.Connection, organisation: int, *, now: float) -> Erased:
    """Erase an organisation with ties that ended. Refused: there is none, or somebody still belongs to it."""
    with for_good(connection):
        erased = Erased(f"organisation/{organisation}", one(connection, organisation).name, 0, 0)
        require_nobody_belongs(connection, erased.subject, now)
        connection.execute("DELETE FROM organisations WHERE id = ?", (organisation,))
        leave_receipt(connection, erased, now)
    return erased


def _require_new(connection: sqlite3.Connection, name: str, but: int | None) -> None:
    known = named(connection, name)
    if known is not None and known.id != but:
        raise Refused(
            "registers.organisation_registered",
            "{name} is registered already as {subject}",
            name=name,
            subject=known.subject,
        )


def _read(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Organisation]:
    rows = connection.execute(
        "SELECT id, name, contact, added_s, confirmed_s, confirmed_by FROM organisations " + where,  # noqa: S608 - a literal of this module
        values,
    )
    return [Organisation(*row) for row in rows]
