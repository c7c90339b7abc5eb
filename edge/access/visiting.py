"""Whether a visitor's pass is good here and now: the same at doors and at lanes."""

from edge.access.register import VisitorPass
from edge.clock import Moment


def pass_problem(one: VisitorPass, *, here: bool, used_up: bool, now: Moment) -> str | None:
    """Return why a pass that was not cancelled is no good here, None where it is."""
    if not here:
        return "pass_other_door"
    if not now.trusted:
        return "clock_untrusted"
    if now.wall_s < one.from_s:
        return "pass_not_yet"
    if now.wall_s >= one.until_s:
        return "pass_expired"
    return "pass_used_up" if used_up else None
