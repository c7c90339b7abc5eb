"""A siren never sounds for longer than it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sounders.limits import Stretch, sound


def test_an_order_within_the_limit_is_followed():
    assert sound(None, 30.0, 100.0, 180.0, 10.0) == (Stretch(100.0, 130.0), 30.0)


def test_an_order_beyond_the_limit_is_cut_to_it():
    assert sound(None, 900.0, 100.0, 180.0, 10.0) == (Stretch(100.0, 280.0), 180.0)


def test_a_shorter_order_does_not_cut_what_sounds():
    stretch, pulse_s = sound(Stretch(100.0, 160.0), 5.0, 110.0, 180.0, 10.0)
    assert stretch == Stretch(100.0, 160.0)
    assert pulse_s == pytest.approx(50.0)


def test_after_the_longest_stretch_it_rests():
    full = Stretch(100.0, 280.0)
    assert sound(full, 60.0, 285.0, 180.0, 10.0) is None
    assert sound(full, 60.0, 290.0, 180.0, 10.0) == (Stretch(290.0, 350.0), 60.0)


@given(st.lists(st.tuples(st.floats(0.0, 60.0), st.floats(0.1, 600.0)), max_size=40))
def test_no_stretch_of_orders_sounds_longer_than_allowed(orders):
    stretch, now_s = None, 0.0
    for after_s, wanted_s in orders:
        now_s += after_s
        allowed = sound(stretch, wanted_s, now_s, 180.0, 10.0)
        if allowed is not None:
            stretch, pulse_s = allowed
            assert 0 < pulse_s <= 180.0
            assert stretch.ends_s - stretch.began_s <= 180.0 + 1e-6
            assert now_s + pulse_s == pytest.approx(stretch.ends_s)
