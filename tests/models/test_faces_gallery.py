from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.faces.engine import Thresholds
from models.faces.gallery import Gallery


@dataclass
class Cosine:
    """An engine of two dimensions that only compares."""

    name: str = "cosine"
    dimension: int = 2
    thresholds: Thresholds = Thresholds(0.5, 0.6, 0.05)  # noqa: RUF009 - frozen

    def detect(self, picture):
        return []

    def embed(self, picture, face):
        return np.zeros(2, dtype=np.float32)

    def similarities(self, gallery, probe):
        return gallery @ probe


def unit(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)


def gallery(*entries: tuple[str, float]) -> Gallery:
    return Gallery("cosine", tuple(s for s, _ in entries), np.array([unit(d) for _, d in entries]))


def test_the_nearest_of_several_templates_counts_and_the_runner_up_is_someone_else():
    people = gallery(("person/a", 0), ("person/b", 60), ("person/a", 10))
    candidate = people.nearest(Cosine(), unit(12))
    assert candidate.subject == "person/a"
    assert candidate.similarity == pytest.approx(np.cos(np.radians(2)), abs=1e-6)
    assert candidate.runner_up == pytest.approx(np.cos(np.radians(48)), abs=1e-6)
    assert candidate.lead == pytest.approx(candidate.similarity - candidate.runner_up)


def test_a_single_subject_has_no_runner_up():
    assert gallery(("person/a", 0), ("person/a", 5)).nearest(Cosine(), unit(0)).runner_up == -1.0


def test_in_an_empty_gallery_nobody_is_near():
    candidate = Gallery.empty(Cosine()).nearest(Cosine(), unit(0))
    assert (candidate.subject, candidate.similarity, candidate.runner_up) == (None, -1.0, -1.0)


def test_templates_of_another_engine_are_never_compared():
    with pytest.raises(ValueError, match="cannot be compared"):
        Gallery("other", ("person/a",), np.array([unit(0)])).nearest(Cosine(), unit(0))


def test_subjects_and_templates_come_in_pairs():
    with pytest.raises(ValueError, match="one template row"):
        Gallery("cosine", ("person/a", "person/b"), np.array([unit(0)]))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 359)), min_size=1, max_size=12),
    st.integers(0, 359),
)
def test_nearest_is_what_asking_each_subject_alone_gives(entries, degrees):
    candidate = gallery(*entries).nearest(Cosine(), unit(degrees))
    alone = {
        s: max(float(unit(d) @ unit(degrees)) for t, d in entries if t == s) for s in {s for s, _ in entries}
    }
    assert candidate.similarity == pytest.approx(max(alone.values()), abs=1e-6)
    assert alone[candidate.subject] == pytest.approx(candidate.similarity, abs=1e-6)
    others = [v for s, v in alone.items() if s != candidate.subject]
    assert candidate.runner_up == pytest.approx(max(others, default=-1.0), abs=1e-6)
    assert candidate.lead >= -1e-6
