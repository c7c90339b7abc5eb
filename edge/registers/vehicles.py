"""Vehicles that belong here: exact plates, their owners, what they look like, and how long they may park."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from edge.access.register import Parking
from edge.refusal import Refused
from edge.registers import subjects
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
from models.plates.grammar import Colour, PlateType, classify, fits_colour

PARKING: tuple[Parking, ...] = get_args(Parking)
PLATE_TYPES: tuple[str, ...] = tuple(kind.value for kind in PlateType)
COLOURS: tuple[str, ...] = tuple(colour.value for colour in Colour)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A registered vehicle; `plate` as a PlateRead says it, without the dot. Times are wall seconds.

    `owner` is the present name of `person` where the owner is registered. The parking right ends at
    `until_s`, None for never.
    """

    id: int
    plate: str
    owner: str
    added_s: float
    person: int | None = None
    plate_type: str | None = None
    colour: str | None = None
    parking: Parking = "resident"
    until_s: float | None = None
    confirmed_s: float | None = None
    confirmed_by: str | None = None

    @property
    def subject(self) -> str:
        """What it is called everywhere else."""
        return f"vehicle/{self.id}"


def add(
    connection: sqlite3.Connection,
    *,
    plate: str,
    owner: str | None = None,
    person: int | None = None,
    plate_type: str | None = None,
    colour: str | None = None,
    parking: Parking = "resident",
    until_s: float | None = None,
    confirmed_by: str | None = None,
    now: float,
) -> Vehicle:
    """Register a plate that the grammar accepts, owned by a registered `person` or whoever `owner` names.

    Without `plate_type` it is the type that the plate's text shows. Refused: the plate is known already, the
    owner is neither or both, or type or colour do not fit the plate.
    """
    with act(connection):
        if connection.execute("SELECT 1 FROM vehicles WHERE plate = ?", (plate,)).fetchone():
            raise Refused("registers.plate_registered", "{plate} is registered already", plate=plate)
        confirmed_s, by = confirmation(confirmed_by, now)
        row = {
            "plate": plate,
            **_owned(connection, owner, person),
            "plate_type": _fitting_type(plate, plate_type),
            "colour": _fitting_colour(plate, colour),
            "parking": parking,
            "until_s": until_s,
            "added_s": now,
            "confirmed_s": confirmed_s,
            "confirmed_by": by,
        }
        return one(connection, insert(connection, "vehicles", row))


def change(
    connection: sqlite3.Connection,
    vehicle: int,
    *,
    owner: str | None = None,
    person: int | None = None,
    colour: str | None = None,
    parking: Parking | None = None,
    until_s: float | None = None,
    endless: bool = False,
) -> Vehicle:
    """Change what is given; an empty colour is none, `endless` takes the end of the parking right away.

    Refused: no such vehicle, or as `add`.
    """
    with act(connection):
        known = one(connection, vehicle)
        row: dict[str, object] = {}
        if owner is not None or person is not None:
            row |= _owned(connection, owner, person)
        if colour is not None:
            row["colour"] = _fitting_colour(known.plate, colour or None)
        if parking is not None:
            row["parking"] = parking
        if until_s is not None or endless:
            row["until_s"] = None if endless else until_s
        for column, value in row.items():
            connection.execute(
                f"UPDATE vehicles SET {column} = ? WHERE id = ?",  # noqa: S608 - the columns are written above
                (value, vehicle),
            )
        return one(connection, vehicle)


def one(connection: sqlite3.Connection, vehicle: int) -> Vehicle:
    """Return a vehicle. Refused: there is none with this id."""
    found = _read(connection, "WHERE v.id = ?", (vehicle,))
    if not found:
        raise no_such(f"vehicle/{vehicle}")
    return found[0]


def every_vehicle(connection: sqlite3.Connection) -> list[Vehicle]:
    """Return the vehicles in the order of their ids."""
    return _read(connection, "ORDER BY v.id", ())


def of_person(connection: sqlite3.Connection, person: int) -> list[Vehicle]:
    """Return the vehicles of a registered person in the order of their ids."""
    return _read(connection, "WHERE v.person = ? ORDER BY v.id", (person,))


def remove(connection: sqlite3.Connection, vehicle: int, *, now: float) -> Erased:
    """Erase a vehicle, leaving a receipt. Refused: there is no such vehicle."""
    with for_good(connection):
        known = one(connection, vehicle)
        connection.execute("DELETE FROM vehicles WHERE id = ?", (vehicle,))
        erased = Erased(known.subject, known.plate, 0, 0)
        leave_receipt(connection, erased, now)
    return erased


def _owned(connection: sqlite3.Connection, owner: str | None, person: int | None) -> dict[str, object]:
    if (owner is None) == (person is None):
        raise Refused(
            "registers.owner_or_person",
            "name the owner either with --owner, or with --person where the owner is registered",
        )
    if owner is not None:
        return {"owner": printable(owner, "owner"), "person": None}
    row = connection.execute("SELECT name FROM people WHERE id = ?", (person,)).fetchone()
    if row is None:
        raise no_such(subjects.person(person or 0))
    return {"owner": row[0], "person": person}


def _fitting_type(plate: str, plate_type: str | None) -> str | None:
    shown = classify(plate)
    if plate_type is not None and shown is not None and plate_type != shown:
        raise Refused(
            "registers.plate_type_unfit",
            "{plate} is a plate of the type {shown}, not {given}: compare it with the vehicle licence",
            plate=plate,
            shown=shown.value,
            given=plate_type,
        )
    return plate_type if shown is None else shown.value


def _fitting_colour(plate: str, colour: str | None) -> str | None:
    shown = classify(plate)
    if colour is not None and shown is not None and not fits_colour(shown, Colour(colour)):
        raise Refused(
            "registers.plate_colour_unfit",
            "a plate like {plate} is never {colour}: look at the vehicle",
            plate=plate,
            colour=colour,
        )
    return colour


def _read(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Vehicle]:
    rows = connection.execute(
        "SELECT v.id, v.plate, coalesce(p.name, v.owner), v.added_s, v.person, v.plate_type, v.colour,"  # noqa: S608 - `where` is a literal of this module
        " v.parking, v.until_s, v.confirmed_s, v.confirmed_by"
        " FROM vehicles v LEFT JOIN people p ON p.id = v.person " + where,
        values,
    )
    return [Vehicle(*row) for row in rows]
