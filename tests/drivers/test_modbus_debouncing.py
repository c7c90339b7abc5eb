"""A reading is believed when it was read twice in a row and lasted."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.debouncing import Debounced, believed, step


def fed(readings, hold_s=0.0, every_s=0.1):
    state, told = Debounced(), []
    for i, reading in enumerate(readings):
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


def test_nothing_is_believed_of_what_was_never_read():
    assert believed({}, "1") is None
    assert believed({"1": Debounced("alarm")}, "1") == "alarm"


@given(st.lists(st.sampled_from("abc"), max_size=60), st.floats(0, 1))
def test_what_is_believed_was_read_twice_in_a_row(readings, hold_s):
    for i, settled in fed(readings, hold_s)[1]:
        assert readings[i - 1] == readings[i] == settled
