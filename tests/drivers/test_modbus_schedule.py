"""Who is polled next: turns, second looks, and how little the dead cost the living."""

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.modbus.schedule import Poll, Rest, answered, begin, following, is_dead, missed
from drivers.modbus.wiring import Pace

PACE = Pace(every_s=0.1, misses=3, dead_every_s=5.0, dead_apart_s=1.0)
POLL_S = 0.03
TIMEOUT_S = 0.12


def run(names, dead, seconds, pace=PACE, unsettled=()):
    """Play a bus: returns (time, station) of every poll."""
    now_s, polls = 0.0, []
    schedule = begin(names, now_s)
    while now_s < seconds:
        turn = following(schedule, now_s, pace)
        if isinstance(turn, Rest):
            assert turn.until_s > now_s
            now_s = turn.until_s
            continue
        polls.append((now_s, turn.station))
        if turn.station in dead:
            now_s += TIMEOUT_S
            schedule = missed(schedule, turn.station, now_s, pace, jitter=0.5)
        else:
            now_s += POLL_S
            schedule = answered(schedule, turn.station, now_s, pace, unsettled=turn.station in unsettled)
    return polls


def longest_wait_s(polls, station, after_s=0.0):
    times = [t for t, s in polls if s == station and t >= after_s]
    return max(b - a for a, b in itertools.pairwise(times))


def test_stations_take_turns():
    polls = run(["a", "b", "c", "d"], dead=(), seconds=2)
    assert [station for _, station in polls[:8]] == ["a", "b", "c", "d"] * 2


def test_a_lone_station_is_not_polled_more_often_than_asked():
    times = [t for t, _ in run(["a"], dead=(), seconds=2)]
    assert min(b - a for a, b in itertools.pairwise(times)) >= PACE.every_s


def test_a_dead_station_is_asked_once_in_five_seconds_after_three_misses():
    times = [t for t, s in run(["a", "b"], dead={"b"}, seconds=60) if s == "b"]
    assert len([t for t in times if t < 3]) == 3
    assert 9 <= len([t for t in times if t >= 3]) <= 13


def test_one_dead_station_costs_the_living_one_time_out_at_most():
    names = [f"s{i}" for i in range(16)]
    alive = run(names, dead=(), seconds=30)
    polls = run(names, dead={"s7"}, seconds=30)
    assert longest_wait_s(polls, "s3", after_s=3) <= longest_wait_s(alive, "s3") + TIMEOUT_S


def test_many_dead_stations_share_one_time_out_a_second():
    names = [f"s{i}" for i in range(16)]
    polls = run(names, dead=set(names[1:]), seconds=60)
    dead_polls = [t for t, s in polls if s != "s0" and t > 10]
    assert min(b - a for a, b in itertools.pairwise(dead_polls)) >= PACE.dead_apart_s
    assert longest_wait_s(polls, "s0", after_s=10) <= PACE.every_s + POLL_S + TIMEOUT_S


def test_all_dead_stations_are_still_asked_in_turn():
    polls = run(["a", "b"], dead={"a", "b"}, seconds=60)
    assert {s for t, s in polls if t > 50} == {"a", "b"}


def test_a_changed_reading_is_looked_at_again_at_once():
    schedule = begin(["a", "b"], 0.0)
    schedule = answered(schedule, "a", 0.03, PACE, unsettled=True)
    assert following(schedule, 0.03, PACE) == Poll("a")


def test_a_chattering_contact_does_not_starve_the_others():
    polls = run(["a", "b", "c"], dead=(), seconds=5, unsettled={"a"})
    assert longest_wait_s(polls, "b") <= PACE.every_s + 7 * POLL_S
    assert [s for _, s in polls].count("a") < 4 * [s for _, s in polls].count("b")


def test_an_answer_brings_a_dead_station_back_into_the_round():
    schedule = begin(["a", "b"], 0.0)
    for _ in range(3):
        schedule = missed(schedule, "a", 0.1, PACE, jitter=0.0)
    assert is_dead(schedule, "a", PACE)
    schedule = answered(schedule, "a", 5.0, PACE, unsettled=False)
    assert not is_dead(schedule, "a", PACE)


def test_a_station_whose_answer_may_still_come_is_left_in_peace():
    schedule = missed(begin(["a", "b"], 0.0), "a", 0.1, PACE, jitter=0.5, rest_s=1.0)
    assert [turn.due_s for turn in schedule.turns] == [1.1, 0.0]
    for _ in range(2):
        schedule = missed(schedule, "a", 0.1, PACE, jitter=0.5, rest_s=1.0)
    assert schedule.turns[0].due_s == 0.1 + PACE.dead_every_s


def test_nobody_to_poll_is_rest_and_no_error():
    assert isinstance(following(begin([], 0.0), 0.0, PACE), Rest)


@given(
    count=st.integers(1, 12),
    dead=st.sets(st.integers(0, 11)),
    unsettled=st.sets(st.integers(0, 11)),
    misses=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_every_living_station_is_polled_within_a_bounded_time(count, dead, unsettled, misses):
    names = [str(i) for i in range(count)]
    pace = replace(PACE, misses=misses)
    polls = run(names, {str(i) for i in dead}, 30, pace, {str(i) for i in unsettled})
    round_s = max(pace.every_s, 3 * count * POLL_S) + 3 * POLL_S + TIMEOUT_S
    for name in names:
        if int(name) not in dead:
            assert longest_wait_s(polls, name, after_s=misses * count * TIMEOUT_S + 2) <= round_s
