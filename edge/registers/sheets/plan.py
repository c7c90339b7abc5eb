"""What an import would do: each row's outcome, and the writes that bring it about."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from edge.access.register import Parking, PersonKind
from edge.refusal import Refused
from edge.registers.houses import Address
from edge.registers.sheets.headed import Problem
from edge.registers.sheets.headings import SheetKind
from edge.registers.ties import TieKind

Outcome = Literal["new", "changed", "same", "problem"]
Place = Address | str
Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row with its outcome; `label` is whom or what it is about, `changes` are headings of what changes."""

    number: int
    label: str
    outcome: Outcome
    changes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonWrite:
    """A person to add (`person` is negative, its own in the plan) or to change; None stays as it is."""

    person: int
    name: str | None = None
    kind: PersonKind | None = None
    id_number: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class TieWrite:
    """A tie to add; `person` as in PersonWrite, `since_s` None for the moment of the import."""

    person: int
    place: Place
    tie: TieKind
    since_s: float | None


@dataclass(frozen=True, slots=True)
class PeopleWrites:
    """What a sheet of people brings, and who and what stood in it and may be confirmed."""

    houses: tuple[Address, ...] = ()
    organisations: tuple[str, ...] = ()
    people: tuple[PersonWrite, ...] = ()
    ties: tuple[TieWrite, ...] = ()
    tie_begins: tuple[tuple[int, float], ...] = ()
    seen_people: tuple[int, ...] = ()
    seen_ties: tuple[int, ...] = ()
    seen_places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class OrganisationWrites:
    """Organisations to add and those to give another contact, and all that stood in the sheet."""

    added: tuple[tuple[str, str | None], ...] = ()
    contacts: tuple[tuple[str, str], ...] = ()
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VehicleWrite:
    """A vehicle as it shall be."""

    plate: str
    owner: str
    person: int | None
    plate_type: str | None
    colour: str | None
    parking: Parking
    until_s: float | None


@dataclass(frozen=True, slots=True)
class VehicleWrites:
    """Vehicles to add, vehicles to change, and the plates of all that stood in the sheet."""

    added: tuple[VehicleWrite, ...] = ()
    changed: tuple[VehicleWrite, ...] = ()
    seen: tuple[str, ...] = ()


Writes = PeopleWrites | OrganisationWrites | VehicleWrites


@dataclass(frozen=True, slots=True)
class Plan:
    """An import before it is done. `ignored` are headings and `unread` sheets that nothing is taken from."""

    kind: SheetKind
    rows: tuple[PlannedRow, ...]
    writes: Writes
    ignored: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """Return how many rows have an outcome."""
        return sum(row.outcome == outcome for row in self.rows)


def grouped(items: Iterable[tuple[Key, Item]]) -> Mapping[Key, list[Item]]:
    """Return items by their key, in the order in which keys first came."""
    groups: dict[Key, list[Item]] = {}
    for key, item in items:
        groups.setdefault(key, []).append(item)
    return groups


def contradict(numbers: Sequence[int]) -> Refused:
    """Return the refusal of rows that say different things of the same."""
    return Refused(
        "sheets.contradict",
        "the rows {rows} are about the same and say different things here: make them agree, or "
        "leave one of them",
        rows="、".join(str(number) for number in numbers[:6]) + ("…" if len(numbers) > 6 else ""),
    )


def problem_row(number: int, label: str, *problems: Problem) -> PlannedRow:
    """Return a row that is left out."""
    return PlannedRow(number, label, "problem", (), problems)
