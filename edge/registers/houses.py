"""Houses: 楼栋 building, 单元 entrance, 室 room."""

import re
import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from edge.refusal import Refused
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

# "3号楼", "3栋" and "3" are one building; a name in words keeps its word.
_BUILDING = re.compile(r"第?([0-9]+[A-Z]?|[A-Z][0-9]*)(号楼|栋|幢|座|楼|#)")
_ENTRANCE = re.compile(r"第?([0-9]+[A-Z]?|[A-Z])(单元|门)")
_ROOM = re.compile(r"([0-9]+[A-Z]?)(室|号)")
_NONE = frozenset({"", "无", "-", "/"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a house is; an empty entrance says that the building has only one."""

    building: str
    entrance: str
    room: str

    def __str__(self) -> str:
        """Return it as clerks write it: 3-1-201."""
        return "-".join(part for part in (self.building, self.entrance, self.room) if part)


@dataclass(frozen=True, slots=True)
class House:
    """A house. Times are wall seconds; `confirmed_s` is None where nobody ever confirmed it."""

    id: int
    building: str
    entrance: str
    room: str
    added_s: float
    confirmed_s: float | None = None
    confirmed_by: str | None = None

    @property
    def subject(self) -> str:
        """What it is called everywhere else."""
        return f"house/{self.id}"

    @property
    def address(self) -> str:
        """Its address as clerks write it."""
        return str(Address(self.building, self.entrance, self.room))


def building_called(text: str) -> str:
    """Return a building's name as the register keeps it: 3 for 3栋, 3号楼, ３ 幢. Refused: no text."""
    return _plain(text, _BUILDING, "building")


def addressed(building: str, entrance: str | None, room: str) -> Address:
    """Return an address as the register keeps it. Refused: a part that must be there is no text."""
    inside = unicodedata.normalize("NFKC", entrance or "").strip()
    return Address(
        building_called(building),
        "" if inside in _NONE else _plain(inside, _ENTRANCE, "entrance"),
        _plain(room, _ROOM, "room"),
    )


def add(
    connection: sqlite3.Connection, address: Address, *, confirmed_by: str | None = None, now: float
) -> House:
    """Register a house. Refused: it is registered already, or `confirmed_by` is no name."""
    with act(connection):
        _require_new(connection, address)
        confirmed_s, by = confirmation(confirmed_by, now)
        row = asdict(address) | {"added_s": now, "confirmed_s": confirmed_s, "confirmed_by": by}
        house = insert(connection, "houses", row)
        return House(house, address.building, address.entrance, address.room, now, confirmed_s, by)


def change(connection: sqlite3.Connection, house: int, address: Address) -> House:
    """Correct the address of a house. Refused: there is no such house, or another one has the address."""
    with act(connection):
        known = at(connection, address)
        if known is not None and known.id != house:
            raise _registered(known)
        connection.execute(
            "UPDATE houses SET building = ?, entrance = ?, room = ? WHERE id = ?",
            (address.building, address.entrance, address.room, house),
        )
        return one(connection, house)


def one(connection: sqlite3.Connection, house: int) -> House:
    """Return a house. Refused: there is none with this id."""
    found = _read(connection, "WHERE id = ?", (house,))
    if not found:
        raise no_such(f"house/{house}")
    return found[0]


def at(connection: sqlite3.Connection, address: Address) -> House | None:
    """Return the house at an address, None where none is registered."""
    where = (address.building, address.entrance, address.room)
    found = _read(connection, "WHERE building = ? AND entrance = ? AND room = ?", where)
    return found[0] if found else None


def every_house(connection: sqlite3.Connection, *, building: str | None = None) -> list[House]:
    """Return the houses, or those of one building, in the order of their ids."""
    return _read(connection, "WHERE ? IS NULL OR building = ? ORDER BY id", (building, building))


def remove(connection: sqlite3.Connection, house: int, *, now: float) -> Erased:
    """Erase a house with ties that ended. Refused: there is none, or somebody still belongs to it."""
    with for_good(connection):
        erased = Erased(f"house/{house}", one(connection, house).address, 0, 0)
        require_nobody_belongs(connection, erased.subject, now)
        connection.execute("DELETE FROM houses WHERE id = ?", (house,))
        leave_receipt(connection, erased, now)
    return erased


def require_nobody_belongs(connection: sqlite3.Connection, subject: str, now: float) -> None:
    """Refuse while somebody owns, rents, lives or works at `house/ID` or `organisation/ID`."""
    (people,) = connection.execute(
        "SELECT count(DISTINCT person) FROM ties WHERE (until_s IS NULL OR until_s > ?)"
        " AND ('house/' || house = ? OR 'organisation/' || organisation = ?)",
        (now, subject, subject),
    ).fetchone()
    if people:
        raise Refused(
            "registers.still_tied",
            "{people} people still belong to {subject}: end their ties first (`menwei person untie`)",
            people=people,
            subject=subject,
        )


def _require_new(connection: sqlite3.Connection, address: Address) -> None:
    known = at(connection, address)
    if known is not None:
        raise _registered(known)


def _registered(known: House) -> Refused:
    return Refused(
        "registers.house_registered",
        "{address} is registered already as {subject}",
        address=known.address,
        subject=known.subject,
    )


def _plain(text: str, suffixed: re.Pattern[str], what: str) -> str:
    squeezed = "".join(unicodedata.normalize("NFKC", text).split())
    matched = suffixed.fullmatch(squeezed.upper())
    return matched[1] if matched else printable(squeezed, what)


def _read(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[House]:
    rows = connection.execute(
        "SELECT id, building, entrance, room, added_s, confirmed_s, confirmed_by FROM houses " + where,  # noqa: S608 - a literal of this module
        values,
    )
    return [House(*row) for row in rows]
