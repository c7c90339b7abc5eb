"""What can be passed at a site: doors, door groups and lanes, by the ids that people type."""

import difflib
from collections.abc import Iterable

from edge.access.policy_of import access_policy_of
from edge.refusal import Refused
from edge.site.schema import Site


def checked(site: Site, openings: Iterable[str]) -> tuple[str, ...]:
    """Return the openings that were typed. Refused: the site file names no such door, group or lane."""
    policy = access_policy_of(site)
    known = [*policy.doors, *policy.lanes, *site.access.door_groups]
    typed = tuple(openings)
    for opening in typed:
        if opening not in known:
            near = difflib.get_close_matches(opening, known, n=1) or known
            raise Refused(
                "visitors.no_such_opening",
                "the site file names no door, door group or lane {opening}: did you mean {near}?",
                opening=opening,
                near=", ".join(near) or "-",
            )
    return typed
