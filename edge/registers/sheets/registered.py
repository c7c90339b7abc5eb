"""What is registered before an import or for an export, read at one moment."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.access.register import PersonKind
from edge.registers import access_register, houses, organisations, sealed_text, vehicles
from edge.registers.houses import Address
from edge.registers.organisations import Organisation
from edge.registers.ties import TieKind
from edge.registers.vehicles import Vehicle
from edge.store.database import snapshot
from edge.store.sealing import SealingKey


@dataclass(frozen=True, slots=True)
class RegisteredTie:
    """A tie that has not ended, to a house or to an organisation of that name. Wall seconds."""

    id: int
    tie: TieKind
    place: Address | str
    since_s: float


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """A person with numbers in the clear: lives only as long as the import or export."""

    id: int
    name: str
    kind: PersonKind
    id_number: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    ties: tuple[RegisteredTie, ...] = ()

    def belongs_to(self, place: Address | str | None) -> bool:
        """Say whether a tie leads to a place; to None belongs who has no tie."""
        return not self.ties if place is None else any(tie.place == place for tie in self.ties)


@dataclass(frozen=True, slots=True)
class Registered:
    """The registers at the moment when their version was `version`."""

    version: int = 0
    people: tuple[RegisteredPerson, ...] = ()
    houses: Mapping[Address, int] = field(default_factory=dict)
    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    vehicles: Mapping[str, Vehicle] = field(default_factory=dict)


def read_registered(connection: sqlite3.Connection, key: SealingKey | None, *, now: float) -> Registered:
    """Return what is registered, ties as they hold now. Tampered: a number does not open.

    Without a key, as before anything was ever sealed, nobody has a number.
    """
    with snapshot(connection):
        version = access_register.version(connection)
        ties = _ties(connection, now)
        rows = connection.execute(
            "SELECT id, name, kind, id_number, phone FROM people ORDER BY id"
        ).fetchall()
        every_house = houses.every_house(connection)
        every_organisation = organisations.every_organisation(connection)
        every_vehicle = vehicles.every_vehicle(connection)
    return Registered(
        version,
        tuple(
            RegisteredPerson(
                person,
                name,
                kind,
                _opened(key, number, sealed_text.ID_NUMBER),
                _opened(key, phone, sealed_text.PHONE),
                tuple(ties.get(person, ())),
            )
            for person, name, kind, number, phone in rows
        ),
        {Address(house.building, house.entrance, house.room): house.id for house in every_house},
        {organisation.name: organisation for organisation in every_organisation},
        {vehicle.plate: vehicle for vehicle in every_vehicle},
    )


def _ties(connection: sqlite3.Connection, now: float) -> dict[int, list[RegisteredTie]]:
    rows = connection.execute(
        "SELECT t.person, t.id, t.tie, t.since_s, h.building, h.entrance, h.room, o.name FROM ties t"
        " LEFT JOIN houses h ON h.id = t.house LEFT JOIN organisations o ON o.id = t.organisation"
        " WHERE t.until_s IS NULL OR t.until_s > ? ORDER BY t.id",
        (now,),
    )
    ties: dict[int, list[RegisteredTie]] = {}
    for person, tie, kind, since_s, building, entrance, room, organisation in rows:
        place = organisation if building is None else Address(building, entrance, room)
        ties.setdefault(person, []).append(RegisteredTie(tie, kind, place, since_s))
    return ties


def _opened(key: SealingKey | None, sealed: bytes | None, purpose: str) -> str | None:
    return None if sealed is None or key is None else sealed_text.unseal(key, sealed, purpose=purpose)
