"""How fresh the registers are: when and by whom records were found to be true, and what to visit again."""

import re
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from edge.registers.entries import no_such, printable
from edge.store.database import transaction

RecordKind = Literal["house", "person", "vehicle", "tie", "organisation"]
KINDS: tuple[RecordKind, ...] = get_args(RecordKind)

_TABLES: Mapping[RecordKind, str] = {
    "house": "houses",
    "person": "people",
    "vehicle": "vehicles",
    "tie": "ties",
    "organisation": "organisations",
}

# Every record with the building it belongs to: a person of two buildings must be met in either of them.
_RECORDS = """
WITH present AS (SELECT * FROM ties WHERE until_s IS NULL OR until_s > :now),
homes AS (SELECT DISTINCT t.person, h.building FROM present t JOIN houses h ON h.id = t.house),
addresses AS (
  SELECT id, building,
    building || '-' || CASE entrance WHEN '' THEN '' ELSE entrance || '-' END || room AS label
  FROM houses
),
records AS (
  SELECT 'house' AS kind, h.id, a.label, h.building, h.confirmed_s, h.confirmed_by
  FROM houses h JOIN addresses a ON a.id = h.id
  UNION ALL
  SELECT 'person', p.id, p.name, homes.building, p.confirmed_s, p.confirmed_by
  FROM people p LEFT JOIN homes ON homes.person = p.id
  UNION ALL
  SELECT 'vehicle', v.id, v.plate, homes.building, v.confirmed_s, v.confirmed_by
  FROM vehicles v LEFT JOIN homes ON homes.person = v.person
  UNION ALL
  SELECT 'tie', t.id, p.name || ' ' || coalesce(a.label, o.name), a.building, t.confirmed_s, t.confirmed_by
  FROM present t JOIN people p ON p.id = t.person
  LEFT JOIN addresses a ON a.id = t.house LEFT JOIN organisations o ON o.id = t.organisation
  UNION ALL
  SELECT 'organisation', o.id, o.name, NULL, o.confirmed_s, o.confirmed_by FROM organisations o
)
"""
_IS_STALE = "(confirmed_s IS NULL OR confirmed_s < :before)"


@dataclass(frozen=True, slots=True)
class StaleRecord:
    """A record that must be confirmed again; `building` is None where it belongs to none.

    `confirmed_s` is in wall seconds, None where nobody ever confirmed it.
    """

    kind: RecordKind
    id: int
    label: str
    building: str | None
    confirmed_s: float | None
    confirmed_by: str | None

    @property
    def subject(self) -> str:
        """What the record is called everywhere else."""
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class BuildingFreshness:
    """A building's records (None: of no building): all, those that are stale, those never confirmed."""

    building: str | None
    records: int
    stale: int
    never: int


def stale_by_building(
    connection: sqlite3.Connection, before_s: float, *, now: float
) -> list[BuildingFreshness]:
    """Return a figure for each building, what belongs to none last.

    Stale is what nobody confirmed at or after `before_s`. Ties that ended by `now` count nowhere.
    """
    rows = connection.execute(
        _RECORDS + f"SELECT building, count(*), sum{_IS_STALE}, sum(confirmed_s IS NULL)"  # noqa: S608 - constants
        " FROM records GROUP BY building",
        {"before": before_s, "now": now},
    )
    figures = [BuildingFreshness(*row) for row in rows]
    return sorted(figures, key=lambda figure: _as_counted(figure.building))


def stale_records(
    connection: sqlite3.Connection, before_s: float, *, now: float, building: str | None = None
) -> list[StaleRecord]:
    """Return what nobody confirmed at or after `before_s`, in the order of a round: building by building.

    With `building`, only what belongs to it. A person of two buildings is there once for each.
    """
    rows = connection.execute(
        _RECORDS + "SELECT kind, id, label, building, confirmed_s, confirmed_by FROM records"  # noqa: S608 - constants
        f" WHERE {_IS_STALE} AND (:building IS NULL OR building = :building)",
        {"before": before_s, "now": now, "building": building},
    )
    found = [StaleRecord(*row) for row in rows]
    return sorted(
        found,
        key=lambda record: (
            _as_counted(record.building),
            KINDS.index(record.kind),
            _as_counted(record.label),
            record.id,
        ),
    )


def stale(
    connection: sqlite3.Connection, kind: RecordKind, before_s: float, *, now: float
) -> list[StaleRecord]:
    """Return the stale records of one register."""
    return [record for record in stale_records(connection, before_s, now=now) if record.kind == kind]


def confirmation(by: str | None, now: float) -> tuple[float | None, str | None]:
    """Return when and by whom a new record was confirmed: not at all without `by`. Refused: it is no name."""
    return (None, None) if by is None else (now, printable(by, "confirmed_by"))


def confirm(connection: sqlite3.Connection, kind: RecordKind, record: int, *, by: str, now: float) -> None:
    """Note that `by` found a record to be true. Refused: there is no such record, or `by` is no name."""
    by = printable(by, "confirmed_by")
    with transaction(connection):
        _note(connection, kind, record, by, now)


def confirm_person(connection: sqlite3.Connection, person: int, *, by: str, now: float) -> int:
    """Confirm a person and where they live and work now; return how many ties. Refused: as `confirm`."""
    by = printable(by, "confirmed_by")
    with transaction(connection):
        _note(connection, "person", person, by, now)
        ties = _present(connection, "person", person, now)
        for tie, _ in ties:
            _note(connection, "tie", tie, by, now)
    return len(ties)


def confirm_household(connection: sqlite3.Connection, house: int, *, by: str, now: float) -> int:
    """Confirm a house and everybody who belongs to it now; return how many people. Refused: as `confirm`."""
    by = printable(by, "confirmed_by")
    with transaction(connection):
        _note(connection, "house", house, by, now)
        ties = _present(connection, "house", house, now)
        for tie, _ in ties:
            _note(connection, "tie", tie, by, now)
        people = {person for _, person in ties}
        for person in people:
            _note(connection, "person", person, by, now)
    return len(people)


def _present(
    connection: sqlite3.Connection, column: Literal["person", "house"], record: int, now: float
) -> list[tuple[int, int]]:
    return connection.execute(
        f"SELECT id, person FROM ties WHERE {column} = ? AND (until_s IS NULL OR until_s > ?)",  # noqa: S608 - a literal
        (record, now),
    ).fetchall()


def _note(connection: sqlite3.Connection, kind: RecordKind, record: int, by: str, now: float) -> None:
    noted = connection.execute(
        f"UPDATE {_TABLES[kind]} SET confirmed_s = ?, confirmed_by = ? WHERE id = ?",  # noqa: S608 - a literal
        (now, by, record),
    )
    if not noted.rowcount:
        raise no_such(f"{kind}/{record}")


def _as_counted(text: str | None) -> tuple[bool, list[tuple[int, str]]]:
    # Building 10 comes after building 9, names after numbers, and what has no building after all of them.
    parts = re.findall(r"(\d+)|(\D+)", text or "", re.ASCII)
    return text is None, [(int(number or sys.maxsize), word) for number, word in parts]
