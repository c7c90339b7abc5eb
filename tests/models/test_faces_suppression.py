import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.faces.suppression import suppress
from models.geometry import Box

SIDES = st.integers(1, 60)
BOXES = st.lists(st.tuples(SIDES, SIDES, SIDES, SIDES, st.integers(0, 20)), max_size=25)


def arrays(rows):
    boxes = np.array([r[:4] for r in rows], dtype=np.float32).reshape(-1, 4)
    return boxes, np.array([r[4] / 20 for r in rows], dtype=np.float32)


def test_the_better_of_two_boxes_on_one_face_stays():
    boxes, scores = arrays([(10, 10, 40, 40, 12), (12, 10, 40, 40, 18), (90, 10, 40, 40, 13)])
    assert suppress(boxes, scores, 0.3).tolist() == [1, 2]


def test_boxes_without_area_harm_nothing():
    boxes = np.zeros((2, 4), dtype=np.float32)
    assert suppress(boxes, np.array([0.5, 0.6], dtype=np.float32), 0.3).tolist() == [1, 0]


@settings(max_examples=100, deadline=None)
@given(BOXES, st.sampled_from([0.0, 0.3, 0.7]))
def test_what_stays_overlaps_little_and_what_goes_overlaps_a_better_one(rows, overlap):
    boxes, scores = arrays(rows)
    kept = suppress(boxes, scores, overlap).tolist()
    shapes = [Box(*map(float, b)) for b in boxes]
    assert [scores[i] for i in kept] == sorted((scores[i] for i in kept), reverse=True)
    for n, i in enumerate(kept):
        assert all(shapes[i].overlap(shapes[j]) <= overlap + 1e-6 for j in kept[:n])
    for i in set(range(len(rows))) - set(kept):
        assert any(scores[j] >= scores[i] and shapes[j].overlap(shapes[i]) > overlap - 1e-6 for j in kept)


@settings(max_examples=50, deadline=None)
@given(BOXES)
def test_suppressing_again_changes_nothing(rows):
    boxes, scores = arrays(rows)
    once = suppress(boxes, scores, 0.3)
    assert suppress(boxes[once], scores[once], 0.3).tolist() == list(range(len(once)))
