"""What is registered as the rows of a sheet that an import reads again without changing anything."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from edge.registers import id_number
from edge.registers.houses import Address
from edge.registers.identities import masked_phone
from edge.registers.sheets.fields import day_written, end_written
from edge.registers.sheets.headings import COLUMNS, SheetKind
from edge.registers.sheets.organisation_plan import masked_contact
from edge.registers.sheets.registered import Registered, RegisteredPerson, RegisteredTie

Fields = dict[str, str]


def headings_of(kind: SheetKind) -> list[str]:
    """Return the headings of a kind of sheet in their order."""
    return [column.chinese for column in COLUMNS[kind]]


def rows_of(kind: SheetKind, registered: Registered, *, full: bool, zone: dt.tzinfo) -> Iterator[list[str]]:
    """Yield what is registered, one row after the other; numbers are masked unless `full`."""
    write = {"people": _people, "organisations": _organisations, "vehicles": _vehicles}[kind]
    for fields in write(registered, full, zone):
        yield [fields.get(column.field, "") for column in COLUMNS[kind]]


def _people(registered: Registered, full: bool, zone: dt.tzinfo) -> Iterator[Fields]:  # noqa: FBT001 - one of three of this form
    for person in registered.people:
        common = {
            "name": person.name,
            "id_number": _shown(person.id_number, id_number.masked, full=full),
            "kind": _word("people", "kind", person.kind),
            "phone": _shown(person.phone, masked_phone, full=full),
        }
        houses = [tie for tie in person.ties if isinstance(tie.place, Address)]
        others = [tie for tie in person.ties if not isinstance(tie.place, Address)]
        for row in range(max(len(houses), len(others), 1)):
            yield common | _tied(houses[row : row + 1], others[row : row + 1], zone)


def _tied(houses: Sequence[RegisteredTie], others: Sequence[RegisteredTie], zone: dt.tzinfo) -> Fields:
    fields: Fields = {}
    for tie in houses:
        fields |= _address(tie.place)
        fields |= {"tie": _word("people", "tie", tie.tie), "since": day_written(tie.since_s, zone)}
    for tie in others:
        fields |= {"organisation": str(tie.place), "works_since": day_written(tie.since_s, zone)}
    return fields


def _organisations(registered: Registered, full: bool, zone: dt.tzinfo) -> Iterator[Fields]:  # noqa: FBT001 - as above
    del zone
    for organisation in registered.organisations.values():
        contact = _shown(organisation.contact, masked_contact, full=full)
        yield {"organisation": organisation.name, "contact": contact}


def _vehicles(registered: Registered, full: bool, zone: dt.tzinfo) -> Iterator[Fields]:  # noqa: FBT001 - as above
    people = {person.id: person for person in registered.people}
    for vehicle in registered.vehicles.values():
        owner = None if vehicle.person is None else people.get(vehicle.person)
        yield {
            "plate": vehicle.plate,
            "owner": vehicle.owner,
            **_owner(owner, full=full),
            "colour": _word("vehicles", "colour", vehicle.colour),
            "parking": _word("vehicles", "parking", vehicle.parking),
            "until": "" if vehicle.until_s is None else end_written(vehicle.until_s, zone),
        }


def _owner(owner: RegisteredPerson | None, *, full: bool) -> Fields:
    if owner is None:
        return {}
    home = next((tie.place for tie in owner.ties if isinstance(tie.place, Address)), None)
    return {"id_number": _shown(owner.id_number, id_number.masked, full=full)} | _address(home)


def _address(place: Address | str | None) -> Fields:
    if not isinstance(place, Address):
        return {}
    return {"building": place.building, "entrance": place.entrance, "room": place.room}


def _shown(number: str | None, mask: Callable[[str], str], *, full: bool) -> str:
    if number is None:
        return ""
    return number if full else mask(number)


def _word(kind: SheetKind, field: str, value: str | None) -> str:
    column = next(column for column in COLUMNS[kind] if column.field == field)
    return column.word_for(value)
