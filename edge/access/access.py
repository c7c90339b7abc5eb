"""Doors and lanes together: what an observation comes to for everybody who wants to pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from edge.access import passing as doors
from edge.access import traffic as lanes
from edge.access.passing import Passing
from edge.access.policy import AccessPolicy
from edge.access.register import AccessRegister
from edge.access.stepping import Memory, PassUsed, Remembered, Stepped
from edge.access.traffic import Traffic
from edge.clock import Moment
from edge.events import Observation


@dataclass(frozen=True, slots=True)
class Access:
    """All that decisions to pass go by: what the site asks, what the registers know, how things stand."""

    policy: AccessPolicy
    register: AccessRegister = field(default_factory=AccessRegister)
    passing: Passing = field(default_factory=Passing)
    traffic: Traffic = field(default_factory=Traffic)


def resume(policy: AccessPolicy, register: AccessRegister, held: Remembered, prefix: str) -> Access:
    """Go on where passing was left. Order ids begin with `prefix`, which no other run may have."""
    return Access(
        policy,
        register,
        doors.resume(f"{prefix}-door", held.uses, held.whereabouts, lockdown="lockdown" in held.modes),
        lanes.resume(f"{prefix}-lane", held.inside, held.uses, lockdown="lockdown" in held.modes),
    )


def step(access: Access, seen: Observation, now: Moment) -> Stepped[Access]:
    """Return what an observation comes to; the same arguments always give the same answer."""
    at_doors = doors.observe(access.passing, access.policy, access.register, seen, now)
    known = access.traffic
    if at_doors.memory:
        # A visitor's pass counts at doors and lanes alike.
        known = replace(known, uses=_with_uses(known.uses, at_doors.memory))
    at_lanes = lanes.observe(known, access.policy, access.register, seen, now)
    return _joined(access, at_doors, at_lanes)


def tick(access: Access, now: Moment) -> Stepped[Access]:
    """Return what time alone brings."""
    at_doors = doors.tick(access.passing, access.policy, access.register, now)
    at_lanes = lanes.tick(access.traffic, access.policy, access.register, now)
    return _joined(access, at_doors, at_lanes)


def _joined(access: Access, at_doors: Stepped[Passing], at_lanes: Stepped[Traffic]) -> Stepped[Access]:
    passing = at_doors.state
    if at_lanes.memory:
        passing = replace(passing, uses=_with_uses(passing.uses, at_lanes.memory))
    both = at_doors.then(at_lanes)
    state = replace(access, passing=passing, traffic=at_lanes.state)
    return Stepped(state, both.followed, both.orders, both.memory)


def _with_uses(uses: Mapping[int, int], memory: tuple[Memory, ...]) -> Mapping[int, int]:
    used = {one.visitor: one.uses for one in memory if isinstance(one, PassUsed)}
    return {**uses, **used} if used else uses
