from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.linkage.hours import Hours, parse_hours, within

SHANGHAI = ZoneInfo("Asia/Shanghai")


def wall(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()


@pytest.mark.parametrize(
    ("hours", "local", "expected"),
    [
        ("22:00-06:00", "2026-11-20 22:00", True),
        ("22:00-06:00", "2026-11-20 21:59", False),
        ("22:00-06:00", "2026-11-21 00:00", True),
        ("22:00-06:00", "2026-11-21 05:59", True),
        ("22:00-06:00", "2026-11-21 06:00", False),
        ("08:00-12:00", "2026-11-21 12:00", False),
        ("00:00-24:00", "2026-11-21 23:59", True),
        ("00:00-24:00", "2026-11-21 00:00", True),
    ],
)
def test_hours_are_local_half_open_and_may_pass_midnight(hours, local, expected):
    assert (within([parse_hours(hours)], wall(local), SHANGHAI) is not None) is expected


minutes = st.integers(0, 1439)


@settings(max_examples=200, deadline=None)
@given(begin=minutes, length=st.integers(1, 1440), offset=minutes)
def test_a_span_covers_exactly_the_minutes_after_its_begin(begin, length, offset):
    hours = Hours(begin, (begin + length) % 1440)
    assert hours.covers((begin + offset) % 1440) is (offset < length)


@settings(max_examples=50, deadline=None)
@given(
    begin=minutes,
    end=minutes,
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_a_span_and_its_complement_share_every_moment_in_any_zone(begin, end, at):
    if begin == end:
        return
    moment = at.replace(tzinfo=UTC).timestamp()
    for name in ("Asia/Shanghai", "America/New_York", "Pacific/Apia"):
        one = within([Hours(begin, end)], moment, ZoneInfo(name)) is not None
        other = within([Hours(end, begin)], moment, ZoneInfo(name)) is not None
        assert one != other


def test_hours_are_written_as_they_were_read():
    assert str(parse_hours("22:00-06:05")) == "22:00-06:05"


def test_a_wall_clock_that_jumps_a_day_back_is_judged_by_its_new_reading():
    night = wall("2026-11-21 23:30")
    spans = [parse_hours("22:00-06:00")]
    assert within(spans, night - timedelta(days=1).total_seconds(), SHANGHAI) == spans[0]
    assert within(spans, night - timedelta(hours=10).total_seconds(), SHANGHAI) is None
