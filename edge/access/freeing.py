"""Doors that stay unlocked: by their schedule, for the first person of the day, by fire; and lockdown.

A freed door is kept open by pulses that its own device ends, renewed before they do: a gateway that dies
leaves no door open. Fire goes before lockdown, lockdown before schedules.
"""

from collections.abc import Mapping
from dataclasses import replace

from drivers.said import OrderDone
from edge.access.going_through import unlocked_now
from edge.access.passing_state import Freed, Freeing, Passing
from edge.access.policy import AccessPolicy, DoorPolicy
from edge.access.request import BY, Order
from edge.access.stepping import ModeChanged, Stepped
from edge.box_events import DoorFreed, DoorNotFreed, DoorSecured, ModeSet, OpeningOrdered
from edge.clock import Moment
from edge.orders import Open

PULSE_MS = 25_000
RENEW_AFTER_S = 20.0
# A shorter pulse takes the place of the one that runs: the door locks at once.
END_PULSE_MS = 100
GOOD_FOR_S = 5.0
# How the ids of orders end that only renew a pulse.
RENEWAL = ".renewal"


def settled(state: Passing, policy: AccessPolicy, now: Moment) -> Stepped[Passing]:
    """Return the state in which every door is as free as it should be, and how it came there."""
    state = replace(state, first_in=_still_first(state, policy, now))
    stepped = Stepped(state)
    for door in policy.doors.values():
        wanted = _wanted(stepped.state, policy, door, now)
        held = stepped.state.freed.get(door.id)
        if held is None and wanted is None:
            continue
        stepped = stepped.then(_turned(stepped.state, door, wanted, now))
    return stepped


def mode_set(state: Passing, policy: AccessPolicy, seen: ModeSet, now: Moment) -> Stepped[Passing]:
    """Return what it comes to that an operator locks the site down, or ends that."""
    after = settled(replace(state, lockdown=seen.on), policy, now)
    return replace(after, memory=(ModeChanged(seen.mode, seen.on, seen.by, seen.why, now.wall_s),))


def fire_told(
    state: Passing, policy: AccessPolicy, contact: tuple[str, str], now: Moment, *, closed: bool
) -> Stepped[Passing]:
    """Return what it comes to that a fire contact closed or opened. One that is lost stays as it was."""
    fires = state.fires | {contact} if closed else state.fires - {contact}
    return settled(replace(state, fires=fires), policy, now)


def not_freed(state: Passing, policy: AccessPolicy, seen: OrderDone, now: Moment) -> Stepped[Passing]:
    """Return what it comes to that a device refused an order: a door that fire should open is told."""
    held, door = state.freed.get(seen.device), policy.doors.get(seen.device)
    if held is None or held.by != "fire" or held.order != seen.order:
        return Stepped(state)
    if door is None or seen.refused is None:
        return Stepped(state)
    told = DoorNotFreed(
        device=door.id, mono_s=now.mono_s, order=seen.order, refused=seen.refused, fail=door.fail
    )
    return Stepped(state, followed=(told,))


def renewed_at(state: Passing, door: str, at_s: float) -> Passing:
    """Return the state in which a freed door's next pulse is due at `at_s`, if not sooner."""
    held = state.freed.get(door)
    if held is None or held.renew_s <= at_s:
        return state
    return replace(state, freed={**state.freed, door: replace(held, renew_s=at_s)})


def is_renewal(order: str) -> bool:
    """Say whether an order only keeps open a door that was freed before."""
    return order.endswith(RENEWAL)


def _still_first(state: Passing, policy: AccessPolicy, now: Moment) -> Mapping[str, str]:
    if not state.first_in or state.lockdown:
        return {}
    return {
        door: subject
        for door, subject in state.first_in.items()
        if door in policy.doors and unlocked_now(policy, policy.doors[door], now)
    }


def _wanted(state: Passing, policy: AccessPolicy, door: DoorPolicy, now: Moment) -> Freeing | None:
    if state.fires and door.opens_on_fire:
        return "fire"
    if state.lockdown:
        return None
    if door.first_person:
        return "first_person" if door.id in state.first_in else None
    return "schedule" if unlocked_now(policy, door, now) else None


def _turned(state: Passing, door: DoorPolicy, wanted: Freeing | None, now: Moment) -> Stepped[Passing]:
    held = state.freed.get(door.id)
    if wanted is None and held is not None:
        return _secured(state, door, held, now)
    if wanted is None:
        return Stepped(state)
    if held is not None and held.by == wanted:
        return _renewed(state, door, held, now) if held.renew_s <= now.mono_s else Stepped(state)
    subject = state.first_in.get(door.id) if wanted == "first_person" else None
    freed = DoorFreed(device=door.id, mono_s=now.mono_s, by=wanted, subject=subject)
    over = (DoorSecured(device=door.id, mono_s=now.mono_s, by="fire"),) if held and held.by == "fire" else ()
    freed_now = Freed(wanted, subject, now.mono_s + RENEW_AFTER_S)
    state = replace(state, freed={**state.freed, door.id: freed_now})
    stepped = _pulsed(state, door, PULSE_MS, wanted, now)
    return replace(stepped, followed=(*over, freed, *stepped.followed))


def _secured(state: Passing, door: DoorPolicy, held: Freed, now: Moment) -> Stepped[Passing]:
    rest = {at: freed for at, freed in state.freed.items() if at != door.id}
    by = "lockdown" if state.lockdown and held.by != "fire" else held.by
    secured = DoorSecured(device=door.id, mono_s=now.mono_s, by=by)
    stepped = _pulsed(replace(state, freed=rest), door, max(END_PULSE_MS, door.shortest_ms), by, now)
    return replace(stepped, followed=(secured, *stepped.followed))


def _renewed(state: Passing, door: DoorPolicy, held: Freed, now: Moment) -> Stepped[Passing]:
    renewed = replace(held, renew_s=now.mono_s + RENEW_AFTER_S)
    state = replace(state, freed={**state.freed, door.id: renewed})
    return _pulsed(state, door, PULSE_MS, held.by, now, ending=RENEWAL)


def _pulsed(
    state: Passing, door: DoorPolicy, pulse_ms: int, why: str, now: Moment, *, ending: str = ""
) -> Stepped[Passing]:
    order = Order(state.order_id() + ending, door.id, Open(pulse_ms), now.mono_s + GOOD_FOR_S)
    pulse_s = pulse_ms / 1000
    held = state.freed.get(door.id)
    after = replace(
        state,
        ordered=state.ordered + 1,
        released={**state.released, door.id: now.mono_s + pulse_s},
        freed=state.freed if held is None else {**state.freed, door.id: replace(held, order=order.id)},
    )
    ordered = OpeningOrdered(
        device=door.id, mono_s=now.mono_s, order=order.id, pulse_s=pulse_s, by=BY, why=why
    )
    return Stepped(after, followed=(ordered,), orders=(order,))
