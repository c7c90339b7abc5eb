"""When a schedule is open: across midnight, on holidays, where clocks are set forth and back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.access.policy import Schedule
from edge.access.schedules import covers, local_time
from edge.linkage.hours import Hours, parse_hours
from tests.edge.access_reference import is_open
from tests.edge.access_site import ZONE, weekly

BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAY = date(2026, 10, 1)  # a Thursday
NIGHT = weekly("night", "22:00-06:00", holiday=("09:00-12:00",))


def open_at(schedule, holidays, timezone, wall_s):
    return covers(schedule, holidays, local_time(wall_s, timezone))


def at(day, hour, minute=0, zone=ZONE, fold=0):
    return datetime(2026, 10, day, hour, minute, tzinfo=zone, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("day", "hour", "minute", "expected"),
    [
        (5, 21, 59, False),
        (5, 22, 0, True),
        (5, 23, 59, True),
        (6, 0, 0, True),
        (6, 5, 59, True),
        (6, 6, 0, False),
    ],
)
def test_hours_past_midnight_reach_into_the_next_day(day, hour, minute, expected):
    assert open_at(NIGHT, frozenset(), ZONE, at(day, hour, minute)) is expected


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (1, 3, True),  # still the eve's night
        (1, 7, False),
        (1, 10, True),  # the holiday's own hours
        (1, 23, False),  # a holiday has no night
        (2, 3, False),
        (2, 23, True),
    ],
)
def test_the_eves_night_reaches_into_the_holiday_and_the_holiday_has_only_its_own_hours(day, hour, expected):
    assert open_at(NIGHT, frozenset({HOLIDAY}), ZONE, at(day, hour)) is expected


def test_a_holidays_own_night_reaches_into_the_day_after():
    schedule = weekly("party", "08:00-18:00", holiday=("20:00-02:00",))
    assert open_at(schedule, frozenset({HOLIDAY}), ZONE, at(2, 1))
    assert not open_at(schedule, frozenset({HOLIDAY}), ZONE, at(2, 3))


def test_each_weekday_has_its_own_hours():
    week = ((parse_hours("08:00-10:00"),), (), (), (), (), (), (parse_hours("22:00-02:00"),))
    schedule = Schedule("s", "s", week)
    monday, sunday = 5, 4
    assert open_at(schedule, frozenset(), ZONE, at(monday, 9))
    assert not open_at(schedule, frozenset(), ZONE, at(monday + 1, 9))
    assert open_at(schedule, frozenset(), ZONE, at(sunday, 23))
    assert open_at(schedule, frozenset(), ZONE, at(monday, 1))


def test_hours_that_end_when_they_begin_last_a_day():
    schedule = Schedule("s", "s", ((parse_hours("08:00-08:00"),), *((),) * 6))
    monday = 5
    assert not open_at(schedule, frozenset(), ZONE, at(monday, 7))
    assert open_at(schedule, frozenset(), ZONE, at(monday, 8))
    assert open_at(schedule, frozenset(), ZONE, at(monday + 1, 7, 59))
    assert not open_at(schedule, frozenset(), ZONE, at(monday + 1, 8))


def test_where_the_clock_is_set_back_the_hour_that_comes_twice_counts_twice():
    schedule = weekly("late", "02:00-03:00")
    assert open_at(schedule, frozenset(), BERLIN, at(25, 2, 30, BERLIN, fold=0))
    assert open_at(schedule, frozenset(), BERLIN, at(25, 2, 30, BERLIN, fold=1))
    assert not open_at(schedule, frozenset(), BERLIN, at(25, 3, 0, BERLIN))


def test_where_the_clock_is_set_forth_hours_within_the_gap_never_come():
    schedule = weekly("gap", "02:00-03:00")
    begin = datetime(2026, 3, 29, 0, tzinfo=BERLIN).timestamp()
    assert not any(open_at(schedule, frozenset(), BERLIN, begin + 60 * n) for n in range(24 * 60))


HOURS = st.builds(Hours, st.integers(0, 1439), st.integers(0, 1440))
SPANS = st.lists(HOURS, max_size=2).map(tuple)


@settings(max_examples=400, deadline=None)
@given(
    week=st.lists(SPANS, min_size=7, max_size=7).map(tuple),
    holiday=SPANS,
    off=st.sets(st.integers(0, 9)),
    minutes=st.integers(0, 9 * 24 * 60),
    zone=st.sampled_from([ZONE, BERLIN]),
    month=st.sampled_from([(3, 25), (10, 21), (12, 28)]),
)
def test_a_schedule_is_open_when_the_reference_says_so(week, holiday, off, minutes, zone, month):
    first = datetime(2026, *month, tzinfo=zone)
    holidays = frozenset((first + timedelta(days=day)).date() for day in off)
    schedule = Schedule("s", "s", week, holiday)
    wall_s = first.timestamp() + 60 * minutes
    assert open_at(schedule, holidays, zone, wall_s) is is_open(schedule, holidays, zone, wall_s)
