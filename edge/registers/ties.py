"""Who owns, rents, lives or works where, since when and until when."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from edge.refusal import Refused
from edge.registers import houses, organisations, subjects
from edge.registers.confirming import confirmation
from edge.registers.entries import act, insert, no_such
from edge.registers.houses import House
from edge.registers.organisations import Organisation

TieKind = Literal["owns", "rents", "lives", "works"]
KINDS: tuple[TieKind, ...] = get_args(TieKind)
Place = House | Organisation

_HOUSES_ONLY = frozenset({"rents", "lives"})


@dataclass(frozen=True, slots=True)
class Tie:
    """One tie of a person to `place` (`house/ID`, `organisation/ID`), which is called `where`.

    Wall seconds; it holds from `since_s` until before `until_s`, None for without end.
    """

    id: int
    person: int
    name: str
    tie: TieKind
    place: str
    where: str
    building: str | None
    since_s: float
    until_s: float | None
    added_s: float
    confirmed_s: float | None = None
    confirmed_by: str | None = None

    def holds(self, now: float) -> bool:
        """Say whether the tie has not ended by `now`."""
        return self.until_s is None or self.until_s > now


def place_called(connection: sqlite3.Connection, text: str) -> Place:
    """Return the place that people call `house/5`, `3-1-201`, `organisation/2`, or by its name.

    Refused: nothing registered is called so.
    """
    kind, _, number = text.partition("/")
    if kind in {"house", "organisation"} and number.isascii() and number.isdecimal():
        found_id = int(number)
        return (
            houses.one(connection, found_id) if kind == "house" else organisations.one(connection, found_id)
        )
    known = organisations.named(connection, text) or _house_at(connection, text)
    if known is None:
        raise Refused(
            "registers.no_such_place",
            "no house or organisation is called {text}: write building-entrance-room like 3-1-201, the "
            "organisation's name, or an id like house/5",
            text=text,
        )
    return known


def add(
    connection: sqlite3.Connection,
    *,
    person: int,
    tie: TieKind,
    to: Place,
    since_s: float,
    until_s: float | None = None,
    confirmed_by: str | None = None,
    now: float,
) -> Tie:
    """Tie a person to a place. Refused: no such person, the tie is there already, or its end is before it."""
    with act(connection):
        if not connection.execute("SELECT 1 FROM people WHERE id = ?", (person,)).fetchone():
            raise no_such(subjects.person(person))
        _require_sense(tie, to, since_s, until_s)
        column = "house" if isinstance(to, House) else "organisation"
        _require_new(connection, person, tie, to, now)
        confirmed_s, by = confirmation(confirmed_by, now)
        row = {
            "person": person,
            column: to.id,
            "tie": tie,
            "since_s": since_s,
            "until_s": until_s,
            "added_s": now,
            "confirmed_s": confirmed_s,
            "confirmed_by": by,
        }
        return one(connection, insert(connection, "ties", row))


def end(connection: sqlite3.Connection, tie: int, *, until_s: float) -> Tie:
    """Say until when a tie holds. Refused: there is no such tie, or it began only afterwards."""
    with act(connection):
        known = one(connection, tie)
        _require_order(known.since_s, until_s)
        connection.execute("UPDATE ties SET until_s = ? WHERE id = ?", (until_s, tie))
        return one(connection, tie)


def remove(connection: sqlite3.Connection, tie: int) -> Tie:
    """Delete a tie that was never true; return it. Refused: there is no such tie."""
    with act(connection):
        known = one(connection, tie)
        connection.execute("DELETE FROM ties WHERE id = ?", (tie,))
        return known


def one(connection: sqlite3.Connection, tie: int) -> Tie:
    """Return a tie. Refused: there is none with this id."""
    found = _read(connection, "WHERE t.id = ?", (tie,))
    if not found:
        raise no_such(f"tie/{tie}")
    return found[0]


def of_person(connection: sqlite3.Connection, person: int) -> list[Tie]:
    """Return the ties of a person, those that ended too."""
    return _read(connection, "WHERE t.person = ? ORDER BY t.id", (person,))


def to_place(connection: sqlite3.Connection, to: Place) -> list[Tie]:
    """Return the ties to a house or organisation, those that ended too."""
    column = "house" if isinstance(to, House) else "organisation"
    return _read(connection, f"WHERE t.{column} = ? ORDER BY t.id", (to.id,))


def every_tie(connection: sqlite3.Connection) -> list[Tie]:
    """Return the ties in the order of their ids, those that ended too."""
    return _read(connection, "ORDER BY t.id", ())


def _house_at(connection: sqlite3.Connection, text: str) -> House | None:
    parts = [part for part in text.split("-") if part.strip()]
    if len(parts) not in {2, 3}:
        return None
    building, *between, room = parts
    return houses.at(connection, houses.addressed(building, "".join(between), room))


def _require_sense(tie: TieKind, to: Place, since_s: float, until_s: float | None) -> None:
    if tie in _HOUSES_ONLY and isinstance(to, Organisation):
        raise Refused(
            "registers.tie_needs_house",
            "who rents or lives somewhere does so in a house, and {name} is an organisation",
            name=to.name,
        )
    if until_s is not None:
        _require_order(since_s, until_s)


def _require_order(since_s: float, until_s: float) -> None:
    if not until_s > since_s:
        raise Refused("registers.tie_ends_early", "a tie must end after it began: check the two dates")


def _require_new(connection: sqlite3.Connection, person: int, tie: TieKind, to: Place, now: float) -> None:
    for known in of_person(connection, person):
        if known.place == to.subject and known.tie == tie and known.holds(now):
            raise Refused(
                "registers.tie_registered",
                "this is registered already as tie/{id}, for {name} and {where}",
                id=known.id,
                name=known.name,
                where=known.where,
            )


def _read(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Tie]:
    rows = connection.execute(
        "SELECT t.id, t.person, p.name, t.tie,"  # noqa: S608 - `where` is a literal of this module
        " CASE WHEN t.house IS NULL THEN 'organisation/' || o.id ELSE 'house/' || h.id END,"
        " CASE WHEN t.house IS NULL THEN o.name ELSE"
        " h.building || '-' || CASE h.entrance WHEN '' THEN '' ELSE h.entrance || '-' END || h.room END,"
        " h.building, t.since_s, t.until_s, t.added_s, t.confirmed_s, t.confirmed_by"
        " FROM ties t JOIN people p ON p.id = t.person LEFT JOIN houses h ON h.id = t.house"
        " LEFT JOIN organisations o ON o.id = t.organisation " + where,
        values,
    )
    return [Tie(*row) for row in rows]
