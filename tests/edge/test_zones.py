from hypothesis import given
from hypothesis import strategies as st

from edge.events import Box
from edge.site.schema import PictureZone
from edge.vision.zones import zones_of

LEFT = PictureZone(name="left half", polygon=((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
STRIP = PictureZone(name="lower strip", polygon=((0, 0.8), (1, 0.8), (1, 1), (0, 1)))
ZONES = {"left": LEFT, "strip": STRIP}


def test_a_thing_stands_where_the_middle_of_its_lower_edge_is():
    assert zones_of(Box(0.1, 0.1, 0.2, 0.3), ZONES) == ("left",)
    assert zones_of(Box(0.6, 0.1, 0.2, 0.8), ZONES) == ("strip",)
    assert zones_of(Box(0.1, 0.1, 0.2, 0.8), ZONES) == ("left", "strip")
    assert zones_of(Box(0.6, 0.1, 0.2, 0.3), ZONES) == ()


def test_a_notch_in_a_zone_is_outside_of_it():
    notched = PictureZone(
        name="U", polygon=((0, 0), (0.3, 0), (0.3, 0.7), (0.7, 0.7), (0.7, 0), (1, 0), (1, 1), (0, 1))
    )
    assert zones_of(Box(0.45, 0.3, 0.1, 0.1), {"u": notched}) == ()
    assert zones_of(Box(0.45, 0.7, 0.1, 0.1), {"u": notched}) == ("u",)


@given(x=st.floats(0.001, 0.999), y=st.floats(0.001, 0.999))
def test_a_picture_cut_in_two_puts_every_point_in_exactly_one_half(x, y):
    right = PictureZone(name="right half", polygon=((0.5, 0), (1, 0), (1, 1), (0.5, 1)))
    halves = zones_of(Box(x, 0, 0, y), {"left": LEFT, "right": right})
    assert len(halves) == 1
