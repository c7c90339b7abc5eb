import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.people.decoding import anchors, bodies, scores

CENTRES = anchors()


def rows_of(*people):
    """Logits and rows with one anchor a person: anchor, logit, face's offset and size, hips, crown."""
    logits = np.full(2254, -50, np.float32)
    rows = np.zeros((2254, 12), np.float32)
    for anchor, logit, face, size, hips, crown in people:
        logits[anchor] = logit
        rows[anchor, :8] = (*face, size, size, *hips, *crown)
    return logits, rows


def test_the_anchors_are_the_cells_of_three_grids():
    assert CENTRES.shape == (2254, 2)
    assert CENTRES[:3].tolist() == [[4, 4], [4, 4], [12, 4]]
    assert CENTRES[1568].tolist() == [8, 8]
    assert CENTRES[1960].tolist() == [16, 16]
    assert CENTRES[-1].tolist() == [208, 208]
    assert len(np.unique(CENTRES, axis=0)) == 28 * 28 + 14 * 14 + 7 * 7


def test_points_are_offsets_from_their_anchor():
    logits, rows = rows_of((10, 3.0, (0, 0), 20, (5, 60), (5, -10)))
    (body,) = bodies(logits, rows, CENTRES, 0.5)
    x, y = CENTRES[10]
    assert body.hips == pytest.approx((x + 5, y + 60))
    assert body.crown == pytest.approx((x + 5, y - 10), abs=1e-4)
    assert abs(body.score - 1 / (1 + np.exp(-3.0))) < 1e-6


def test_rows_with_one_face_are_one_body_weighted_by_score():
    there = (0, 0), 40
    logits, rows = rows_of((0, 2.0, *there, (0, 100), (0, 0)), (1, 0.0, *there, (30, 100), (30, 0)))
    (body,) = bodies(logits, rows, CENTRES, 0.4)
    high, low = scores(np.array([2.0, 0.0], np.float32))
    assert abs(body.hips.x - (4 + 30 * low / (high + low))) < 1e-4
    assert body.score == float(high)


def test_people_apart_stay_apart_best_first():
    logits, rows = rows_of((0, 1.0, (0, 0), 20, (0, 50), (0, 0)), (1500, 4.0, (0, 0), 20, (0, 50), (0, 0)))
    found = bodies(logits, rows, CENTRES, 0.5)
    assert [round(b.score, 3) for b in found] == [0.982, 0.731]


def test_a_face_without_extent_is_a_body_of_its_own():
    logits, rows = rows_of((0, 1.0, (0, 0), -5, (0, 50), (0, 0)), (1, 1.0, (0, 0), 0, (0, 50), (0, 0)))
    assert len(bodies(logits, rows, CENTRES, 0.5)) == 2


def test_nothing_above_the_least_score_is_nobody():
    assert bodies(*rows_of(), CENTRES, 0.3) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(allow_nan=False, width=32), min_size=1, max_size=20))
def test_scores_are_probabilities_that_rise_with_the_logit(logits):
    found = scores(np.array(sorted(logits), np.float32))
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found <= 1).all()
    assert (np.diff(found) >= 0).all()
