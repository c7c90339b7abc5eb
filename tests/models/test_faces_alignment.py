import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.faces.alignment import aligned, similarity_transform
from models.geometry import Point

SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10.0]])


@settings(max_examples=100, deadline=None)
@given(st.floats(-180, 180), st.floats(0.1, 20), st.floats(-500, 500), st.floats(-500, 500))
def test_a_turned_scaled_and_moved_shape_is_brought_back(degrees, scale, x, y):
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = SQUARE @ turn.T + [x, y]
    matrix = similarity_transform(moved, SQUARE)
    assert np.allclose(moved @ matrix[:, :2].T + matrix[:, 2], SQUARE, atol=1e-6)


def test_points_that_coincide_give_a_shift():
    matrix = similarity_transform(np.full((4, 2), 3.0), SQUARE)
    assert np.allclose(matrix, [[1, 0, 2], [0, 1, 2]])


def test_a_face_already_in_place_stays():
    picture = np.random.default_rng(1).integers(0, 255, (112, 112, 3), dtype=np.uint8)
    places = [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ]
    result = aligned(picture, [Point(x, y) for x, y in places])
    assert result.shape == (112, 112, 3)
    assert np.abs(result.astype(int) - picture).mean() < 0.5
