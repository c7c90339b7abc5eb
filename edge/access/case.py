"""A request to pass a door with all that its checks go by, and what a check finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.access.passing_state import Passing
from edge.access.policy import AccessPolicy, DoorPolicy
from edge.access.register import AccessRegister, Holder, VisitorPass
from edge.access.request import Request, Shown
from edge.access.schedules import LocalTime, in_hours
from edge.box_events import Check
from edge.clock import Moment


@dataclass(frozen=True, slots=True)
class Situation:
    """What the site asks, what the registers know, how things stand at the doors."""

    policy: AccessPolicy
    register: AccessRegister
    passing: Passing


@dataclass(frozen=True, slots=True)
class Case:
    """One request at a known door.

    `shown` is what is fresh enough of it, `subject` whose the newest is; `local` is None while nobody
    believes the wall clock.
    """

    at: Situation
    request: Request
    now: Moment
    door: DoorPolicy
    shown: tuple[Shown, ...]
    subject: str | None
    local: LocalTime | None

    @property
    def who(self) -> Holder | VisitorPass | None:
        """Whom the registers know under the subject."""
        if self.subject is None:
            return None
        holder = self.at.register.holders.get(self.subject)
        if holder is not None:
            return holder
        visitor = visitor_of(self.subject)
        return None if visitor is None else self.at.register.passes.get(visitor)

    @property
    def duress(self) -> bool:
        """Whether anything that was shown says that its bearer is being forced."""
        return any(shown.duress for shown in self.shown)

    def opens(self, name: str) -> bool:
        """Say whether `name` is this door or one of its groups."""
        return name == self.door.id or name in self.door.groups

    def within(self, schedule: str) -> bool:
        """Say whether a schedule is open now; one that is not known, or read by a wrong clock, is not."""
        return in_hours(self.at.policy, schedule, self.local)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: nothing wrong while `reason` is None.

    `await_more` means that the reason is only that something is still missing.
    """

    name: str
    reason: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    await_more: bool = False
    notices: tuple[str, ...] = ()

    @property
    def check(self) -> Check:
        """The finding as the trace holds it."""
        return Check(self.name, self.reason is None, self.values)


def visitor_of(subject: str) -> int | None:
    """Return the id of a visitor's pass by its subject (`visitor/ID`), None for any other subject."""
    kind, _, number = subject.partition("/")
    return int(number) if kind == "visitor" and number.isdecimal() else None
