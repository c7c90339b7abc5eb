import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.events import Box
from edge.vision.agreement import Bar, FaceShot
from edge.vision.face_sightings import (
    SHOTS_KEPT,
    TELL_AGAIN_AFTER_S,
    BestShot,
    FaceTrack,
    tell,
    wants_shot,
    with_picture,
    with_shot,
)

BAR = Bar(similarity=0.45, margin=0.06, frames=3)
PICTURE = np.zeros((48, 64, 3), np.uint8)


def shot(
    at_s: float, subject: str | None = "person/1", similarity: float = 0.7, score: float = 1.0
) -> FaceShot:
    return FaceShot(at_s=at_s, score=score, subject=subject, similarity=similarity, runner_up=0.1)


def track(*shots: FaceShot, score: float = 1.0) -> FaceTrack:
    known = with_picture(FaceTrack(), BestShot(score, Box(0.1, 0.1, 0.2, 0.2), 60, PICTURE), ["yard"])
    for one in shots:
        known = with_shot(known, one)
    return known


def said(known: FaceTrack, now_s: float, *, ended: bool = False):
    return tell("gate", 7, known, BAR, now_s, ended=ended)


def test_a_name_is_told_as_soon_as_three_frames_agree():
    _, report = said(track(shot(1.0), shot(1.2)), 1.2)
    assert report is None
    _, report = said(track(shot(1.0), shot(1.2), shot(1.4)), 1.4)
    assert (report.observation.subject, report.observation.frames_agreed) == ("person/1", 3)
    assert report.observation.zones == ("yard",)
    assert report.picture.startswith(b"\xff\xd8")


def test_unknown_is_told_only_after_a_second_of_trying():
    strangers = [shot(1.0 + 0.2 * i, similarity=0.2) for i in range(5)]
    assert said(track(*strangers), 1.8)[1] is None
    assert said(track(*strangers, shot(2.0, similarity=0.2)), 2.0)[1].observation.subject is None


def test_a_stranger_who_leaves_early_is_told_at_the_end():
    known = track(*[shot(1.0 + 0.2 * i, similarity=0.2) for i in range(3)])
    assert said(known, 1.4)[1] is None
    assert said(known, 1.6, ended=True)[1].observation.subject is None


def test_a_face_that_stays_is_told_again_and_counted():
    known, first = said(track(shot(1.0), shot(1.2), shot(1.4)), 1.4)
    assert said(known, 1.4 + TELL_AGAIN_AFTER_S - 0.1)[1] is None
    _, again = said(known, 1.4 + TELL_AGAIN_AFTER_S)
    assert (first.observation.repeat, again.observation.repeat) == (0, 1)


def test_who_was_unknown_from_afar_is_told_at_once_when_named():
    known, first = said(track(*[shot(1.0 + 0.3 * i, similarity=0.2, score=0.5) for i in range(5)]), 2.2)
    assert first.observation.subject is None
    for i in range(SHOTS_KEPT):
        known = with_shot(known, shot(2.4 + 0.2 * i, score=2.0))
    assert said(known, 3.9)[1].observation.subject == "person/1"


def test_the_better_picture_stays():
    known = track(score=2.0)
    worse = BestShot(1.0, Box(0.5, 0.5, 0.1, 0.1), 40, PICTURE)
    assert with_picture(known, worse, []).best.face_px == 60


def test_a_full_track_wants_only_clearly_better_shots():
    known = track(*[shot(1.0 + 0.1 * i) for i in range(SHOTS_KEPT)])
    assert not wants_shot(known, 1.0, 1.8)
    assert wants_shot(known, 1.2, 1.8)
    assert wants_shot(known, 0.1, 60.0)


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 3)), min_size=1, max_size=30))
def test_a_track_keeps_no_more_than_the_best_shots_of_the_last_seconds(shots):
    known, now = FaceTrack(), 0.0
    for gap, score in shots:
        now += gap
        known = with_shot(known, shot(now, score=score))
    assert 1 <= len(known.shots) <= SHOTS_KEPT
    assert all(now - s.at_s <= 8.0 for s in known.shots)
