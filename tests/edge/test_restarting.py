from hypothesis import given
from hypothesis import strategies as st

from edge.vision.restarting import FIRST_WAIT_S, LONGEST_WAIT_S, STABLE_AFTER_S, Restarts, died, started


def test_each_quick_death_doubles_the_wait_up_to_the_longest():
    restarts, waits = Restarts(), []
    for _ in range(9):
        restarts, wait = died(started(restarts, 0.0), 1.0)
        waits.append(wait)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_a_stable_minute_forgives_everything():
    restarts = Restarts(wait_s=16.0)
    _, wait = died(started(restarts, 0.0), STABLE_AFTER_S)
    assert wait == FIRST_WAIT_S


@given(st.lists(st.floats(0, 200), max_size=30))
def test_the_wait_stays_within_its_bounds(lives):
    restarts, now = Restarts(), 0.0
    for life in lives:
        restarts = started(restarts, now)
        now += life
        restarts, wait = died(restarts, now)
        assert FIRST_WAIT_S <= wait <= LONGEST_WAIT_S
        now += wait
