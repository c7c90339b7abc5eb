"""People who are known at the gate: who they are, and the consent that lets a face be recognised."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from edge.access.register import PersonKind
from edge.refusal import Refused
from edge.registers import faces, identities, subjects
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
from edge.registers.faces import FaceTemplate
from edge.store.sealing import SealingKey

KINDS: tuple[PersonKind, ...] = get_args(PersonKind)
LARGEST_KEYPAD_NUMBER = 99_999_999


@dataclass(frozen=True, slots=True)
class Person:
    """A registered person. Times are wall seconds; `templates` counts, templates are never shown.

    `consent` is the newest one's reference; ID and phone number are told by `identities.masked` alone.
    """

    id: int
    name: str
    consent: str | None
    added_s: float
    templates: int
    kind: PersonKind = "resident"
    keypad_number: int | None = None
    confirmed_s: float | None = None
    confirmed_by: str | None = None

    @property
    def subject(self) -> str:
        """The subject of a FaceSeen that is this person."""
        return subjects.person(self.id)


def add(
    connection: sqlite3.Connection,
    key: SealingKey,
    *,
    name: str,
    consent: str | None = None,
    templates: Sequence[FaceTemplate] = (),
    kind: PersonKind = "resident",
    id_number: str = "",
    phone: str = "",
    keypad_number: int = 0,
    confirmed_by: str | None = None,
    now: float,
) -> Person:
    """Register a person, all or nothing; empty numbers and a keypad number of 0 are none.

    Refused: a text is none, a face comes without consent, or a number cannot be one or is another's.
    """
    with act(connection):
        name = printable(name, "name")
        confirmed_s, by = confirmation(confirmed_by, now)
        row: dict[str, object] = {"name": name, "added_s": now, "kind": kind}
        row |= {"confirmed_s": confirmed_s, "confirmed_by": by}
        row |= identities.sealed_id_number(connection, key, id_number, but=None, now=now)
        row |= identities.sealed_phone(key, phone)
        row |= _keypad(connection, keypad_number, but=None)
        person = insert(connection, "people", row)
        if consent is not None or templates:
            _agree(connection, key, person, consent=consent, templates=templates, now=now)
        keypad = keypad_number or None
        return Person(person, name, consent, now, len(templates), kind, keypad, confirmed_s, by)


def change(
    connection: sqlite3.Connection,
    key: SealingKey,
    person: int,
    *,
    name: str | None = None,
    kind: PersonKind | None = None,
    id_number: str | None = None,
    phone: str | None = None,
    keypad_number: int | None = None,
    consent: str | None = None,
    templates: Sequence[FaceTemplate] = (),
    now: float,
) -> Person:
    """Change what is given, add a consent and faces; an empty number or a keypad number of 0 takes it away.

    Refused: no such person, or as `add`.
    """
    with act(connection):
        one(connection, person)
        row: dict[str, object] = {}
        if name is not None:
            row["name"] = printable(name, "name")
        if kind is not None:
            row["kind"] = kind
        if id_number is not None:
            row |= identities.sealed_id_number(connection, key, id_number, but=person, now=now)
        if phone is not None:
            row |= identities.sealed_phone(key, phone)
        if keypad_number is not None:
            row |= _keypad(connection, keypad_number, but=person)
        for column, value in row.items():
            connection.execute(
                f"UPDATE people SET {column} = ? WHERE id = ?",  # noqa: S608 - the columns are written above
                (value, person),
            )
        if consent is not None or templates:
            _agree(connection, key, person, consent=consent, templates=templates, now=now)
        return one(connection, person)


def withdraw(connection: sqlite3.Connection, person: int, *, now: float) -> Erased:
    """Erase the faces and consents of a person who stays registered. Refused: no such person."""
    with for_good(connection):
        known = one(connection, person)
        templates = faces.erase(connection, ("person", person))
        consents = connection.execute("DELETE FROM consents WHERE person = ?", (person,)).rowcount
        erased = Erased(known.subject, known.name, templates, consents)
        leave_receipt(connection, erased, now)
    return erased


def one(connection: sqlite3.Connection, person: int) -> Person:
    """Return a person. Refused: there is none with this id."""
    found = _read(connection, "WHERE p.id = ?", (person,))
    if not found:
        raise no_such(subjects.person(person))
    return found[0]


def everyone(connection: sqlite3.Connection) -> list[Person]:
    """Return the people in the order of their ids, each with the newest consent."""
    return _read(connection, "ORDER BY p.id", ())


def find(connection: sqlite3.Connection, key: SealingKey | None, text: str) -> list[Person]:
    """Return whom `text` may mean: a part of the name, the id, the keypad number, the ID or phone number."""
    text = text.strip()
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len("99999999") else None
    bearers = set() if key is None else identities.bearers(connection, key, text)
    found = _read(
        connection,
        "WHERE instr(p.name, ?) OR 'person/' || p.id = ? OR p.id = ? OR p.keypad_number = ? ORDER BY p.id",
        (text, text, number, number),
    )
    others = bearers - {person.id for person in found}
    return sorted([*found, *(one(connection, other) for other in others)], key=lambda person: person.id)


def face_needs_consent() -> Refused:
    """Return the refusal of a face for which nobody's consent is named."""
    return Refused(
        "registers.face_needs_consent",
        "a face is registered only with written consent: say with --consent where it is filed, or leave "
        "--face out",
    )


def _agree(
    connection: sqlite3.Connection,
    key: SealingKey,
    person: int,
    *,
    consent: str | None,
    templates: Sequence[FaceTemplate],
    now: float,
) -> None:
    if consent is not None:
        row = {"person": person, "reference": printable(consent, "consent"), "added_s": now}
        insert(connection, "consents", row)
    elif not connection.execute("SELECT 1 FROM consents WHERE person = ?", (person,)).fetchone():
        raise face_needs_consent()
    faces.keep(connection, key, ("person", person), templates, now=now)


def _keypad(connection: sqlite3.Connection, number: int, *, but: int | None) -> dict[str, int | None]:
    if number == 0:
        return {"keypad_number": None}
    if not 0 < number <= LARGEST_KEYPAD_NUMBER:
        raise Refused("registers.keypad_number_form", "a keypad number has 1 to 8 digits and no 0 in front")
    known = connection.execute("SELECT id FROM people WHERE keypad_number = ?", (number,)).fetchone()
    if known is not None and known[0] != but:
        raise Refused(
            "registers.keypad_number_registered",
            "keypad number {number} is that of {subject}: choose another",
            number=number,
            subject=subjects.person(known[0]),
        )
    return {"keypad_number": number}


def _read(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Person]:
    rows = connection.execute(
        "SELECT p.id, p.name,"  # noqa: S608 - `where` is a literal of this module
        " (SELECT reference FROM consents c WHERE c.person = p.id ORDER BY c.id DESC LIMIT 1), p.added_s,"
        " (SELECT count(*) FROM face_templates t WHERE t.person = p.id),"
        " p.kind, p.keypad_number, p.confirmed_s, p.confirmed_by FROM people p " + where,
        values,
    )
    return [Person(*row) for row in rows]
