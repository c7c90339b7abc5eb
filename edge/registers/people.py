"""People who are known at the gate, each with the consent that lets their face be recognised."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from edge.registers import faces, subjects
from edge.registers.entries import (
    Erased,
    empty_write_ahead_log,
    insert,
    leave_receipt,
    no_such,
    overwrite_deleted,
    printable,
)
from edge.registers.faces import FaceTemplate
from edge.store.database import transaction
from edge.store.sealing import SealingKey


@dataclass(frozen=True, slots=True)
class Person:
    """A registered person. Times are wall seconds; `templates` counts, templates are never shown."""

    id: int
    name: str
    consent: str
    added_s: float
    templates: int

    @property
    def subject(self) -> str:
        """The subject of a FaceSeen that is this person."""
        return subjects.person(self.id)


def add(
    connection: sqlite3.Connection,
    key: SealingKey,
    *,
    name: str,
    consent: str,
    templates: Sequence[FaceTemplate],
    now: float,
) -> Person:
    """Register a person with consent and templates, all or nothing. Refused: name or consent is no text."""
    name, consent = printable(name, "name"), printable(consent, "consent")
    with transaction(connection):
        person = insert(connection, "people", {"name": name, "added_s": now})
        insert(connection, "consents", {"person": person, "reference": consent, "added_s": now})
        faces.keep(connection, key, ("person", person), templates, now=now)
    return Person(person, name, consent, now, len(templates))


def everyone(connection: sqlite3.Connection) -> list[Person]:
    """Return the people in the order of their ids, each with the newest consent."""
    rows = connection.execute(
        "SELECT p.id, p.name, p.added_s, "
        "(SELECT reference FROM consents c WHERE c.person = p.id ORDER BY c.id DESC LIMIT 1), "
        "(SELECT count(*) FROM face_templates t WHERE t.person = p.id) FROM people p ORDER BY p.id"
    )
    return [Person(i, name, consent or "", added, templates) for i, name, added, consent, templates in rows]


def remove(connection: sqlite3.Connection, person: int, *, now: float) -> Erased:
    """Erase a person, consents and templates for good and leave a receipt. Refused: no such person."""
    overwrite_deleted(connection)
    with transaction(connection):
        row = connection.execute("SELECT name FROM people WHERE id = ?", (person,)).fetchone()
        if row is None:
            raise no_such(subjects.person(person))
        templates = faces.erase(connection, ("person", person))
        consents = connection.execute("DELETE FROM consents WHERE person = ?", (person,)).rowcount
        connection.execute("DELETE FROM people WHERE id = ?", (person,))
        erased = Erased(subjects.person(person), row[0], templates, consents)
        leave_receipt(connection, erased, now)
    empty_write_ahead_log(connection)
    return erased
