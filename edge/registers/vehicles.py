"""Vehicles that belong here: exact plates and their owners."""

import sqlite3
from dataclasses import dataclass

from edge.refusal import Refused
from edge.registers.entries import (
    Erased,
    empty_write_ahead_log,
    insert,
    leave_receipt,
    no_such,
    overwrite_deleted,
    printable,
)
from edge.store.database import transaction


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A registered vehicle; `plate` as a PlateRead says it, without the dot."""

    id: int
    plate: str
    owner: str
    added_s: float


def add(connection: sqlite3.Connection, *, plate: str, owner: str, now: float) -> Vehicle:
    """Register a plate that the grammar accepts. Refused: it is known already, or the owner is no text."""
    owner = printable(owner, "owner")
    with transaction(connection):
        if connection.execute("SELECT 1 FROM vehicles WHERE plate = ?", (plate,)).fetchone():
            raise Refused("registers.plate_registered", "{plate} is registered already", plate=plate)
        row = {"plate": plate, "owner": owner, "added_s": now}
        vehicle = insert(connection, "vehicles", row)
    return Vehicle(vehicle, plate, owner, now)


def every_vehicle(connection: sqlite3.Connection) -> list[Vehicle]:
    """Return the vehicles in the order of their ids."""
    rows = connection.execute("SELECT id, plate, owner, added_s FROM vehicles ORDER BY id")
    return [Vehicle(*row) for row in rows]


def remove(connection: sqlite3.Connection, vehicle: int, *, now: float) -> Erased:
    """Erase a vehicle, leaving a receipt. Refused: there is no such vehicle."""
    subject = f"vehicle/{vehicle}"
    overwrite_deleted(connection)
    with transaction(connection):
        row = connection.execute("SELECT plate FROM vehicles WHERE id = ?", (vehicle,)).fetchone()
        if row is None:
            raise no_such(subject)
        connection.execute("DELETE FROM vehicles WHERE id = ?", (vehicle,))
        erased = Erased(subject, row[0], 0, 0)
        leave_receipt(connection, erased, now)
    empty_write_ahead_log(connection)
    return erased
