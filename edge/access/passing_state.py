"""How things stand at the doors between two observations: one frozen value, and small questions to it.

Times are monotonic seconds. Whatever is past its time is let go by `edge.access.passing.tick`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from drivers.said import DoorPosition
from edge.access.policy import DoorPolicy
from edge.access.request import Shown

Freeing = Literal["schedule", "first_person", "fire"]


@dataclass(frozen=True, slots=True)
class Grant:
    """A door was opened for `subjects`: who have passed once it is seen open before `until_s`."""

    subjects: tuple[str, ...]
    order: str | None
    granted_s: float
    until_s: float
    passed: bool = False
    duress: bool = False


@dataclass(frozen=True, slots=True)
class FirstOfTwo:
    """The first of two people that a door asks for, with all that was shown."""

    subject: str
    shown: tuple[Shown, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class Freed:
    """A door is kept unlocked by pulses: `order` is the last, the next is due at `renew_s`."""

    by: Freeing
    subject: str | None
    renew_s: float
    order: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """A door stands open, or was until `closed_s`: for whom it was granted, how many were seen to go in.

    `counted` is False where anybody may go through: after the exit button, an operator's order, while freed.
    """

    since_s: float
    granted: frozenset[str]
    counted: bool
    entered: int = 0
    told: bool = False
    closed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """All that is remembered of doors.

    `uses` by visitor, `whereabouts` (area) and `passed` (subject and door) outlast a door's moment; the rest
    goes by door. `ordered` counts the orders given. `released` is until when a lock was let go by whomever,
    `open_to_all` until when anybody may go through: the exit button was pressed, an operator opened.
    `first_in` is who unlocked a door for the day; `left_zones` holds when tracks ended by camera and zone.
    """

    prefix: str = ""
    ordered: int = 0
    uses: Mapping[int, int] = field(default_factory=dict)
    whereabouts: Mapping[str, str] = field(default_factory=dict)
    lockdown: bool = False
    passed: Mapping[tuple[str, str], float] = field(default_factory=dict)
    positions: Mapping[str, DoorPosition] = field(default_factory=dict)
    released: Mapping[str, float] = field(default_factory=dict)
    open_to_all: Mapping[str, float] = field(default_factory=dict)
    attempts: Mapping[str, tuple[Shown, ...]] = field(default_factory=dict)
    first_of_two: Mapping[str, FirstOfTwo] = field(default_factory=dict)
    grants: Mapping[str, tuple[Grant, ...]] = field(default_factory=dict)
    wrong_codes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    codes_refused_until: Mapping[str, float] = field(default_factory=dict)
    fires: frozenset[tuple[str, str]] = frozenset()
    freed: Mapping[str, Freed] = field(default_factory=dict)
    first_in: Mapping[str, str] = field(default_factory=dict)
    openings: Mapping[str, Opening] = field(default_factory=dict)
    left_zones: Mapping[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)

    def awaited(self, door: str, subject: str, now_s: float) -> Grant | None:
        """Return the grant under which a subject may still go through a door, None where there is none."""
        grants = self.grants.get(door, ())
        return next((g for g in grants if subject in g.subjects and now_s <= g.until_s), None)

    def order_id(self, offset: int = 1) -> str:
        """Return the id of the order that is `offset` orders ahead; no other run gives it."""
        return f"{self.prefix}d{self.ordered + offset}"


def pulse_s(door: DoorPolicy) -> float:
    """Return for how many seconds a door's lock is let go."""
    return door.open_ms / 1000
