"""Every rule, stepped for every observation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from edge.clock import Moment
from edge.events import Observation
from edge.linkage import repetition
from edge.linkage.devices import camera_lost, camera_tampered, vision_worker_lost
from edge.linkage.effects import Effect, KeepObservation
from edge.linkage.knowledge import Knowledge
from edge.linkage.people import unknown_person, watched_face
from edge.linkage.policy import Policy
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
)


@dataclass(frozen=True, slots=True)
class Linkage:
    """All that the rules go by: what the site asks, what the registers know, what has been told already."""

    policy: Policy
    knowledge: Knowledge
    standing: Mapping[repetition.Key, repetition.Told] = field(default_factory=dict)


def step(state: Linkage, observation: Observation, now: Moment) -> tuple[Linkage, tuple[Effect, ...]]:
    """Return the next state and what the rules ask for; the same arguments always give the same answer."""
    standing, news = repetition.step(state.standing, observation, now.mono_s)
    keep: tuple[Effect, ...] = (KeepObservation(),) if news else ()
    asked = [e for rule in RULES for e in rule(state.policy, state.knowledge, observation, now)]
    return replace(state, standing=standing), (*keep, *asked)
