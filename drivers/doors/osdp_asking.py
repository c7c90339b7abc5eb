"""Which states a reader is asked for: those that it answers, and those that it may yet answer.

A refusal costs the link, so what a reader cannot tell must not be asked again and again. A reader that
restarts refuses too, whatever it is asked in that moment: one refusal says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.doors.osdp_commands import Report

# So many refusals in a row say that a reader cannot answer; more, where it answered before.
_NEVER_ANSWERED, _ANSWERED_BEFORE = 2, 8


@dataclass(frozen=True, slots=True)
class Asking:
    """How often each state was refused in a row since it was last answered, and which ever were."""

    refusals: Mapping[Report, int] = field(default_factory=dict)
    answered: frozenset[Report] = frozenset()

    def asks(self, report: Report) -> bool:
        """Say whether the reader is still asked for a state."""
        most = _ANSWERED_BEFORE if report in self.answered else _NEVER_ANSWERED
        return self.refusals.get(report, 0) < most


def refused(asking: Asking, report: Report) -> Asking:
    """Return what is known after a state was refused."""
    return Asking({**asking.refusals, report: asking.refusals.get(report, 0) + 1}, asking.answered)


def confirmed(asking: Asking, report: Report) -> Asking:
    """Return what is known after a state was told."""
    rest = {other: count for other, count in asking.refusals.items() if other is not report}
    return Asking(rest, asking.answered | {report})
