"""What the site file asks of doors and lanes, in the shape that decisions use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Literal

from edge.access.register import Parking, PersonKind
from edge.linkage.hours import Hours

Factor = Literal["card", "pin", "qr", "face"]
Way = frozenset[Factor]
Liveness = Literal["terminal", "challenge", "second_factor"]

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hours for each weekday, Monday first, and for holidays; a holiday follows `holiday` alone."""

    id: str
    name: str
    week: tuple[tuple[Hours, ...], ...]
    holiday: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class Right:
    """Who may pass which openings when. An empty set asks nothing: everybody of the other sets.

    `schedule` None is always.
    """

    kinds: frozenset[PersonKind]
    buildings: frozenset[str]
    organisations: frozenset[str]
    openings: frozenset[str]
    schedule: str | None


@dataclass(frozen=True, slots=True)
class AntiPassback:
    """Passing this door leads from one area into another.

    hard: who is not in `from_area` is refused; soft: passes, and it is told; timed: the same person passes
    the same door only once in `minutes`. A person of whom nothing is known may be anywhere.
    """

    mode: Literal["hard", "soft", "timed"]
    from_area: str
    to_area: str
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class DoorPolicy:
    """One door: `ways` are alternatives, each a set of factors that all must be shown within `within_s`.

    `two_persons` is a schedule in which two different people with rights must show themselves; `unlocked` one
    in which the door stays unlocked, after the first person who may pass where `first_person`. `fail` says
    what the lock does without power, as commissioned. `interlocked` are doors that must be closed while this
    one is opened. `opens_on_fire` with any of the policy's fire contacts. `signals` where its device can show
    and sound an answer. `readers` are devices elsewhere whose cards, PINs and displays count for this door.
    """

    id: str
    name: str
    place: str
    ways: tuple[Way, ...]
    open_ms: int = 3000
    within_s: float = 10.0
    fail: Literal["safe", "secure"] = "secure"
    groups: frozenset[str] = frozenset()
    anti_passback: AntiPassback | None = None
    interlocked: frozenset[str] = frozenset()
    two_persons: str | None = None
    unlocked: str | None = None
    first_person: bool = True
    opens_on_fire: bool = True
    has_contact: bool = True
    face_cameras: frozenset[str] = frozenset()
    liveness: frozenset[Liveness] = frozenset({"second_factor"})
    entrance: tuple[str, str] | None = None  # camera and zone that count who goes through
    code_readers: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    signals: bool = True
    shortest_ms: int = 100  # below which its lock takes no pulse

    def shows_at(self, reader: str | None = None) -> str | None:
        """Return the device that shows an answer: the reader where something was shown, if it is this door's.

        None where nothing can show it.
        """
        if reader in self.readers:
            return reader
        return self.id if self.signals else min(self.readers, default=None)


@dataclass(frozen=True, slots=True)
class LanePolicy:
    """One lane for vehicles: its plate camera, its barrier, which way it leads, whom it admits.

    `loop` is the contact that is closed while a vehicle stands at or under the arm; `wheel_camera` sees the
    driver's face. A lane that leads out admits everybody who may leave: see `free_exit`. A barrier on relays
    is told to `raise` and to `lower`; one that hangs on a door controller can only be told to `open`.
    """

    id: str
    name: str
    place: str
    cameras: frozenset[str]
    barrier: str
    direction: Literal["in", "out"]
    admits: frozenset[Parking]
    groups: frozenset[str] = frozenset()
    free_exit: bool = True
    schedule: str | None = None
    presence: tuple[str, str] | None = None  # device and contact closed while a vehicle waits or passes
    wheel_cameras: frozenset[str] = frozenset()
    strange_driver_alert: bool = False
    opened_by: Literal["raise", "open"] = "raise"
    pulse_ms: int = 700


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The site's wishes. `fire` are contacts (device, contact) that are closed while there is fire."""

    timezone: tzinfo
    doors: Mapping[str, DoorPolicy] = field(default_factory=dict)
    lanes: Mapping[str, LanePolicy] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    rights: tuple[Right, ...] = ()
    fire: frozenset[tuple[str, str]] = frozenset()
    lockdown_admits: frozenset[PersonKind] = frozenset({"official"})
    face_similarity: float = 0.5
    face_frames: int = 3
    overstay_hours: float = 72.0
    capacity: int | None = None
    doors_of_readers: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the way from a reader to its door, which every card takes."""
        leads = {reader: door.id for door in self.doors.values() for reader in door.readers}
        object.__setattr__(self, "doors_of_readers", leads)

    def door_at(self, device: str) -> DoorPolicy | None:
        """Return the door for which a device reads: its own, or the one that names it among its readers."""
        return self.doors.get(self.doors_of_readers.get(device, device))
