"""Who or what is in the picture and its zones: a pure account of tracks that come and go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.events import Box, Observation, PresenceBegan, PresenceEnded, PresenceOf

Key = tuple[PresenceOf, int, str | None]


@dataclass(frozen=True, slots=True)
class Presence:
    """Since when (monotonic) each confirmed track is in each place; place None is the whole picture."""

    camera: str
    since_s: Mapping[Key, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Present:
    """A confirmed track, where it is now and the zones it stands in."""

    what: PresenceOf
    track: int
    box: Box
    zones: tuple[str, ...]


def step(presence: Presence, present: list[Present], now_s: float) -> tuple[Presence, list[Observation]]:
    """Return the account at `now_s` and what began and ended since the step before."""
    since: dict[Key, float] = {}
    said: list[Observation] = []
    for thing in present:
        for zone in (None, *thing.zones):
            key = (thing.what, thing.track, zone)
            since[key] = presence.since_s.get(key, now_s)
            if key not in presence.since_s:
                said.append(
                    PresenceBegan(
                        camera=presence.camera,
                        mono_s=now_s,
                        track=thing.track,
                        what=thing.what,
                        zone=zone,
                        box=thing.box,
                    )
                )
    for key, began_s in presence.since_s.items():
        if key not in since:
            what, track, zone = key
            said.append(
                PresenceEnded(
                    camera=presence.camera,
                    mono_s=now_s,
                    track=track,
                    what=what,
                    zone=zone,
                    lasted_s=round(now_s - began_s, 3),
                )
            )
    return Presence(presence.camera, since), said
