"""What an import of vehicles would do."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from edge.access.register import Parking
from edge.refusal import Refused
from edge.registers import id_number
from edge.registers.houses import Address
from edge.registers.plates import normalised
from edge.registers.sheets.fields import id_number_on, last_moment, text_called, undated
from edge.registers.sheets.headed import Headed, Problem, RowReader
from edge.registers.sheets.people_rows import read_address
from edge.registers.sheets.plan import (
    Plan,
    PlannedRow,
    VehicleWrite,
    VehicleWrites,
    contradict,
    grouped,
    problem_row,
)
from edge.registers.sheets.registered import Registered, RegisteredPerson
from edge.registers.vehicles import Vehicle
from models.plates.grammar import Colour, classify, fits_colour


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    plate: str
    owner: str
    person: int | None
    colour: str | None
    parking: Parking | None
    until_s: float | None


_SAID: tuple[tuple[str, Callable[[_Row], object]], ...] = (
    ("owner", lambda row: (row.owner, row.person)),
    ("colour", lambda row: row.colour),
    ("parking", lambda row: row.parking),
    ("until", lambda row: row.until_s),
)


def plan_vehicles(sheet: Headed, registered: Registered, *, zone: dt.tzinfo, today: dt.date) -> Plan:
    """Return what importing a sheet of vehicles would do."""
    owners = _Owners(registered.people)
    done: list[PlannedRow] = []
    rows: list[_Row] = []
    for row in sheet.rows:
        reader = RowReader(sheet, row)
        read = _read(reader, owners, zone, today)
        if read is None:
            done.append(problem_row(row.number, reader.shown("plate"), *reader.problems))
        else:
            rows.append(read)
    added: list[VehicleWrite] = []
    changed: list[VehicleWrite] = []
    seen: list[str] = []
    for plate, group in grouped((row.plate, row) for row in rows).items():
        field, numbers = _contradiction(group)
        if field is not None:
            problem = Problem(sheet.called(field), contradict(numbers))
            done.extend(problem_row(row.number, plate, problem) for row in group)
            continue
        seen.append(plate)
        done.extend(_planned(sheet, registered.vehicles.get(plate), group, added, changed))
    in_order = tuple(sorted(done, key=lambda row: row.number))
    writes = VehicleWrites(tuple(added), tuple(changed), tuple(seen))
    return Plan("vehicles", in_order, writes, sheet.ignored, sheet.unread)


def _planned(
    sheet: Headed,
    known: Vehicle | None,
    group: Sequence[_Row],
    added: list[VehicleWrite],
    changed: list[VehicleWrite],
) -> list[PlannedRow]:
    first = group[0]
    before = _as_written(known)
    wanted = _wanted(before, group)
    planned = PlannedRow(first.number, first.plate, "new")
    if before is None:
        added.append(wanted)
    elif wanted == before:
        planned = replace(planned, outcome="same")
    else:
        changed.append(wanted)
        fields = (("owner", "owner"), ("owner", "person"), ("colour", "colour"), ("parking", "parking"))
        differing = [
            field
            for field, name in (*fields, ("until", "until_s"))
            if getattr(wanted, name) != getattr(before, name)
        ]
        shown = tuple(dict.fromkeys(map(sheet.called, differing)))
        planned = replace(planned, outcome="changed", changes=shown)
    return [planned, *(PlannedRow(row.number, row.plate, "same") for row in group[1:])]


def _as_written(known: Vehicle | None) -> VehicleWrite | None:
    if known is None:
        return None
    return VehicleWrite(
        known.plate, known.owner, known.person, known.plate_type, known.colour, known.parking, known.until_s
    )


def _wanted(before: VehicleWrite | None, group: Sequence[_Row]) -> VehicleWrite:
    first = group[0]
    if before is None:
        shown = classify(first.plate)
        before = VehicleWrite(
            first.plate,
            first.owner,
            first.person,
            None if shown is None else shown.value,
            None,
            "resident",
            None,
        )
    # A list without ID numbers and houses does not cut a vehicle from its registered owner of the same name.
    linked = first.person is None and first.owner == before.owner
    return replace(
        before,
        owner=first.owner,
        person=before.person if linked else first.person,
        colour=next((row.colour for row in group if row.colour is not None), before.colour),
        parking=next((row.parking for row in group if row.parking is not None), before.parking),
        until_s=next((row.until_s for row in group if row.until_s is not None), before.until_s),
    )


def _contradiction(group: Sequence[_Row]) -> tuple[str | None, list[int]]:
    for field, said in _SAID:
        speaking = [row for row in group if said(row) is not None]
        if len({said(row) for row in speaking}) > 1:
            return field, [row.number for row in speaking]
    return None, []


def _read(reader: RowReader, owners: "_Owners", zone: dt.tzinfo, today: dt.date) -> _Row | None:
    plate = reader.take("plate", lambda cell: normalised(undated(cell)))
    reader.require("plate", plate)
    owner = reader.take("owner", text_called("owner"))
    reader.require("owner", owner)
    number = reader.take("id_number", id_number_on(today))
    address = read_address(reader)
    colour = reader.choose("colour")
    parking = cast("Parking | None", reader.choose("parking"))
    until_s = reader.take("until", last_moment(zone))
    if plate is not None and colour is not None:
        _note_unfit(reader, plate, colour)
    if reader.problems or plate is None or owner is None:
        return None
    person = None
    if number is not None or address is not None:
        try:
            person = owners.owner(owner, number, address)
        except Refused as refused:
            reader.note("id_number" if number is not None else "room", refused)
            return None
    return _Row(reader.number, plate, owner, person, colour, parking, until_s)


def _note_unfit(reader: RowReader, plate: str, colour: str) -> None:
    shown = classify(plate)
    if shown is not None and not fits_colour(shown, Colour(colour)):
        word = reader.word("colour", colour)
        reader.note(
            "colour",
            Refused(
                "registers.plate_colour_unfit",
                "a plate like {plate} is never {colour}: look at the vehicle",
                plate=plate,
                colour=word,
            ),
        )


class _Owners:
    """Registered people by what a sheet of vehicles says of the owner."""

    def __init__(self, people: Sequence[RegisteredPerson]) -> None:
        self._by_name: dict[str, list[RegisteredPerson]] = {}
        for person in people:
            self._by_name.setdefault(person.name, []).append(person)

    def owner(self, name: str, number: str | None, address: Address | None) -> int:
        """Return the id of the one who is meant. Refused: nobody, or more than one."""
        fitting = self._by_name.get(name, [])
        if number is not None:
            fitting = [one for one in fitting if one.id_number and number in _both_ways(one.id_number)]
        if address is not None and (number is None or len(fitting) > 1):
            fitting = [one for one in fitting if one.belongs_to(address)]
        if len(fitting) == 1:
            return fitting[0].id
        raise Refused(
            "sheets.no_owner",
            "nobody, or more than one, is registered under this name with this ID number or house: import "
            "the people first, or leave ID number and house empty",
        )


def _both_ways(number: str) -> tuple[str, str]:
    return number, id_number.masked(number)
