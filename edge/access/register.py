"""What decisions to pass go by of the registers, as one frozen value with an index for each question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from edge.clock import Moment

PersonKind = Literal["resident", "tenant", "staff", "patroller", "official", "cared-for", "guest"]
CredentialStatus = Literal["active", "lost", "blocked"]
Parking = Literal["resident", "rented", "staff", "service", "none"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """A person may (`allow`), or may not, pass `opening` (a door, group or lane) in a span of wall time.

    It holds from `from_s` until before `until_s`.
    """

    opening: str
    allow: bool
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Holder:
    """A registered person.

    `buildings` and `organisations` are where ties that have not ended lead, by name.
    """

    subject: str
    name: str
    kind: PersonKind
    buildings: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    allowances: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A card: whose it is, and whether it is still good. Wall seconds, None for without end."""

    id: int
    subject: str
    status: CredentialStatus = "active"
    from_s: float | None = None
    until_s: float | None = None
    duress: bool = False


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN: `hash` is argon2id's own text; the digits are nowhere."""

    id: int
    hash: str = field(repr=False)
    status: CredentialStatus = "active"
    from_s: float | None = None
    until_s: float | None = None
    duress: bool = False


@dataclass(frozen=True, slots=True)
class VisitorPass:
    """A visitor's pass: good for `passes` passages through `openings` (doors, groups, lanes)."""

    id: int
    name: str
    openings: frozenset[str]
    from_s: float
    until_s: float
    passes: int
    cancelled: bool = False
    plate: str | None = None
    host: str | None = None
    nonce: bytes = field(default=b"", repr=False)

    @property
    def subject(self) -> str:
        """The subject that passes with it."""
        return f"visitor/{self.id}"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A registered vehicle. `person` is the owner's subject where the owner is registered.

    `usual` are the subjects whose enrolled faces are usual at its wheel: the owner, and who is tied to the
    same house.
    """

    id: int
    plate: str
    owner: str
    person: str | None = None
    plate_type: str | None = None
    colour: str | None = None
    parking: Parking = "resident"
    until_s: float | None = None
    usual: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccessRegister:
    """The registers at one moment.

    `holders` and `pins` go by subject, `cards` by code (`edge.registers.cards`), `keypad_numbers` lead to a
    subject, `passes` go by id, `plates` and `visiting_plates` by exact plate. `barred` are the subjects that
    the watch-list bars, each with the wall time until which.
    """

    holders: Mapping[str, Holder] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)
    pins: Mapping[str, tuple[Pin, ...]] = field(default_factory=dict)
    keypad_numbers: Mapping[str, str] = field(default_factory=dict)
    passes: Mapping[int, VisitorPass] = field(default_factory=dict)
    vehicles: Mapping[str, Vehicle] = field(default_factory=dict)
    visiting_plates: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    barred: Mapping[str, float] = field(default_factory=dict)
    barred_plates: Mapping[str, float] = field(default_factory=dict)

    def bars(self, subject: str, now: Moment) -> bool:
        """Say whether the watch-list bars a person now; a wall clock that nobody believes ends no entry."""
        return _in_force(self.barred.get(subject), now)

    def bars_plate(self, plate: str, now: Moment) -> bool:
        """Say the same of a plate."""
        return _in_force(self.barred_plates.get(plate), now)


def _in_force(until_s: float | None, now: Moment) -> bool:
    return until_s is not None and (not now.trusted or now.wall_s < until_s)
