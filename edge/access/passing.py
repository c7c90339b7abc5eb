"""People at doors: what an observation, or time alone, comes to. Pure functions."""

from collections.abc import Mapping
from dataclasses import replace

from drivers.said import (
    CardPresented,
    ContactChanged,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    OrderDone,
)
from edge.access.deciding import Situation, decide, too_late
from edge.access.forgetting import forgotten
from edge.access.freeing import fire_told, mode_set, not_freed, renewed_at, settled
from edge.access.going_through import door_changed
from edge.access.granting import answered, decided
from edge.access.guessing import wrong_code
from edge.access.passing_state import Passing
from edge.access.policy import AccessPolicy, DoorPolicy
from edge.access.register import AccessRegister
from edge.access.request import BY, FRESH_S, Request, Shown
from edge.access.showing import asked, shown_in, with_shown
from edge.access.stepping import Stepped
from edge.access.tailgating import entered_zone, left_zone
from edge.box_events import ModeSet, OpeningOrdered, PassScanned, PinTyped
from edge.clock import Moment
from edge.events import FaceSeen, Observation, PresenceBegan, PresenceEnded

__all__ = ["Passing", "observe", "resume", "tick"]

# How long the exit button lets a door go.
EXIT_S = 5.0


def resume(
    prefix: str, uses: Mapping[int, int], whereabouts: Mapping[str, str], *, lockdown: bool
) -> Passing:
    """Go on where passing was left. Order ids begin with `prefix`, which no other run may have."""
    return Passing(prefix, uses=uses, whereabouts=whereabouts, lockdown=lockdown)


def observe(
    state: Passing, policy: AccessPolicy, register: AccessRegister, seen: Observation, now: Moment
) -> Stepped[Passing]:
    """Return what an observation comes to at the doors; the same arguments always give the same answer."""
    stepped = Stepped(state)
    first_in = state.first_in
    for door, shown in shown_in(policy, register, seen, now):
        at = Situation(policy, register, stepped.state)
        stepped = stepped.then(_asked(at, door, shown, seen, now))
    stepped = stepped.then(_noted(stepped.state, policy, seen, now))
    if stepped.state.first_in is not first_in:
        return stepped.then(settled(stepped.state, policy, now))
    return stepped


def tick(state: Passing, policy: AccessPolicy, register: AccessRegister, now: Moment) -> Stepped[Passing]:
    """Return what time alone brings to the doors."""
    del register
    return settled(forgotten(state, policy, now), policy, now)


def _asked(at: Situation, door: DoorPolicy, shown: Shown, seen: Observation, now: Moment) -> Stepped[Passing]:
    state = at.passing
    late_s = seen.late_s if isinstance(seen, CardPresented) else 0.0
    age_s = now.mono_s - shown.mono_s + late_s
    if late_s > 0 or abs(age_s) > FRESH_S:
        if isinstance(seen, FaceSeen):
            return Stepped(state)
        return Stepped(
            state, (decided(door, Request(door.id, (shown,), shown.mono_s), too_late(age_s), now),)
        )
    if isinstance(seen, PassScanned) and seen.problem is None and _held_on(state, door, shown, now):
        return Stepped(state)
    state = with_shown(state, door, shown)
    request = asked(state, door, shown, passing_by=isinstance(seen, FaceSeen))
    if request is None:
        return Stepped(state)
    decision = decide(replace(at, passing=state), request, now)
    if isinstance(seen, PinTyped) and seen.problem is not None:
        state, too_many = wrong_code(state, door.id, now.mono_s)
        if too_many:
            decision = replace(decision, notices=(*decision.notices, "guessing"))
    return answered(state, at.policy, request, decision, now)


def _held_on(state: Passing, door: DoorPolicy, shown: Shown, now: Moment) -> bool:
    """Say whether a code is only held on before the scanner that has just taken it."""
    return shown.subject is not None and state.awaited(door.id, shown.subject, now.mono_s) is not None


def _noted(state: Passing, policy: AccessPolicy, seen: Observation, now: Moment) -> Stepped[Passing]:
    match seen:
        case OpeningOrdered(device=device, pulse_s=seconds, by=by) if device in policy.doors and by != BY:
            until_s = now.mono_s + seconds
            return Stepped(renewed_at(_let_go(state, device, until_s), device, until_s))
        case ModeSet(mode="lockdown"):
            return mode_set(state, policy, seen, now)
        case PresenceBegan():
            return entered_zone(state, policy, seen, now)
        case PresenceEnded():
            return Stepped(left_zone(state, policy, seen))
        case _:
            return _said(state, policy, seen, now)


def _said(  # noqa: PLR0911 - one a kind
    state: Passing, policy: AccessPolicy, seen: Observation, now: Moment
) -> Stepped[Passing]:
    match seen:
        case DoorChanged(device=device, late_s=0.0) if device in policy.doors:
            return door_changed(state, policy, policy.doors[device], seen, now)
        case DeviceLost(device=device) if device in state.positions:
            return Stepped(replace(state, positions={**state.positions, device: "unknown"}))
        case DeviceFound(device=device) if device in state.freed:
            return settled(renewed_at(state, device, now.mono_s), policy, now)
        case ExitRequested(device=device, late_s=0.0) if device in policy.doors:
            return Stepped(_let_go(state, device, now.mono_s + EXIT_S))
        case ContactChanged(device=device, contact=contact, closed=closed, late_s=0.0):
            if (device, contact) in policy.fire:
                return fire_told(state, policy, (device, contact), now, closed=closed)
            return Stepped(state)
        case OrderDone(order=order, device=device, refused=str()):
            return not_freed(_not_opened(state, device, order), policy, seen, now)
        case _:
            return Stepped(state)


def _let_go(state: Passing, door: str, until_s: float) -> Passing:
    return replace(
        state,
        released={**state.released, door: max(until_s, state.released.get(door, 0.0))},
        open_to_all={**state.open_to_all, door: max(until_s, state.open_to_all.get(door, 0.0))},
    )


def _not_opened(state: Passing, door: str, order: str) -> Passing:
    """Forget the grant whose order was refused: nobody goes through with it. A pass stays used."""
    grants = state.grants.get(door, ())
    left = tuple(grant for grant in grants if grant.order != order)
    return state if len(left) == len(grants) else replace(state, grants={**state.grants, door: left})
