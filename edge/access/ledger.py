"""The ledger of vehicles: entries paired with exits, who is inside, who stays for too long.

A plate is inside once. A vehicle that nobody could read is inside under a number of its own (`?1`); where a
plate leaves that was not inside, the longest such stay ends with it. Wall time may step: a stay that seems to
begin in the future begins now.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from edge.access.policy import AccessPolicy
from edge.access.register import AccessRegister
from edge.access.stepping import Entered, Left, Memory
from edge.clock import DAY_S, Moment, plausible

UNREAD = "?"


@dataclass(frozen=True, slots=True)
class Stay:
    """A vehicle is inside since it came in through `lane`; `told_mono_s` is when it was last told of."""

    lane: str
    entered_wall_s: float
    told_mono_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Who is inside, by plate, in the order of their entries."""

    stays: Mapping[str, Stay] = field(default_factory=dict)

    @classmethod
    def of(cls, inside: Mapping[str, tuple[str, float]]) -> Self:
        """Return the ledger of what was remembered: the lane and wall time of each plate's entry."""
        return cls({plate: Stay(lane, entered_s) for plate, (lane, entered_s) in inside.items()})

    @property
    def inside(self) -> int:
        """How many vehicles are inside."""
        return len(self.stays)


@dataclass(frozen=True, slots=True)
class Booked:
    """The ledger after a passage, what it found (`entered_twice`, `left_unseen`), what to remember."""

    ledger: Ledger
    notices: tuple[str, ...] = ()
    memory: tuple[Memory, ...] = ()


@dataclass(frozen=True, slots=True)
class Overstay:
    """A vehicle that may not stay is inside for `hours`."""

    plate: str
    lane: str
    hours: float


def enter(ledger: Ledger, plate: str | None, lane: str, wall_s: float) -> Booked:
    """Book that a vehicle drove in; `plate` is None where nobody could read it.

    A plate that is inside already has left unseen, or is a copy: its earlier stay ends through no lane.
    """
    name = plate if plate is not None else _next_unread(ledger)
    twice = name in ledger.stays
    stays = {other: stay for other, stay in ledger.stays.items() if other != name} if twice else ledger.stays
    after = Ledger({**stays, name: Stay(lane, wall_s)})
    entered = Entered(name, lane, wall_s)
    if twice:
        return Booked(after, ("entered_twice",), (Left(name, "", wall_s), entered))
    return Booked(after, (), (entered,))


def leave(ledger: Ledger, plate: str | None, lane: str, wall_s: float) -> Booked:
    """Book that a vehicle drove out; one that nobody could read strikes off none that was read."""
    if plate is not None and plate in ledger.stays:
        return Booked(_without(ledger, plate), (), (Left(plate, lane, wall_s),))
    unread = next((name for name in ledger.stays if name.startswith(UNREAD)), None)
    after = ledger if unread is None else _without(ledger, unread)
    memory = tuple(Left(name, lane, wall_s) for name in (unread, plate) if name is not None)
    return Booked(after, ("left_unseen",) if plate is not None else (), memory)


def overstaying(
    ledger: Ledger, register: AccessRegister, policy: AccessPolicy, now: Moment
) -> tuple[Ledger, tuple[Overstay, ...]]:
    """Return who is inside for too long and was not told of for a day, and the ledger with them as told.

    A visitor may stay until the pass ends, who has no parking right for `policy.overstay_hours`. While the
    wall clock is not believed, nobody is told of.
    """
    if not now.trusted:
        return ledger, ()
    stays, found = dict(ledger.stays), list[Overstay]()
    for plate, stay in ledger.stays.items():
        credible = stay
        if not plausible(stay.entered_wall_s) or stay.entered_wall_s > now.wall_s:
            credible = stays[plate] = replace(stay, entered_wall_s=now.wall_s)
        told = stay.told_mono_s is not None and now.mono_s - stay.told_mono_s < DAY_S
        if told or now.wall_s < _may_stay_until(plate, credible, register, policy, now.wall_s):
            continue
        stays[plate] = replace(credible, told_mono_s=now.mono_s)
        found.append(Overstay(plate, stay.lane, (now.wall_s - credible.entered_wall_s) / 3600))
    return (Ledger(stays) if stays != ledger.stays else ledger), tuple(found)


def occupancy(ledger: Ledger, register: AccessRegister) -> Mapping[str, int]:
    """Return how many vehicles are inside by parking kind, with `visitor`, `unknown` and `unread`."""
    return Counter(_kind(plate, register) for plate in ledger.stays)


def _kind(plate: str, register: AccessRegister) -> str:
    if plate.startswith(UNREAD):
        return "unread"
    vehicle = register.vehicles.get(plate)
    if vehicle is not None:
        return vehicle.parking
    return "visitor" if plate in register.visiting_plates else "unknown"


def _may_stay_until(
    plate: str, stay: Stay, register: AccessRegister, policy: AccessPolicy, wall_s: float
) -> float:
    vehicle = register.vehicles.get(plate)
    if vehicle is not None and vehicle.parking != "none" and wall_s < _until(vehicle.until_s):
        return float("inf")
    passes = (register.passes[p] for p in register.visiting_plates.get(plate, ()) if p in register.passes)
    ends = [one.until_s for one in passes if not one.cancelled and stay.entered_wall_s < one.until_s]
    return max(ends, default=stay.entered_wall_s + policy.overstay_hours * 3600)


def _until(until_s: float | None) -> float:
    return float("inf") if until_s is None else until_s


def _without(ledger: Ledger, plate: str) -> Ledger:
    return Ledger({other: stay for other, stay in ledger.stays.items() if other != plate})


def _next_unread(ledger: Ledger) -> str:
    numbers = [int(name[len(UNREAD) :]) for name in ledger.stays if name.startswith(UNREAD)]
    return f"{UNREAD}{max(numbers, default=0) + 1}"
