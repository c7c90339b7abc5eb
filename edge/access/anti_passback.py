"""Anti-passback: who has gone in cannot go in again before going out, so that a card is not handed back."""

from collections.abc import Mapping
from dataclasses import replace

from edge.access.case import Case, Finding
from edge.access.passing_state import Passing
from edge.access.policy import DoorPolicy
from edge.access.stepping import Moved
from edge.clock import Moment

NAME = "anti_passback"


def not_passed_back(case: Case) -> Finding:
    """Refuse, or only tell of, somebody who comes from where they are not; never under duress."""
    rule = case.door.anti_passback
    if rule is None or case.subject is None:
        return Finding(NAME)
    if rule.mode == "timed":
        return _let_go_under_duress(case, _timed(case, case.subject, rule.minutes))
    area = case.at.passing.whereabouts.get(case.subject)
    values = {"area": area or "-", "from": rule.from_area}
    if area is None or area == rule.from_area:
        return Finding(NAME, values=values)
    if rule.mode == "soft":
        return Finding(NAME, values=values, notices=("soft_anti_passback",))
    return _let_go_under_duress(case, Finding(NAME, "anti_passback", values))


def _timed(case: Case, subject: str, minutes: float) -> Finding:
    passed_s = case.at.passing.passed.get((subject, case.door.id))
    if passed_s is None or case.now.mono_s - passed_s >= minutes * 60:
        return Finding(NAME)
    return Finding(NAME, "passed_lately", {"minutes": f"{minutes:g}"})


def _let_go_under_duress(case: Case, found: Finding) -> Finding:
    if found.reason is None or not case.duress:
        return found
    return Finding(NAME, values={**found.values, "let_go": found.reason})


def moved(
    passing: Passing, door: DoorPolicy, subjects: tuple[str, ...], now: Moment
) -> tuple[Passing, tuple[Moved, ...]]:
    """Return the state after `subjects` went through a door, and what is to be remembered of it."""
    rule = door.anti_passback
    if rule is None or not subjects:
        return passing, ()
    passed: Mapping[tuple[str, str], float] = passing.passed
    if rule.mode == "timed":
        passed = {**passed, **{(subject, door.id): now.mono_s for subject in subjects}}
    areas = dict.fromkeys(subjects, rule.to_area)
    after = replace(passing, passed=passed, whereabouts={**passing.whereabouts, **areas})
    return after, tuple(Moved(subject, rule.to_area, now.wall_s) for subject in subjects)
