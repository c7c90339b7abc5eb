import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.geometry import Point
from models.people.look import around, seen

POSITIONS = st.floats(-400, 1000)


def test_the_whole_picture_lies_in_the_middle_of_its_square():
    picture = np.full((100, 200, 3), 255, np.uint8)
    square = seen(picture, around(Point(100, 50), 200))
    lit = np.flatnonzero(square.any(axis=(1, 2)))
    assert (lit[0], lit[-1]) == (56, 167)
    assert square[56:168].min() == 255


def test_a_look_beyond_the_edge_is_black_there():
    picture = np.full((300, 300, 3), 255, np.uint8)
    square = seen(picture, around(Point(0, 0), 224))
    assert square[:112].max() == 0
    assert square[:, :112].max() == 0
    assert square[112:, 112:].min() == 255


def test_a_look_apart_from_the_picture_is_all_black():
    picture = np.full((30, 30, 3), 255, np.uint8)
    assert seen(picture, around(Point(500, 500), 100)).max() == 0


def test_what_is_seen_is_found_again_in_the_picture():
    picture = np.zeros((400, 600, 3), np.uint8)
    picture[250:260, 420:430] = 255
    look = around(Point(400, 270), 150)
    rows, columns = np.nonzero(seen(picture, look)[..., 0] > 128)
    back = look.point(Point(float(columns.mean()) + 0.5, float(rows.mean()) + 0.5))
    assert abs(back.x - 425) < 1
    assert abs(back.y - 255) < 1


@settings(max_examples=60, deadline=None)
@given(POSITIONS, POSITIONS, st.floats(1, 3000), st.integers(1, 500), st.integers(1, 500))
def test_any_look_at_any_picture_fills_the_networks_input(x, y, side, width, height):
    picture = np.zeros((height, width, 3), np.uint8)
    assert seen(picture, around(Point(x, y), side)).shape == (224, 224, 3)
