"""A plan becomes rows of the database: all in one transaction, or none."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from edge.registers import access_register, acts, sealed_text
from edge.registers.acts import RegisterAct
from edge.registers.houses import Address
from edge.registers.sheets.plan import (
    OrganisationWrites,
    PeopleWrites,
    PersonWrite,
    Place,
    Plan,
    VehicleWrites,
)
from edge.store.database import transaction
from edge.store.sealing import SealingKey


class Overtaken(Exception):
    """The registers changed after the plan was made: it must be made again."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who says that a sheet is true, None for nobody, and the moment of the import in wall seconds."""

    by: str | None
    now: float

    @property
    def columns(self) -> tuple[float | None, str | None]:
        """What stands in the columns confirmed_s and confirmed_by of an entry that is added."""
        return (None, None) if self.by is None else (self.now, self.by)


Sealed = tuple[PersonWrite, bytes | None, bytes | None, bytes | None]


def seal_people(key: SealingKey, writes: Sequence[PersonWrite]) -> list[Sealed]:
    """Return writes with ID number, its tag and phone as they are stored: seconds for tens of thousands."""
    return [
        (
            write,
            _sealed(key, write.id_number, sealed_text.ID_NUMBER),
            None
            if write.id_number is None
            else sealed_text.tag(key, write.id_number, purpose=sealed_text.ID_NUMBER),
            _sealed(key, write.phone, sealed_text.PHONE),
        )
        for write in writes
    ]


def brings_anything(plan: Plan, confirmation: Confirmation) -> bool:
    """Say whether carrying out a plan would write anything."""
    rows = plan.count("new") + plan.count("changed")
    return bool(rows) or (confirmation.by is not None and bool(plan.count("same")))


def carry_out(
    connection: sqlite3.Connection,
    plan: Plan,
    sealed: Sequence[Sealed],
    *,
    version: int,
    act: RegisterAct,
    confirmation: Confirmation,
) -> None:
    """Write all that a plan brings in one transaction. Overtaken: the registers are no more at `version`."""
    with transaction(connection):
        if access_register.version(connection) != version:
            raise Overtaken
        match plan.writes:
            case PeopleWrites() as people:
                _write_people(connection, people, sealed, confirmation)
            case OrganisationWrites() as organisations:
                _write_organisations(connection, organisations, confirmation)
            case VehicleWrites() as vehicles:
                _write_vehicles(connection, vehicles, confirmation)
        acts.record(connection, act)


def _write_people(
    connection: sqlite3.Connection,
    writes: PeopleWrites,
    sealed: Sequence[Sealed],
    confirmation: Confirmation,
) -> None:
    _insert_places(connection, writes, confirmation)
    now = confirmation.now
    first = _next_id(connection, "people")
    # The plan counts those it adds from -1 downwards.
    connection.executemany(
        "INSERT INTO people (id, name, kind, id_number, id_number_tag, phone, added_s, confirmed_s,"
        " confirmed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (_id(write.person, first), write.name, write.kind, number, tag, phone, now, *confirmation.columns)
            for write, number, tag, phone in sealed
            if write.person < 0
        ),
    )
    connection.executemany(
        "UPDATE people SET name = coalesce(?, name), kind = coalesce(?, kind),"
        " id_number = coalesce(?, id_number), id_number_tag = coalesce(?, id_number_tag),"
        " phone = coalesce(?, phone) WHERE id = ?",
        (
            (write.name, write.kind, number, tag, phone, write.person)
            for write, number, tag, phone in sealed
            if write.person > 0
        ),
    )
    _insert_ties(connection, writes, first, confirmation)
    connection.executemany(
        "UPDATE ties SET since_s = ? WHERE id = ?", ((since_s, tie) for tie, since_s in writes.tie_begins)
    )
    if confirmation.by is not None:
        stands = (confirmation.now, confirmation.by)
        known = [person for person in writes.seen_people if person > 0]
        _confirm(connection, "people", known, stands)
        _confirm(connection, "ties", writes.seen_ties, stands)
        addresses, names = _places(connection)
        _confirm(connection, "houses", _ids(addresses, writes.seen_places), stands)
        _confirm(connection, "organisations", _ids(names, writes.seen_places), stands)


def _insert_places(connection: sqlite3.Connection, writes: PeopleWrites, confirmation: Confirmation) -> None:
    connection.executemany(
        "INSERT INTO houses (building, entrance, room, added_s, confirmed_s, confirmed_by)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            (house.building, house.entrance, house.room, confirmation.now, *confirmation.columns)
            for house in writes.houses
        ),
    )
    added = [(name, None) for name in writes.organisations]
    _insert_organisations(connection, added, confirmation)


def _insert_ties(
    connection: sqlite3.Connection, writes: PeopleWrites, first: int, confirmation: Confirmation
) -> None:
    addresses, names = _places(connection)
    connection.executemany(
        "INSERT INTO ties (person, house, organisation, tie, since_s, added_s, confirmed_s, confirmed_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                _id(tie.person, first),
                addresses.get(tie.place),
                names.get(tie.place),
                tie.tie,
                confirmation.now if tie.since_s is None else tie.since_s,
                confirmation.now,
                *confirmation.columns,
            )
            for tie in writes.ties
        ),
    )


def _write_organisations(
    connection: sqlite3.Connection, writes: OrganisationWrites, confirmation: Confirmation
) -> None:
    _insert_organisations(connection, writes.added, confirmation)
    connection.executemany(
        "UPDATE organisations SET contact = ? WHERE name = ?",
        ((contact, name) for name, contact in writes.contacts),
    )
    if confirmation.by is not None:
        connection.executemany(
            "UPDATE organisations SET confirmed_s = ?, confirmed_by = ? WHERE name = ?",
            ((confirmation.now, confirmation.by, name) for name in writes.seen),
        )


def _insert_organisations(
    connection: sqlite3.Connection, added: Iterable[tuple[str, str | None]], confirmation: Confirmation
) -> None:
    connection.executemany(
        "INSERT INTO organisations (name, contact, added_s, confirmed_s, confirmed_by)"
        " VALUES (?, ?, ?, ?, ?)",
        ((name, contact, confirmation.now, *confirmation.columns) for name, contact in added),
    )


def _write_vehicles(
    connection: sqlite3.Connection, writes: VehicleWrites, confirmation: Confirmation
) -> None:
    confirmed_s, by = confirmation.columns
    connection.executemany(
        "INSERT INTO vehicles"
        " (plate, owner, person, plate_type, colour, parking, until_s, added_s, confirmed_s, confirmed_by)"
        " VALUES (:plate, :owner, :person, :plate_type, :colour, :parking, :until_s, :now, :confirmed_s,"
        " :by)",
        (
            asdict(write) | {"now": confirmation.now, "confirmed_s": confirmed_s, "by": by}
            for write in writes.added
        ),
    )
    connection.executemany(
        "UPDATE vehicles SET owner = :owner, person = :person, colour = :colour, parking = :parking,"
        " until_s = :until_s WHERE plate = :plate",
        (asdict(write) for write in writes.changed),
    )
    if by is not None:
        connection.executemany(
            "UPDATE vehicles SET confirmed_s = ?, confirmed_by = ? WHERE plate = ?",
            ((confirmed_s, by, plate) for plate in writes.seen),
        )


def _confirm(
    connection: sqlite3.Connection, table: str, entries: Iterable[int], stands: tuple[float, str]
) -> None:
    connection.executemany(
        f"UPDATE {table} SET confirmed_s = ?, confirmed_by = ? WHERE id = ?",  # noqa: S608 - a literal
        ((*stands, entry) for entry in entries),
    )


def _places(connection: sqlite3.Connection) -> tuple[Mapping[Place, int], Mapping[Place, int]]:
    houses = connection.execute("SELECT building, entrance, room, id FROM houses").fetchall()
    organisations = connection.execute("SELECT name, id FROM organisations").fetchall()
    return {Address(*where): house for *where, house in houses}, dict(organisations)


def _ids(known: Mapping[Place, int], places: Iterable[Place]) -> list[int]:
    return [known[place] for place in places if place in known]


def _next_id(connection: sqlite3.Connection, table: str) -> int:
    # Ids of entries that were removed are never given again: alerts refer to them.
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return 1 if row is None else int(row[0]) + 1


def _id(person: int, first: int) -> int:
    return person if person > 0 else first - person - 1


def _sealed(key: SealingKey, text: str | None, purpose: str) -> bytes | None:
    return None if text is None else sealed_text.seal(key, text, purpose=purpose)
