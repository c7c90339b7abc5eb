"""The arm of a barrier never comes down on a car."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.barriers.arm import LOWER, RAISE, ArmState, below_of, decide

TRAVEL_S = 6.0
below = st.sampled_from(["free", "car", "unknown"])


def test_an_arm_is_lowered_over_a_free_lane():
    decided = decide(ArmState(), "free", LOWER, 10.0, TRAVEL_S)
    assert decided.move == LOWER
    assert decided.refused is None


def test_an_arm_is_not_lowered_on_a_car():
    decided = decide(ArmState(), "car", LOWER, 10.0, TRAVEL_S)
    assert (decided.move, decided.refused) == (None, "relay.car_below")


def test_an_arm_is_not_lowered_where_nobody_can_tell():
    decided = decide(ArmState(), "unknown", LOWER, 10.0, TRAVEL_S)
    assert (decided.move, decided.refused) == (None, "relay.below_unknown")


def test_a_car_that_arrives_under_a_falling_arm_makes_it_rise():
    falling = decide(ArmState(), "free", LOWER, 10.0, TRAVEL_S).state
    assert decide(falling, "free", None, 12.0, TRAVEL_S).move is None
    assert decide(falling, "car", None, 12.0, TRAVEL_S).move == RAISE


def test_a_car_below_an_arm_that_stands_does_not_move_it():
    falling = decide(ArmState(), "free", LOWER, 10.0, TRAVEL_S).state
    assert decide(falling, "car", None, 16.5, TRAVEL_S).move is None
    assert decide(ArmState(), "car", None, 12.0, TRAVEL_S).move is None


def test_a_refused_second_order_does_not_end_the_watch_over_a_falling_arm():
    falling = decide(ArmState(), "free", LOWER, 10.0, TRAVEL_S).state
    refused = decide(falling, "unknown", LOWER, 11.0, TRAVEL_S)
    assert decide(refused.state, "car", None, 12.0, TRAVEL_S).move == RAISE


@given(below, st.floats(0, 100))
def test_rising_is_always_allowed(what, now_s):
    decided = decide(ArmState(50.0), what, RAISE, now_s, TRAVEL_S)
    assert decided.move == RAISE
    assert decided.refused is None


@given(st.lists(st.tuples(below, st.sampled_from([RAISE, LOWER, None])), max_size=40))
def test_whatever_happens_no_arm_falls_over_anything_but_a_free_lane(happenings):
    state = ArmState()
    for now_s, (what, wanted) in enumerate(happenings):
        decided = decide(state, what, wanted, float(now_s), TRAVEL_S)
        assert decided.move != LOWER or what == "free"
        falling = state.falling_until_s is not None and now_s < state.falling_until_s
        if falling and what != "free" and wanted is None:
            assert decided.move == RAISE
        state = decided.state


def test_a_car_counts_at_its_first_sign_and_a_free_lane_only_when_it_is_sure():
    assert below_of([(False, False), (False, False)]) == "free"
    assert below_of([(False, False), (False, True)]) == "car"
    assert below_of([(True, False)]) == "car"
    assert below_of([(None, False)]) == "unknown"
    assert below_of([(False, None)]) == "unknown"
    assert below_of([]) == "unknown"
