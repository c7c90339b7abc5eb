"""A reading is believed when it was read twice in a row and lasted."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.debouncing import Debounced, believed, doubt, step

FAILED = None


def fed(readings, hold_s=0.0, every_s=0.1):
    """Feed readings and FAILED polls: returns the last state, and when what came to be believed."""
    state, told = Debounced(), []
    for i, reading in enumerate(readings):
        if reading is FAILED:
            state = doubt({"": state})[""]
            continue
        after = step(state, reading, i * every_s, hold_s)
        if after.settled != state.settled:
            told.append((i, after.settled))
        state = after
    return state, told


def test_the_first_reading_waits_for_the_second():
    state, told = fed(["normal"])
    assert told == []
    assert state.unsettled
    assert fed(["normal", "normal"])[1] == [(1, "normal")]


def test_a_single_odd_reading_is_never_told():
    state, told = fed(["normal"] * 3 + ["alarm"] + ["normal"] * 3)
    assert told == [(1, "normal")]
    assert not state.unsettled


def test_two_different_odd_readings_do_not_agree():
    assert fed(["normal", "normal", "alarm", "short", "alarm", "normal"])[1] == [(1, "normal")]


def test_a_change_must_last_as_long_as_the_profile_asks():
    readings = ["normal"] * 10 + ["alarm"] * 10
    assert fed(readings, hold_s=0.5)[1][-1] == (15, "alarm")
    assert fed(readings, hold_s=0.0)[1][-1] == (11, "alarm")


def test_across_failed_polls_a_third_reading_is_asked_for():
    calm = ["normal", "normal"]
    assert fed([*calm, "alarm", FAILED, "alarm"])[1] == [(1, "normal")]
    assert fed([*calm, "alarm", FAILED, FAILED, "alarm", FAILED, "alarm"])[1][-1] == (7, "alarm")
    assert fed([*calm, "alarm", FAILED, "alarm", "alarm"])[1][-1] == (5, "alarm")
    assert fed(["normal", FAILED, "normal"])[1] == []


def test_a_poll_that_failed_before_the_change_was_read_is_no_reason_to_doubt_it():
    assert fed(["normal", "normal", FAILED, "alarm", "alarm"])[1][-1] == (4, "alarm")


def test_two_equal_garbled_readings_around_failed_polls_are_no_event():
    readings = ["normal"] * 2 + [FAILED, "alarm", FAILED, FAILED, "alarm", FAILED, "normal"]
    state, told = fed(readings)
    assert told == [(1, "normal")]
    assert not state.unsettled


def test_readings_that_are_about_the_same_agree_and_the_last_is_believed():
    def near(a, b):
        return abs(a - b) < 500

    state = Debounced(8000.0)
    for reading in (8200.0, 7000.0, 6900.0):
        assert state.settled == 8000.0
        state = step(state, reading, 0.0, 0.0, near)
    assert state == Debounced(6900.0)


def test_nothing_is_believed_of_what_was_never_read():
    assert believed({}, "1") is None
    assert believed({"1": Debounced("alarm")}, "1") == "alarm"


@given(st.lists(st.sampled_from([*"abc", FAILED]), max_size=60), st.floats(0, 1))
def test_what_is_believed_was_read_twice_in_a_row_or_three_times_with_failures_between(readings, hold_s):
    for i, settled in fed(readings, hold_s)[1]:
        read = [(at, r) for at, r in enumerate(readings[: i + 1]) if r is not FAILED]
        assert [r for _, r in read[-2:]] == [settled] * 2
        if read[-1][0] - read[-2][0] > 1:
            assert [r for _, r in read[-3:]] == [settled] * 3
