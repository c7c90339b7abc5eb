"""What people show at a door: cards and PINs, several each, some of them for duress.

A card is kept by its code, a PIN by its argon2id hash alone. What is lost or blocked stays registered, so
that its use is noticed.
"""

import sqlite3
from dataclasses import dataclass, replace

from edge.access.register import CredentialStatus, Pin
from edge.refusal import Refused
from edge.registers import pins, subjects
from edge.registers.entries import act, insert, no_such, printable

MOST_PINS = 4

_CREDENTIALS = """
SELECT c.id, c.person, p.name, c.card, c.duress, c.status, c.status_why, c.from_s, c.until_s, c.added_s,
  c.added_by
FROM credentials c JOIN people p ON p.id = c.person
"""


@dataclass(frozen=True, slots=True)
class Credential:
    """A card (by its `card` code) or a PIN (`card` None); wall seconds, None for without bound."""

    id: int
    person: int
    name: str
    card: str | None
    duress: bool
    status: CredentialStatus
    status_why: str | None
    from_s: float | None
    until_s: float | None
    added_s: float
    added_by: str | None

    @property
    def kind(self) -> str:
        """`card` or `pin`."""
        return "pin" if self.card is None else "card"


@dataclass(frozen=True, slots=True)
class Terms:
    """From when until when a credential is good, whether it is for duress, and who gave it out."""

    by: str
    from_s: float | None = None
    until_s: float | None = None
    duress: bool = False


def add_card(
    connection: sqlite3.Connection, *, person: int, card: str, terms: Terms, now: float
) -> Credential:
    """Give a person a card, by its code. Refused: no such person, or somebody holds it already."""
    with act(connection):
        _require_person(connection, person)
        held = connection.execute(
            "SELECT c.id, p.name FROM credentials c JOIN people p ON p.id = c.person WHERE c.card = ?",
            (card,),
        ).fetchone()
        if held is not None:
            raise Refused(
                "credentials.card_held",
                "card {card} is held by {name} already (credential {id}): remove it there first",
                card=card,
                name=held[1],
                id=held[0],
            )
        added = insert(connection, "credentials", _row(person, terms, now) | {"kind": "card", "card": card})
    return one(connection, added)


def add_pin(
    connection: sqlite3.Connection, *, person: int, digits: str, terms: Terms, now: float
) -> Credential:
    """Give a person a PIN. Refused: no such person, a weak PIN, or one that this person has already."""
    hashed = pins.hashed(pins.fit(digits))
    with act(connection):
        _require_person(connection, person)
        own = _pins(connection, person)
        if len(own) >= MOST_PINS:
            raise Refused("credentials.too_many_pins", "a person has at most {most} PINs", most=MOST_PINS)
        if pins.check(own, digits) is not None:
            raise Refused(
                "credentials.pin_same",
                "this person has that PIN already: a PIN for duress must be another one",
            )
        row = _row(person, terms, now) | {"kind": "pin", "pin_hash": hashed}
        added = insert(connection, "credentials", row)
    return one(connection, added)


def set_status(
    connection: sqlite3.Connection, credential: int, status: CredentialStatus, why: str | None
) -> Credential:
    """Note that a credential is lost, blocked, or good again. Refused: there is no such credential."""
    with act(connection):
        known = one(connection, credential)
        reason = None if why is None else printable(why, "reason")
        connection.execute(
            "UPDATE credentials SET status = ?, status_why = ? WHERE id = ?", (status, reason, credential)
        )
    return replace(known, status=status, status_why=reason)


def remove(connection: sqlite3.Connection, credential: int) -> Credential:
    """Take a credential away for good. Refused: there is no such credential."""
    with act(connection):
        known = one(connection, credential)
        connection.execute("DELETE FROM credentials WHERE id = ?", (credential,))
    return known


def one(connection: sqlite3.Connection, credential: int) -> Credential:
    """Return a credential. Refused: there is no such credential."""
    found = _read(connection, "c.id = ?", credential)
    if not found:
        raise no_such(f"credential/{credential}")
    return found[0]


def every_credential(connection: sqlite3.Connection, person: int | None = None) -> list[Credential]:
    """Return all credentials, or a person's, in the order of their ids."""
    return _read(connection, "?1 IS NULL OR c.person = ?1", person)


def _read(connection: sqlite3.Connection, where: str, value: int | None) -> list[Credential]:
    rows = connection.execute(
        f"{_CREDENTIALS} WHERE {where} ORDER BY c.id",
        (value,),
    )
    return [replace(Credential(*row), duress=bool(row[4])) for row in rows]


def _pins(connection: sqlite3.Connection, person: int) -> list[Pin]:
    rows = connection.execute(
        "SELECT id, pin_hash FROM credentials WHERE kind = 'pin' AND person = ?", (person,)
    )
    return [Pin(*row) for row in rows]


def _require_person(connection: sqlite3.Connection, person: int) -> None:
    if connection.execute("SELECT 1 FROM people WHERE id = ?", (person,)).fetchone() is None:
        raise no_such(subjects.person(person))


def _row(person: int, terms: Terms, now: float) -> dict[str, object]:
    if terms.from_s is not None and terms.until_s is not None and terms.until_s <= terms.from_s:
        raise Refused("credentials.never_good", "the end must lie after the begin")
    return {
        "person": person,
        "duress": int(terms.duress),
        "from_s": terms.from_s,
        "until_s": terms.until_s,
        "added_s": now,
        "added_by": printable(terms.by, "name"),
    }
