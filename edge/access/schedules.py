"""Whether a weekly schedule with holidays is open: by the site's own clock face, across midnight and DST.

Hours that run past midnight belong to the day on which they begin: 22:00-06:00 on the eve of a holiday
reach into the holiday, and a holiday's own hours reach into the day after. Hours that end when they begin
run for a whole day. Where the clock is set back, an hour that comes twice counts both times.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from edge.access.policy import ALWAYS, AccessPolicy, Schedule
from edge.clock import Moment
from edge.linkage.hours import Hours


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment on the site's clock face. `minute` counts since local midnight."""

    day: date
    minute: int


def local_time(wall_s: float, timezone: tzinfo) -> LocalTime:
    """Return what the site's clock shows at a wall time (seconds)."""
    local = datetime.fromtimestamp(wall_s, UTC).astimezone(timezone)
    return LocalTime(local.date(), local.hour * 60 + local.minute)


def shown_now(policy: AccessPolicy, now: Moment) -> LocalTime | None:
    """Return what the site's clock shows; None while nobody believes it."""
    return local_time(now.wall_s, policy.timezone) if now.trusted else None


def in_hours(policy: AccessPolicy, schedule: str, at: LocalTime | None) -> bool:
    """Say whether a schedule is open, by its id; one that is not known, or read by a wrong clock, is not."""
    if schedule == ALWAYS:
        return True
    known = policy.schedules.get(schedule)
    return known is not None and at is not None and covers(known, policy.holidays, at)


def covers(schedule: Schedule, holidays: AbstractSet[date], at: LocalTime) -> bool:
    """Say whether a schedule is open when the site's clock shows `at`."""
    today = _hours_of(schedule, holidays, at.day)
    if any(_from_its_day(hours, at.minute) for hours in today):
        return True
    yesterday = _hours_of(schedule, holidays, at.day - timedelta(days=1))
    return any(_past_midnight(hours, at.minute) for hours in yesterday)


def _hours_of(schedule: Schedule, holidays: AbstractSet[date], day: date) -> tuple[Hours, ...]:
    return schedule.holiday if day in holidays else schedule.week[day.weekday()]


def _from_its_day(hours: Hours, minute: int) -> bool:
    return hours.begin_min <= minute and (minute < hours.end_min or hours.end_min <= hours.begin_min)


def _past_midnight(hours: Hours, minute: int) -> bool:
    return hours.end_min <= hours.begin_min and minute < hours.end_min
