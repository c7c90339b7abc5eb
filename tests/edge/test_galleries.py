import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.vision.agreement import Bar
from edge.vision.galleries import divided, preferred
from models.faces.gallery import Candidate, Gallery

BAR = Bar(similarity=0.45, margin=0.06, frames=3)
NOBODY = Candidate(None, -1.0, -1.0)


def registered(similarity: float, runner_up: float = 0.1) -> Candidate:
    return Candidate("person/1", similarity, runner_up)


def watched(similarity: float, runner_up: float = 0.1) -> Candidate:
    return Candidate("watchlist/1", similarity, runner_up)


def test_a_cared_for_resident_on_both_lists_is_found_by_the_watch_list():
    assert preferred(registered(0.72), watched(0.70), BAR) == watched(0.70)
    assert preferred(registered(0.70), watched(0.72), BAR) == watched(0.72)


def test_a_resident_who_faintly_resembles_a_wanted_man_stays_a_resident():
    taken = preferred(registered(0.72), watched(0.50), BAR)
    assert (taken.subject, taken.runner_up) == ("person/1", 0.50)


def test_a_watched_face_below_the_bar_only_costs_the_resident_his_lead():
    taken = preferred(registered(0.47), watched(0.44), BAR)
    assert taken.subject == "person/1"
    assert taken.lead < BAR.margin


def test_either_list_may_be_empty():
    assert preferred(NOBODY, watched(0.3), BAR) == watched(0.3)
    assert preferred(registered(0.6), NOBODY, BAR) == registered(0.6)
    assert preferred(NOBODY, NOBODY, BAR) == NOBODY


def test_a_gallery_is_divided_by_list_and_keeps_each_template_with_its_subject():
    templates = np.arange(12, dtype=np.float32).reshape(4, 3)
    both = divided(Gallery("e", ("person/1", "watchlist/9", "person/1", "person/2"), templates))
    assert both.registered.subjects == ("person/1", "person/1", "person/2")
    assert np.array_equal(both.registered.templates, templates[[0, 2, 3]])
    assert both.watched.subjects == ("watchlist/9",)
    assert np.array_equal(both.watched.templates, templates[[1]])
    assert not both.empty


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_nobody_is_taken_for_somebody_clearly_less_like(near, far):
    taken = preferred(registered(near, -1.0), watched(far, -1.0), BAR)
    assert taken.similarity >= max(near, far) - BAR.margin
