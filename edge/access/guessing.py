"""Codes tried until one fits: after a few wrong ones a door takes none for a while."""

from dataclasses import replace

from edge.access.passing_state import Passing

MOST_WRONG = 5
WITHIN_S = 300.0
REFUSED_FOR_S = 300.0


def wrong_code(passing: Passing, door: str, now_s: float) -> tuple[Passing, bool]:
    """Return the state after a wrong code, and whether it was one too many."""
    if passing.codes_refused_until.get(door, 0.0) > now_s:
        return passing, False
    wrong = (*(at for at in passing.wrong_codes.get(door, ()) if now_s - at < WITHIN_S), now_s)
    if len(wrong) < MOST_WRONG:
        return replace(passing, wrong_codes={**passing.wrong_codes, door: wrong}), False
    after = replace(
        passing,
        wrong_codes={**passing.wrong_codes, door: ()},
        codes_refused_until={**passing.codes_refused_until, door: now_s + REFUSED_FOR_S},
    )
    return after, True
