"""What a door is, as sentences and as what holds over any course of events."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.doors.door_state import (
    Contact,
    DoorState,
    ExitPressed,
    Granted,
    Limits,
    LockSaid,
    Lost,
    Tampered,
    Tick,
    next_tick_s,
    step,
)

LIMITS = Limits(held_after_s=30, grace_s=2)
OPEN, CLOSED = Contact("open"), Contact("closed")
READ_OPEN, READ_CLOSED = Contact("open", first=True), Contact("closed", first=True)
releases = st.sampled_from([Granted, ExitPressed])
# Whole seconds, so that sums are exact.
seconds = st.integers(1, 60)
events = st.one_of(
    st.builds(Contact, st.sampled_from(["open", "closed", "unknown"]), st.booleans()),
    st.builds(LockSaid, st.sampled_from(["locked", "unlocked", "unknown"])),
    st.builds(Granted, seconds),
    st.builds(ExitPressed, seconds),
    st.builds(Tampered, st.booleans()),
    st.just(Lost()),
    st.just(Tick()),
)
courses = st.lists(st.tuples(events, st.integers(0, 40)), max_size=30)


def after(*course, limits=LIMITS):
    """The state after events, each with the second at which it comes."""
    state = DoorState()
    for event, now_s in course:
        state = step(state, event, now_s, limits)
    return state


def told(course):
    """Each step of a course: the second, the event, the state before and after."""
    state, now_s = DoorState(), 0
    for event, later_s in course:
        now_s += later_s
        before, state = state, step(state, event, now_s, LIMITS)
        yield now_s, event, before, state


def test_of_a_door_that_was_never_heard_nothing_is_known():
    assert DoorState().condition == "unknown"


def test_a_door_that_opens_although_nobody_was_let_through_is_forced():
    assert after((READ_CLOSED, 0), (OPEN, 5)).condition == "forced"


@given(releases, seconds, st.data())
def test_a_door_that_opens_while_it_may_is_open(release, pulse_s, data):
    at_s = data.draw(st.integers(0, pulse_s + LIMITS.grace_s))
    assert after((READ_CLOSED, 0), (release(pulse_s), 0), (OPEN, at_s)).condition == "open"


@given(releases, seconds, seconds)
def test_a_door_that_opens_when_its_release_is_over_is_forced(release, pulse_s, late_s):
    at_s = pulse_s + LIMITS.grace_s + late_s
    assert after((READ_CLOSED, 0), (release(pulse_s), 0), (OPEN, at_s)).condition == "forced"


@given(releases, releases, seconds, seconds)
def test_a_shorter_release_never_ends_a_longer_one(first, second, pulse_s, shorter_by_s):
    shorter_s = max(0, pulse_s - shorter_by_s)
    course = (READ_CLOSED, 0), (first(pulse_s), 0), (second(shorter_s), 0)
    assert after(*course, (OPEN, pulse_s + LIMITS.grace_s)).condition == "open"


def test_a_door_may_be_opened_twice_within_one_release():
    course = (READ_CLOSED, 0), (Granted(5), 0), (OPEN, 1), (CLOSED, 2), (OPEN, 3)
    assert after(*course).condition == "open"


def test_a_door_that_was_open_when_it_was_first_read_was_not_forced():
    assert after((READ_OPEN, 0)).condition == "open"
    assert after((READ_CLOSED, 0), (READ_OPEN, 5)).condition == "open"


def test_a_door_that_was_never_seen_closed_was_not_forced():
    assert after((OPEN, 0)).condition == "open"
    assert after((READ_CLOSED, 0), (Contact("unknown"), 1), (OPEN, 2)).condition == "open"


def test_a_door_is_held_from_the_second_that_it_has_been_open_too_long():
    course = (READ_CLOSED, 0), (Granted(5), 0), (OPEN, 1)
    assert after(*course, (Tick(), 30)).condition == "open"
    assert after(*course, (Tick(), 31)).condition == "held"
    assert next_tick_s(after(*course), LIMITS) == 31


def test_a_door_that_was_first_read_open_is_held_as_any_other():
    assert after((READ_OPEN, 0), (Tick(), 30)).condition == "held"


def test_a_contact_that_says_open_again_does_not_start_the_time_anew():
    assert after((READ_OPEN, 0), (OPEN, 20), (Tick(), 30)).condition == "held"


def test_a_forced_door_stays_forced_however_long_it_stands_open():
    state = after((READ_CLOSED, 0), (OPEN, 5), (Tick(), 500), (Granted(5), 501))
    assert state.condition == "forced"
    assert next_tick_s(state, LIMITS) is None


@pytest.mark.parametrize("course", [((OPEN, 1),), ((Granted(5), 0), (OPEN, 1), (Tick(), 31))])
def test_an_alarm_ends_when_the_door_closes(course):
    alarmed = (READ_CLOSED, 0), *course
    assert after(*alarmed).alarm is not None
    assert after(*alarmed, (CLOSED, 40)).condition == "closed"


def test_a_closed_door_tells_its_lock_where_the_wire_does():
    assert after((READ_CLOSED, 0), (LockSaid("locked"), 0)).condition == "locked"
    assert after((READ_CLOSED, 0), (LockSaid("unlocked"), 0)).condition == "unlocked"
    assert after((READ_OPEN, 0), (LockSaid("unlocked"), 0)).condition == "open"


def test_an_opened_housing_outranks_everything_and_hides_nothing():
    forced = (READ_CLOSED, 0), (OPEN, 5), (Tampered(True), 6)
    assert after(*forced).condition == "tampered"
    assert after(*forced, (Tampered(False), 7)).condition == "forced"


def test_of_a_lost_door_only_the_alarm_is_still_known():
    state = after((READ_CLOSED, 0), (LockSaid("locked"), 0), (OPEN, 5), (Lost(), 6))
    assert (state.position, state.lock, state.condition) == ("unknown", "unknown", "forced")
    assert after((READ_CLOSED, 0), (Lost(), 1)).condition == "unknown"


def test_a_door_found_closed_after_it_was_lost_ends_the_alarm_and_one_found_open_does_not():
    lost = (READ_CLOSED, 0), (OPEN, 5), (Lost(), 6)
    assert after(*lost, (READ_CLOSED, 10)).condition == "closed"
    assert after(*lost, (READ_OPEN, 10)).condition == "forced"


def test_a_lost_door_is_not_held_open_before_it_was_found_open_long_enough():
    lost = (READ_OPEN, 0), (Lost(), 5)
    assert after(*lost, (Tick(), 100)).condition == "unknown"
    assert after(*lost, (READ_OPEN, 100), (Tick(), 129)).condition == "open"
    assert after(*lost, (READ_OPEN, 100), (Tick(), 130)).condition == "held"


@given(courses)
def test_a_door_is_forced_only_when_it_was_seen_to_open_outside_every_release(course):
    may_open_until_s = -1
    for now_s, event, before, state in told(course):
        if isinstance(event, Granted | ExitPressed):
            may_open_until_s = max(may_open_until_s, now_s + event.pulse_s + LIMITS.grace_s)
        if state.alarm == "forced" and before.alarm != "forced":
            assert event == Contact("open")
            assert before.position == "closed"
            assert now_s > may_open_until_s


@given(courses)
def test_an_alarm_ends_only_when_the_door_is_seen_closed(course):
    for _, event, before, state in told(course):
        if before.alarm is not None and state.alarm != before.alarm:
            assert isinstance(event, Contact)
            assert event.position == "closed"


@given(courses)
def test_a_door_is_held_only_after_it_stood_open_for_as_long_as_that_takes(course):
    open_since_s = None
    for now_s, event, before, state in told(course):
        newly_held = state.alarm == "held" and before.alarm is None
        if newly_held:
            assert open_since_s is not None
            assert now_s - open_since_s >= LIMITS.held_after_s
        if isinstance(event, Lost) or (isinstance(event, Contact) and event.position != "open"):
            open_since_s = None
        elif isinstance(event, Contact) and open_since_s is None:
            open_since_s = now_s


@given(courses)
def test_a_closed_door_has_no_alarm_and_no_time_that_it_would_be_held(course):
    for _, _, _, state in told([*course, (CLOSED, 1)]):
        last = state
    assert (last.alarm, last.open_since_s, next_tick_s(last, LIMITS)) == (None, None, None)
    assert last.condition in ("closed", "locked", "unlocked", "tampered")


@given(courses)
def test_looking_at_the_clock_more_often_changes_nothing(course):
    plain = [(now_s, event) for now_s, event, _, _ in told(course)]
    state, ticked, then_s = DoorState(), DoorState(), 0
    for now_s, event in plain:
        for between_s in range(then_s, now_s):
            ticked = step(ticked, Tick(), between_s, LIMITS)
        state, ticked = step(state, event, now_s, LIMITS), step(ticked, event, now_s, LIMITS)
        assert ticked == state
        then_s = now_s


@given(courses)
def test_the_time_to_look_again_is_the_moment_at_which_the_door_is_held(course):
    for now_s, _, _, state in told(course):
        due_s = next_tick_s(state, LIMITS)
        if due_s is not None:
            assert due_s > now_s
            assert step(state, Tick(), due_s - 1, LIMITS) == state
            assert step(state, Tick(), due_s, LIMITS) == replace(state, alarm="held")
