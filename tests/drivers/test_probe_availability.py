"""A device that only talks is told lost once and found once."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.listening.availability import Availability, Found, Lost, silence, word


def test_the_first_word_is_told_once():
    state, found = word(Availability(10.0), 12.0)
    assert found == Found(None)
    assert word(state, 13.0)[1] is None


def test_silence_is_told_after_the_deadline_and_only_once():
    state, _ = word(Availability(0.0), 1.0)
    assert silence(state, 6.0, 5.0)[1] is None
    state, lost = silence(state, 6.1, 5.0)
    assert lost == Lost(5.1)
    assert silence(state, 100.0, 5.0)[1] is None


def test_a_device_that_never_spoke_is_lost_too_and_its_first_word_is_a_first_one():
    state, lost = silence(Availability(0.0), 5.1, 5.0)
    assert lost == Lost(None)
    assert word(state, 9.0)[1] == Found(None)


def test_a_device_that_comes_back_says_how_long_it_was_away():
    state, _ = word(Availability(0.0), 1.0)
    state, _ = silence(state, 11.0, 5.0)
    assert word(state, 31.0)[1] == Found(30.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 8), st.booleans()), max_size=60))
def test_found_and_lost_take_turns_and_no_silence_is_overlooked(events):
    state, now_s, told, last_s = Availability(0.0), 0.0, [], 0.0
    for seconds, speaks in events:
        now_s += seconds
        state, lost = silence(state, now_s, 5.0)
        told += [lost] if lost else []
        assert state.lost == (now_s - last_s > 5.0)
        if speaks:
            state, found = word(state, now_s)
            told += [found] if found else []
            last_s = now_s
    kinds = [type(t) for t in told]
    assert all(a is not b for a, b in pairwise(kinds))
