"""Every rule, stepped for every observation, and what time alone brings about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from edge.box_events import DoorAlarmed
from edge.clock import Moment
from edge.events import Observation
from edge.linkage import door_alarms, repetition, states
from edge.linkage.access import (
    fire_not_released,
    fire_released,
    locked_down,
    passage_decided,
    tailgating,
)
from edge.linkage.device_rule import DeviceRule, Situation
from edge.linkage.devices import (
    changed_while_away,
    device_lost,
    device_swapped,
    device_tampered,
    power_lost,
)
from edge.linkage.door_alarms import Doors
from edge.linkage.doors import door_alarmed
from edge.linkage.effects import Effect, KeepObservation
from edge.linkage.eyes import camera_lost, camera_tampered, vision_worker_lost
from edge.linkage.fences import fence_zone
from edge.linkage.knowledge import Knowledge
from edge.linkage.lanes import (
    driver_strange,
    plate_differs,
    plate_twice,
    vehicle_overstays,
    vehicle_unadmitted,
    vehicle_waits,
)
from edge.linkage.people import unknown_person, watched_face
from edge.linkage.policy import Policy
from edge.linkage.states import Change, Held
from edge.linkage.vehicles import unknown_vehicle, watched_plate

Rule = Callable[[Policy, Knowledge, Observation, Moment], tuple[Effect, ...]]

RULES: tuple[Rule, ...] = (
    watched_face,
    unknown_person,
    watched_plate,
    unknown_vehicle,
    camera_lost,
    camera_tampered,
    vision_worker_lost,
    passage_decided,
    tailgating,
    locked_down,
    fire_released,
    fire_not_released,
)


DEVICE_RULES: tuple[DeviceRule, ...] = (
    device_lost,
    device_swapped,
    device_tampered,
    power_lost,
    changed_while_away,
    door_alarmed,
    fence_zone,
    vehicle_waits,
    vehicle_unadmitted,
    plate_twice,
    plate_differs,
    vehicle_overstays,
    driver_strange,
)


@dataclass(frozen=True, slots=True)
class Linkage:
    """All that the rules go by: what the site asks, what the registers know, how things stand."""

    policy: Policy
    knowledge: Knowledge
    standing: Mapping[repetition.Key, repetition.Told] = field(default_factory=dict)
    held: Held = field(default_factory=Held)
    doors: Doors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What an observation comes to: the next state, what the rules ask for, what follows from it.

    `followed` are observations that the box itself makes of it, `changed` the states that devices changed.
    """

    state: Linkage
    effects: tuple[Effect, ...]
    followed: tuple[DoorAlarmed, ...] = ()
    changed: tuple[Change, ...] = ()


def step(state: Linkage, observation: Observation, now: Moment) -> Step:
    """Return what an observation comes to; the same arguments always give the same answer."""
    standing, news = repetition.step(state.standing, observation, now.mono_s)
    changed = states.changes(state.held, observation)
    doors, alarms = door_alarms.step(state.doors, state.policy.devices, observation, now.mono_s)
    situation = Situation(state.policy, state.held, observation, changed or (), now)
    asked = [e for rule in RULES for e in rule(state.policy, state.knowledge, observation, now)]
    asked += [e for rule in DEVICE_RULES for e in rule(situation)]
    keep: tuple[Effect, ...] = (KeepObservation(),) if news and changed != () else ()
    after = replace(
        state, standing=standing, doors=doors, held=states.hold(state.held, changed or (), now.wall_s)
    )
    return Step(after, (*keep, *asked), alarms, changed or ())


def tick(state: Linkage, now: Moment) -> tuple[Linkage, tuple[DoorAlarmed, ...]]:
    """Return the state as it is by time alone, and the observations that follow from that."""
    doors, alarms = door_alarms.tick(state.doors, state.policy.devices, now.mono_s)
    return replace(state, doors=doors), alarms
