"""What an observation comes to for access: orders, observations that follow, things to remember."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from edge.access.request import Order
from edge.events import Observation

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PassUsed:
    """A visitor's pass was used for the `uses`-th time."""

    visitor: int
    uses: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody is in another area now."""

    subject: str
    area: str
    since_wall_s: float


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """A mode (`lockdown`) began, or ended where `on` is false."""

    mode: Literal["lockdown"]
    on: bool
    by: str
    why: str
    since_wall_s: float


@dataclass(frozen=True, slots=True)
class Entered:
    """A vehicle drove in."""

    plate: str
    lane: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class Left:
    """A vehicle drove out; its open stay, if it has one, ends."""

    plate: str
    lane: str
    wall_s: float


Memory = PassUsed | Moved | ModeChanged | Entered | Left


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was remembered when the box last ran.

    `uses` by visitor, `whereabouts` (area) by subject, `modes` that are on, `inside` (lane and wall time of
    the entry) by plate.
    """

    uses: Mapping[int, int] = field(default_factory=dict)
    whereabouts: Mapping[str, str] = field(default_factory=dict)
    modes: frozenset[str] = frozenset()
    inside: Mapping[str, tuple[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stepped(Generic[S]):
    """The next state and what it brings; `followed` go to the journal and the rules."""

    state: S
    followed: tuple[Observation, ...] = ()
    orders: tuple[Order, ...] = ()
    memory: tuple[Memory, ...] = ()

    def then(self, after: "Stepped[T]") -> "Stepped[T]":
        """Return the state of a later step, with what both brought, in order."""
        return Stepped(
            after.state,
            followed=(*self.followed, *after.followed),
            orders=(*self.orders, *after.orders),
            memory=(*self.memory, *after.memory),
        )
