"""What of a device's words is a state that lasts, and whether it changed: pure functions.

A state that is read again after a restart or an outage is no news while it is what it was; where it is not,
the change happened while nobody looked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.said import (
    ArmedChanged,
    ContactChanged,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    PowerChanged,
    Said,
    TamperChanged,
    ZoneChanged,
)
from edge.events import Observation

Point = tuple[str, str]  # a device's id, and what of it


@dataclass(frozen=True, slots=True)
class Held:
    """The last known state of every point, and since when (wall seconds)."""

    states: Mapping[Point, str] = field(default_factory=dict)
    since_wall_s: Mapping[Point, float] = field(default_factory=dict)

    def state(self, device: str, point: str) -> str | None:
        """Return the last known state of a point, None for one that was never told."""
        return self.states.get((device, point))


@dataclass(frozen=True, slots=True)
class Change:
    """One point that changed. `was` is None where nothing was known."""

    point: Point
    was: str | None
    now: str
    was_since_wall_s: float | None = None


def told(seen: Observation) -> Mapping[str, str] | None:  # noqa: PLR0911 - one a kind
    """Return the states that an observation tells, by point; None for one that tells events."""
    match seen:
        case DoorChanged(position=position, lock=lock):
            states = {"position": position, "lock": lock}
            return {point: state for point, state in states.items() if state != "unknown"}
        case ZoneChanged(zone=zone, state=state):
            return {f"zone:{zone}": state}
        case ContactChanged(contact=contact, closed=closed):
            return {f"contact:{contact}": "closed" if closed else "open"}
        case ArmedChanged(armed=armed):
            return {"armed": "armed" if armed else "disarmed"}
        case TamperChanged(tampered=tampered):
            return {"housing": "open" if tampered else "closed"}
        case PowerChanged(power=power):
            return {"power": power}
        case DeviceLost():
            return {"link": "lost"}
        case DeviceFound(identity=identity, firmware=firmware):
            return {"link": "found", "identity": f"{identity} {firmware}".strip()}
        case _:
            return None


def changes(held: Held, seen: Observation) -> tuple[Change, ...] | None:
    """Return what an observation changes; None for one that tells no states."""
    states = told(seen)
    if states is None or not isinstance(seen, Said):
        return None
    return tuple(
        Change(at, held.states.get(at), state, held.since_wall_s.get(at))
        for at, state in (((seen.device, point), state) for point, state in states.items())
        if held.states.get(at) != state
    )


def hold(held: Held, changed: tuple[Change, ...], wall_s: float) -> Held:
    """Return what is held after changes at `wall_s`."""
    if not changed:
        return held
    return Held(
        {**held.states, **{change.point: change.now for change in changed}},
        {**held.since_wall_s, **{change.point: wall_s for change in changed}},
    )
