"""Tailgating: more people go through a door than it was opened for, counted in the zone behind it.

Who is followed under a new number is still the same person: a track that begins where another has just ended
goes on for it.
"""

from dataclasses import replace

from edge.access.passing_state import Opening, Passing
from edge.access.policy import AccessPolicy
from edge.access.stepping import Stepped
from edge.box_events import TailgatingSeen
from edge.clock import Moment
from edge.events import PresenceBegan, PresenceEnded

SAME_WITHIN_S = 1.0


def left_zone(state: Passing, policy: AccessPolicy, seen: PresenceEnded) -> Passing:
    """Return the state after a track ended in a zone that counts people at a door."""
    if seen.zone is None or seen.what != "person":
        return state
    zone = (seen.camera, seen.zone)
    if all(door.entrance != zone for door in policy.doors.values()):
        return state
    lately = (at for at in state.left_zones.get(zone, ()) if seen.mono_s - at <= SAME_WITHIN_S)
    return replace(state, left_zones={**state.left_zones, zone: (*lately, seen.mono_s)})


def entered_zone(state: Passing, policy: AccessPolicy, seen: PresenceBegan, now: Moment) -> Stepped[Passing]:
    """Return what it comes to that a track began in a zone: told once for each opening of the door."""
    if seen.zone is None or seen.what != "person":
        return Stepped(state)
    zone = (seen.camera, seen.zone)
    doors = [door.id for door in policy.doors.values() if door.entrance == zone]
    if not doors:
        return Stepped(state)
    state, goes_on = _taken_over(state, zone, seen.mono_s)
    if goes_on:
        return Stepped(state)
    followed = []
    for door in doors:
        opening = state.openings.get(door)
        if opening is None or not _stood_open(opening, seen.mono_s):
            continue
        opening = replace(opening, entered=opening.entered + 1)
        if opening.counted and not opening.told and opening.entered > len(opening.granted):
            opening = replace(opening, told=True)
            followed.append(_seen(door, seen.camera, opening, now))
        state = replace(state, openings={**state.openings, door: opening})
    return Stepped(state, followed=tuple(followed))


def _taken_over(state: Passing, zone: tuple[str, str], at_s: float) -> tuple[Passing, bool]:
    """Whether a track goes on for one that ended there; each goes on only once."""
    ended = state.left_zones.get(zone, ())
    own = next((left for left in ended if 0 <= at_s - left <= SAME_WITHIN_S), None)
    if own is None:
        return state, False
    rest = list(ended)
    rest.remove(own)
    return replace(state, left_zones={**state.left_zones, zone: tuple(rest)}), True


def _stood_open(opening: Opening, at_s: float) -> bool:
    return opening.since_s <= at_s and (opening.closed_s is None or at_s <= opening.closed_s)


def _seen(door: str, camera: str, opening: Opening, now: Moment) -> TailgatingSeen:
    return TailgatingSeen(
        device=door,
        mono_s=now.mono_s,
        camera=camera,
        people=opening.entered,
        granted=len(opening.granted),
    )
