"""Doors as the rules see them: forced, held open; pure functions of (doors, observation, now)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from drivers.doors import door_state
from drivers.doors.door_state import (
    Contact,
    DoorState,
    Event,
    ExitPressed,
    Granted,
    Limits,
    LockSaid,
    Lost,
    Tampered,
    Tick,
)
from drivers.said import (
    DeviceLost,
    DoorChanged,
    ExitRequested,
    OrderDone,
    PassageLogged,
    TamperChanged,
)
from edge.box_events import DoorAlarmed, DoorFreed, DoorSecured, OpeningOrdered
from edge.events import Observation
from edge.site.roster import Listed

# How long the exit button, or a controller that decides by itself, leaves a door free to be opened.
RELEASED_S = 5.0


@dataclass(frozen=True, slots=True)
class Door:
    """One door, and the openings that were ordered and not yet confirmed, in seconds by the order's id.

    One that is `free` (by schedule, by fire) may stand open for as long as it is.
    """

    state: DoorState = field(default_factory=DoorState)
    ordered: Mapping[str, float] = field(default_factory=dict)
    free: bool = False


Doors = Mapping[str, Door]


def step(
    doors: Doors, roster: Mapping[str, Listed], seen: Observation, now_s: float
) -> tuple[Doors, tuple[DoorAlarmed, ...]]:
    """Return the doors after an observation, and the alarms that it began."""
    device = getattr(seen, "device", None)
    listed = roster.get(device) if isinstance(device, str) else None
    if listed is None or listed.held_after_s is None:
        return doors, ()
    door = doors.get(listed.id, Door())
    door, events = _events(door, seen)
    state = door.state
    for event in events:
        state = door_state.step(state, event, now_s, _limits(door, listed.held_after_s))
    return {**doors, listed.id: replace(door, state=state)}, tuple(
        _began(listed.id, door.state, state, now_s)
    )


def tick(doors: Doors, roster: Mapping[str, Listed], now_s: float) -> tuple[Doors, tuple[DoorAlarmed, ...]]:
    """Return the doors as they are by time alone, and the alarms that it began."""
    after, began = dict(doors), list[DoorAlarmed]()
    for device, door in doors.items():
        listed = roster.get(device)
        if listed is None or listed.held_after_s is None:
            continue
        state = door_state.step(door.state, Tick(), now_s, _limits(door, listed.held_after_s))
        began += _began(device, door.state, state, now_s)
        after[device] = replace(door, state=state)
    return after, tuple(began)


def _limits(door: Door, held_after_s: float) -> Limits:
    return Limits(math.inf if door.free else held_after_s)


def _began(device: str, before: DoorState, after: DoorState, now_s: float) -> Iterator[DoorAlarmed]:
    if after.alarm is not None and after.alarm != before.alarm:
        yield DoorAlarmed(device=device, mono_s=now_s, alarm=after.alarm)


def _events(door: Door, seen: Observation) -> tuple[Door, tuple[Event, ...]]:  # noqa: PLR0911 - one a kind
    match seen:
        case DoorChanged(position=position, lock=lock, first=first):
            lock_said: tuple[Event, ...] = () if lock == "unknown" else (LockSaid(lock),)
            return door, (Contact(position, first=first), *lock_said)
        case ExitRequested(late_s=0.0):
            return door, (ExitPressed(RELEASED_S),)
        case PassageLogged(granted=True, late_s=0.0):
            return door, (Granted(RELEASED_S),)
        case OpeningOrdered(order=order, pulse_s=pulse_s):
            return replace(door, ordered={**door.ordered, order: pulse_s}), ()
        case OrderDone(order=order, refused=refused) if order in door.ordered:
            rest = {other: pulse_s for other, pulse_s in door.ordered.items() if other != order}
            granted: tuple[Event, ...] = () if refused else (Granted(door.ordered[order]),)
            return replace(door, ordered=rest), granted
        case DoorFreed() | DoorSecured():
            return replace(door, free=isinstance(seen, DoorFreed)), (Tick(),)
        case TamperChanged(tampered=tampered):
            return door, (Tampered(tampered),)
        case DeviceLost():
            return replace(door, ordered={}), (Lost(),)
        case _:
            return door, ()
