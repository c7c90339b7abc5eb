"""What of the doors' state is over by time alone, so that it does not grow."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from edge.access.deciding import SECOND_WITHIN_S
from edge.access.guessing import WITHIN_S
from edge.access.passing_state import Passing
from edge.access.policy import AccessPolicy
from edge.access.tailgating import SAME_WITHIN_S
from edge.clock import Moment

K = TypeVar("K")
V = TypeVar("V")

# Eyes are slower than contacts: who went through a door that has closed is told a little later.
EYES_LATE_S = 5.0


def forgotten(state: Passing, policy: AccessPolicy, now: Moment) -> Passing:
    """Return the state without what no question will be about any more."""
    now_s = now.mono_s
    doors = policy.doors
    return replace(
        state,
        passed={
            (subject, door): at
            for (subject, door), at in state.passed.items()
            if door in doors and now_s - at < _minutes(policy, door) * 60
        },
        released=_until(state.released, now_s),
        open_to_all=_until(state.open_to_all, now_s - EYES_LATE_S),
        codes_refused_until=_until(state.codes_refused_until, now_s),
        wrong_codes=_lately(state.wrong_codes, now_s, WITHIN_S),
        left_zones=_lately(state.left_zones, now_s, SAME_WITHIN_S + EYES_LATE_S),
        attempts=_kept(
            {
                door: tuple(
                    one for one in shown if door in doors and now_s - one.mono_s <= doors[door].within_s
                )
                for door, shown in state.attempts.items()
            }
        ),
        first_of_two={
            door: first for door, first in state.first_of_two.items() if now_s - first.at_s <= SECOND_WITHIN_S
        },
        grants=_kept(
            {
                door: tuple(grant for grant in grants if now_s <= grant.until_s)
                for door, grants in state.grants.items()
            }
        ),
        openings={
            door: opening
            for door, opening in state.openings.items()
            if opening.closed_s is None or now_s - opening.closed_s <= EYES_LATE_S
        },
    )


def _minutes(policy: AccessPolicy, door: str) -> float:
    rule = policy.doors[door].anti_passback
    return 0.0 if rule is None else rule.minutes


def _until(untils: Mapping[str, float], now_s: float) -> Mapping[str, float]:
    return {door: until_s for door, until_s in untils.items() if until_s > now_s}


def _lately(
    moments: Mapping[K, tuple[float, ...]], now_s: float, within_s: float
) -> Mapping[K, tuple[float, ...]]:
    return _kept({key: tuple(at for at in ats if now_s - at < within_s) for key, ats in moments.items()})


def _kept(parts: Mapping[K, tuple[V, ...]]) -> Mapping[K, tuple[V, ...]]:
    return {key: part for key, part in parts.items() if part}
