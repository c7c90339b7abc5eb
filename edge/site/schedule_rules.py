"""What no single value of a site file's schedules can show: hours that are empty, or written twice."""

import re
from collections.abc import Iterator, Sequence

from edge.linkage.hours import DAY_MIN, parse_hours
from edge.site.errors import Finding, Place
from edge.site.plain import Plain, parts, sections, texts
from edge.site.sections import HOURS

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK_MIN = 7 * DAY_MIN

Span = tuple[int, int, Place]  # minutes from Monday's midnight, the end excluded, and where it is written


def findings(access: Plain) -> Iterator[Finding]:
    """Yield what is wrong with the schedules of an access section."""
    for name, schedule in parts(access, "schedules"):
        place: Place = ("access", "schedules", name)
        week = [
            span
            for index, some in sections(schedule, "weekly")
            for span in _spans(some, [day for _, day in texts(some, "days")], (*place, "weekly", index))
        ]
        holiday = list(_spans(schedule, WEEK[:1], place, "holiday"))
        if not week and not holiday:
            yield Finding(place, "site.schedule_empty")
        yield from _empty([*week, *holiday])
        yield from _overlapping(week, WEEK_MIN)
        yield from _overlapping(holiday, DAY_MIN)


def _spans(section: Plain, days: Sequence[str], place: Place, key: str = "hours") -> Iterator[Span]:
    for index, text in texts(section, key):
        if not re.fullmatch(HOURS, text):
            continue  # the schema says so itself
        hours = parse_hours(text)
        length = hours.end_min - hours.begin_min
        length += DAY_MIN if length < 0 else 0
        for day in days:
            if day in WEEK:
                begin = WEEK.index(day) * DAY_MIN + hours.begin_min
                yield begin, begin + length, (*place, key, index)


def _empty(spans: Sequence[Span]) -> Iterator[Finding]:
    for begin, end, place in spans:
        if begin == end:
            yield Finding(place, "site.hours_empty")


def _overlapping(spans: Sequence[Span], round_min: int) -> Iterator[Finding]:
    """Blame the later of two spans that share a minute of a clock which begins anew after `round_min`."""
    for index, (begin, end, place) in enumerate(spans):
        for other_begin, other_end, _ in spans[:index]:
            if any(
                begin + shift < other_end and other_begin < end + shift
                for shift in (-round_min, 0, round_min)
            ):
                yield Finding(place, "site.hours_overlap")
                break
