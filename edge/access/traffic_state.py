"""How things stand at the lanes between two observations, and one step of them with what it brings.

Times are monotonic seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from edge.access.ledger import Ledger
from edge.access.policy import AccessPolicy, LanePolicy
from edge.access.register import AccessRegister
from edge.access.request import Order
from edge.access.stepping import Memory, Stepped
from edge.clock import Moment
from edge.events import Observation
from edge.orders import What

Contact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """A vehicle at a lane, as long as its plate is read there: since `began_s`, last at `last_s`.

    `reason` is that of its last decision. It is let through once `granted_s` is set, and has gone through
    once `passed_s` is; `order` at `raised_s` last told the arm to rise for it, `failed` says that it did not;
    `visitor` is the pass that it used.
    """

    plate: str
    camera: str
    track: int
    began_s: float
    last_s: float
    reason: str = ""
    notices: tuple[str, ...] = ()
    visitor: int | None = None
    granted_s: float | None = None
    raised_s: float = 0.0
    order: str | None = None
    failed: bool = False
    passed_s: float | None = None
    guard_asked: bool = False

    @property
    def pending(self) -> bool:
        """Whether the arm is up for it, or about to be, and it has not gone through yet."""
        return self.granted_s is not None and self.passed_s is None and not self.failed


@dataclass(frozen=True, slots=True)
class AtPresence:
    """A presence contact: a vehicle stands there since `closed_s`, or stood until `opened_s`.

    `settled` says that what the vehicle's going meant was concluded, `was_there` that it stood there when the
    contact was first read.
    """

    closed: bool
    closed_s: float
    opened_s: float
    settled: bool = True
    guard_asked: bool = False
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class Arm:
    """A barrier's arm, as far as the box moved it; `up` None while nobody knows.

    `operator_s` is when an operator last raised it, until a vehicle went through; `lower_due_s` when it is to
    be lowered unless somebody waits.
    """

    up: bool | None = None
    operator_s: float | None = None
    lowered_s: float = float("-inf")
    lower_due_s: float | None = None
    lower_tries: int = 0
    passed_s: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Given:
    """An order that was given and not yet answered."""

    barrier: str
    what: Literal["raise", "lower", "operator"]
    at_s: float
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class FaceAtWheel:
    """A face that a wheel camera saw."""

    camera: str
    track: int
    subject: str | None
    at_s: float


@dataclass(frozen=True, slots=True)
class Leaving:
    """A registered car left; who drove it is judged at `due_s`."""

    lane: str
    plate: str
    read_s: float
    due_s: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """All that is remembered of lanes: `uses` by visitor, `vehicles` (tracks that cameras see) since when."""

    prefix: str = ""
    ordered: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    uses: Mapping[int, int] = field(default_factory=dict)
    lockdown: bool = False
    visits: Mapping[str, tuple[Visit, ...]] = field(default_factory=dict)
    presence: Mapping[Contact, AtPresence] = field(default_factory=dict)
    arms: Mapping[str, Arm] = field(default_factory=dict)
    given: Mapping[str, Given] = field(default_factory=dict)
    vehicles: Mapping[tuple[str, int], float] = field(default_factory=dict)
    faces: tuple[FaceAtWheel, ...] = ()
    leaving: tuple[Leaving, ...] = ()
    overstays_due_s: float = float("-inf")

    def arm(self, barrier: str) -> Arm:
        """Return what is known of an arm."""
        return self.arms.get(barrier) or Arm()

    def at(self, lane: LanePolicy) -> tuple[Visit, ...]:
        """Return the vehicles at a lane, the first to come first."""
        return self.visits.get(lane.id, ())

    def standing(self, lane: LanePolicy) -> AtPresence | None:
        """Return what the lane's presence contact says; None without one, or while it cannot be read."""
        return None if lane.presence is None else self.presence.get(lane.presence)

    def pending(self, lane: LanePolicy) -> tuple[Visit, ...]:
        """Return who is let through a lane and has not gone through."""
        return tuple(visit for visit in self.at(lane) if visit.pending)


@dataclass(frozen=True, slots=True)
class Turn:
    """One step: what it goes by, the state so far, and what it has brought so far."""

    state: Traffic
    policy: AccessPolicy
    register: AccessRegister
    now: Moment
    followed: tuple[Observation, ...] = ()
    orders: tuple[Order, ...] = ()
    memory: tuple[Memory, ...] = ()

    @property
    def stepped(self) -> Stepped[Traffic]:
        """What the step came to."""
        return Stepped(self.state, self.followed, self.orders, self.memory)

    def say(self, *observations: Observation) -> "Turn":
        """Return the turn with observations that follow."""
        return replace(self, followed=(*self.followed, *observations))

    def remember(self, *memory: Memory) -> "Turn":
        """Return the turn with things to remember."""
        return replace(self, memory=(*self.memory, *memory))

    def with_visit(self, lane: LanePolicy, before: Visit | None, after: Visit | None) -> "Turn":
        """Return the turn with a visit exchanged, begun (`before` None) or ended (`after` None)."""
        visits = self.state.at(lane)
        if before is None:
            visits = visits if after is None else (*visits, after)
        else:
            exchanged = () if after is None else (after,)
            at = visits.index(before)
            visits = (*visits[:at], *exchanged, *visits[at + 1 :])
        return replace(self, state=replace(self.state, visits={**self.state.visits, lane.id: visits}))

    def with_arm(self, barrier: str, arm: Arm) -> "Turn":
        """Return the turn with an arm as it is now."""
        return replace(self, state=replace(self.state, arms={**self.state.arms, barrier: arm}))

    def with_presence(self, contact: Contact, at: AtPresence) -> "Turn":
        """Return the turn with a presence contact as it is now."""
        return replace(self, state=replace(self.state, presence={**self.state.presence, contact: at}))

    def order(self, given: Given, what: What, expires_mono_s: float) -> tuple["Turn", str]:
        """Return the turn with an order to a barrier, and the order's id; no other run gives it."""
        number = self.state.ordered + 1
        name = f"{self.state.prefix}l{number}"
        state = replace(self.state, ordered=number, given={**self.state.given, name: given})
        order = Order(name, given.barrier, what, expires_mono_s)
        return replace(self, state=state, orders=(*self.orders, order)), name


def lane_of(policy: AccessPolicy, camera: str) -> LanePolicy | None:
    """Return the lane whose plates a camera reads; None for any other camera."""
    return next((lane for lane in policy.lanes.values() if camera in lane.cameras), None)


def lanes_at(
    policy: AccessPolicy, *, barrier: str | None = None, contact: Contact | None = None
) -> list[LanePolicy]:
    """Return the lanes under one arm, or over one presence contact."""
    return [
        lane
        for lane in policy.lanes.values()
        if (barrier is None or lane.barrier == barrier) and (contact is None or lane.presence == contact)
    ]
