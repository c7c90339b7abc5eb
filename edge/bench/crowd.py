"""A large compound for measuring: people, credentials and vehicles in the numbers that are promised."""

import sqlite3
from collections.abc import Iterator

from edge.store.database import transaction

BUILDINGS = 40
CARDS_EACH = 2
# argon2id's text for nobody's PIN: how long a hash takes is not measured here.
_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43


def fill(connection: sqlite3.Connection, people: int) -> None:
    """Write `people` residents with a home, two cards, a PIN and a vehicle each, in one transaction."""
    homes = [(n + 1, f"{n % BUILDINGS + 1}", f"{n // BUILDINGS + 1}") for n in range(people)]
    with transaction(connection):
        connection.executemany(
            "INSERT INTO people (id, name, kind, keypad_number, added_s) VALUES (?, ?, 'resident', ?, 0)",
            ((n, f"住户{n}", 10_000 + n) for n in range(1, people + 1)),
        )
        connection.executemany(
            "INSERT INTO houses (id, building, entrance, room, added_s) VALUES (?, ?, '1', ?, 0)", homes
        )
        connection.executemany(
            "INSERT INTO ties (person, house, tie, since_s, added_s) VALUES (?, ?, 'lives', 0, 0)",
            ((n, n) for n in range(1, people + 1)),
        )
        connection.executemany(
            "INSERT INTO credentials (person, kind, card, pin_hash, added_s) VALUES (?, ?, ?, ?, 0)",
            _credentials(people),
        )
        connection.executemany(
            "INSERT INTO vehicles (plate, owner, person, added_s) VALUES (?, ?, ?, 0)",
            ((plate(n), f"住户{n}", n) for n in range(1, people + 1)),
        )


def card(person: int, which: int = 0) -> tuple[int, int]:
    """Return the facility and number of one of a person's cards."""
    return _numbered((person - 1) * CARDS_EACH + which)


def spare_card(number: int) -> tuple[int, int]:
    """Return the facility and number of a card that nobody holds yet."""
    return _numbered(10_000_000 + number)


def _numbered(serial: int) -> tuple[int, int]:
    return serial // 65_535 + 1, serial % 65_535 + 1


def plate(person: int) -> str:
    """Return a person's plate."""
    return f"鄂A{person:05d}"


def _credentials(people: int) -> Iterator[tuple[int, str, str | None, str | None]]:
    for person in range(1, people + 1):
        for which in range(CARDS_EACH):
            facility, number = card(person, which)
            yield person, "card", f"{facility}:{number}", None
        yield person, "pin", None, _HASH
