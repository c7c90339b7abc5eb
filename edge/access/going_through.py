"""Doors that open and close: who went through with which grant."""

from dataclasses import replace

from drivers.said import DoorChanged
from edge.access.anti_passback import moved
from edge.access.case import visitor_of
from edge.access.passing_state import Grant, Opening, Passing
from edge.access.policy import AccessPolicy, DoorPolicy
from edge.access.schedules import in_hours, shown_now
from edge.access.stepping import Stepped
from edge.box_events import PersonPassed
from edge.clock import Moment


def door_changed(
    passing: Passing, policy: AccessPolicy, door: DoorPolicy, seen: DoorChanged, now: Moment
) -> Stepped[Passing]:
    """Return what it comes to that a door is in another position."""
    was = passing.positions.get(door.id)
    after = replace(passing, positions={**passing.positions, door.id: seen.position})
    if seen.position == "open" and was != "open":
        return gone_through(_opened(after, door, seen.mono_s), policy, door, now)
    if seen.position != "open" and was == "open":
        return Stepped(_closed(after, door, seen.mono_s))
    return Stepped(after)


def gone_through(passing: Passing, policy: AccessPolicy, door: DoorPolicy, now: Moment) -> Stepped[Passing]:
    """Return what it comes to that everybody for whom a door was granted goes through it now."""
    due = [grant for grant in passing.grants.get(door.id, ()) if _may_go(grant, now)]
    if not due:
        return Stepped(passing)
    subjects = tuple(dict.fromkeys(subject for grant in due for subject in grant.subjects))
    grants = tuple(replace(g, passed=g.passed or g in due) for g in passing.grants[door.id])
    after = replace(passing, grants={**passing.grants, door.id: grants})
    after = _first_in(_with_opening(after, door, subjects), policy, door, due, now)
    after, memory = moved(after, door, subjects, now)
    followed = PersonPassed(device=door.id, mono_s=now.mono_s, subjects=subjects)
    return Stepped(after, followed=(followed,), memory=memory)


def _may_go(grant: Grant, now: Moment) -> bool:
    return not grant.passed and now.mono_s <= grant.until_s


def _opened(passing: Passing, door: DoorPolicy, at_s: float) -> Passing:
    granted = any(at_s <= grant.until_s for grant in passing.grants.get(door.id, ()))
    to_all = passing.open_to_all.get(door.id, 0.0) >= at_s or door.id in passing.freed
    opening = Opening(at_s, frozenset(), counted=granted and not to_all)
    return replace(passing, openings={**passing.openings, door.id: opening})


def _with_opening(passing: Passing, door: DoorPolicy, subjects: tuple[str, ...]) -> Passing:
    opening = passing.openings.get(door.id)
    if opening is None or opening.closed_s is not None:
        return passing
    opening = replace(opening, granted=opening.granted | frozenset(subjects))
    return replace(passing, openings={**passing.openings, door.id: opening})


def _closed(passing: Passing, door: DoorPolicy, at_s: float) -> Passing:
    opening = passing.openings.get(door.id)
    if opening is None:
        return passing
    return replace(passing, openings={**passing.openings, door.id: replace(opening, closed_s=at_s)})


def _first_in(
    passing: Passing, policy: AccessPolicy, door: DoorPolicy, due: list[Grant], now: Moment
) -> Passing:
    """Note who unlocks the door for the day; nobody who is forced to, and no visitor, does."""
    if door.unlocked is None or not door.first_person or door.id in passing.first_in:
        return passing
    able = [s for g in due if not g.duress for s in g.subjects if visitor_of(s) is None]
    if not able or not now.trusted or not unlocked_now(policy, door, now):
        return passing
    return replace(passing, first_in={**passing.first_in, door.id: able[0]})


def unlocked_now(policy: AccessPolicy, door: DoorPolicy, now: Moment) -> bool:
    """Say whether a door's schedule unlocks it now; a wall clock that nobody believes unlocks nothing."""
    if door.unlocked is None or not now.trusted:
        return False
    return in_hours(policy, door.unlocked, shown_now(policy, now))
