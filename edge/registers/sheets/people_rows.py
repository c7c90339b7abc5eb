"""A row of a sheet of people: who somebody is, and where they live and work."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from edge.access.register import PersonKind
from edge.refusal import Refused
from edge.registers.houses import Address, addressed
from edge.registers.sheets.fields import MASK, first_moment, id_number_on, phone, text_called, undated
from edge.registers.sheets.headed import RowReader, missing
from edge.registers.sheets.plan import Place
from edge.registers.sheets.table import Cell
from edge.registers.ties import TieKind

_UNLESS_SAID: TieKind = "lives"


@dataclass(frozen=True, slots=True)
class RowTie:
    """What a row says of one tie; `field` and `since_field` are where it says so."""

    place: Place
    tie: TieKind
    since_s: float | None
    field: str
    since_field: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A row without problems; None and masked numbers say nothing."""

    number: int
    name: str
    id_number: str | None = field(default=None, repr=False)
    masked_id: str | None = None
    kind: PersonKind | None = None
    phone: str | None = field(default=None, repr=False)
    masked_phone: bool = False
    ties: tuple[RowTie, ...] = ()

    @property
    def address(self) -> Address | None:
        """The house that the row names."""
        return next((tie.place for tie in self.ties if isinstance(tie.place, Address)), None)

    @property
    def place(self) -> Place | None:
        """The house, else the organisation that the row names."""
        return self.ties[0].place if self.ties else None


def read_person(reader: RowReader, *, zone: dt.tzinfo, today: dt.date) -> PersonRow | None:
    """Return what a row says of a person; None when the reader noted problems."""
    name = reader.take("name", text_called("name"))
    reader.require("name", name)
    number = reader.take("id_number", id_number_on(today))
    kind = reader.choose("kind")
    called = reader.take("phone", phone)
    ties = _ties(reader, zone)
    if reader.problems or name is None:
        return None
    masked = number is not None and MASK in number
    hidden = called is not None and MASK in called
    return PersonRow(
        reader.number,
        name,
        None if masked else number,
        number if masked else None,
        cast("PersonKind | None", kind),
        None if hidden else called,
        hidden,
        ties,
    )


def read_address(reader: RowReader) -> Address | None:
    """Return the house that a row names, None where it names none or the reader noted a problem."""
    parts = {part: reader.take(part, _part(part)) for part in ("building", "entrance", "room")}
    if not any(reader.has(part) for part in parts):
        return None
    for part in ("building", "room"):
        reader.require(part, parts[part])
    if parts["building"] is None or parts["room"] is None:
        return None
    return addressed(parts["building"], parts["entrance"], parts["room"])


def _part(part: str) -> Callable[[Cell], str]:
    def read(cell: Cell) -> str:
        text = undated(cell)
        # Tried here, where the column is known; the other parts do not matter for this one.
        pretended = {"building": "1", "entrance": "", "room": "1"} | {part: text}
        addressed(**pretended)
        return text

    return read


def _ties(reader: RowReader, zone: dt.tzinfo) -> tuple[RowTie, ...]:
    address = read_address(reader)
    organisation = reader.take("organisation", text_called("organisation_name"))
    tie = cast("TieKind | None", reader.choose("tie"))
    since_s = reader.take("since", first_moment(zone))
    works_since_s = reader.take("works_since", first_moment(zone))
    _require_place(reader, address, organisation, tie)
    ties = []
    if address is not None:
        ties.append(RowTie(address, tie or _UNLESS_SAID, since_s, "room", "since"))
    if organisation is not None:
        begins = works_since_s if address is not None or works_since_s is not None else since_s
        shown = "works_since" if begins == works_since_s else "since"
        ties.append(RowTie(organisation, "works", begins, "organisation", shown))
    return tuple(ties)


def _require_place(
    reader: RowReader, address: Address | None, organisation: str | None, tie: TieKind | None
) -> None:
    if reader.problems:
        return
    if organisation is None and reader.has("works_since"):
        reader.note("organisation", missing())
    if address is not None:
        return
    told = reader.has("since") or tie is not None
    if told and (organisation is None or tie not in {None, "works"}):
        reader.note("room", _placeless())


def _placeless() -> Refused:
    return Refused(
        "sheets.placeless",
        "the row says how somebody belongs, but not to which house: write building and room",
    )
