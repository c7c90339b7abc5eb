from hypothesis import given
from hypothesis import strategies as st

from edge.vision.agreement import Bar, FaceShot, Verdict, agree

BAR = Bar(similarity=0.45, margin=0.06, frames=3)


def shot(subject: str | None, similarity: float, runner_up: float = 0.1, at_s: float = 0.0) -> FaceShot:
    return FaceShot(at_s=at_s, score=1.0, subject=subject, similarity=similarity, runner_up=runner_up)


def test_two_frames_name_nobody_however_alike():
    assert agree([shot("person/1", 0.9)] * 2, BAR) is None


def test_three_frames_that_agree_name_a_face():
    assert agree([shot("person/1", 0.6), shot("person/1", 0.7), shot("person/1", 0.5)], BAR) == Verdict(
        "person/1", 0.7, 3
    )


def test_a_face_below_the_bar_is_unknown():
    assert agree([shot("person/1", 0.44)] * 3, BAR) == Verdict(None, 0.44, 3)


def test_a_face_between_two_subjects_is_not_named():
    assert agree([shot("person/1", 0.6, runner_up=0.55)] * 5, BAR) == Verdict(None, 0.6, 5)


def test_an_empty_gallery_knows_nobody():
    assert agree([shot(None, -1.0)] * 3, BAR) == Verdict(None, -1.0, 3)


def test_half_the_frames_are_no_majority_and_more_are_awaited():
    shots = [shot("person/1", 0.6)] * 3 + [shot("person/2", 0.2)] * 3
    assert agree(shots, BAR) is None


def test_one_lucky_frame_of_a_stranger_does_not_delay_unknown_for_ever():
    assert agree([shot("person/1", 0.5), *[shot("person/1", 0.3)] * 3], BAR) == Verdict(None, 0.5, 3)


shots_of_anybody = st.lists(
    st.builds(
        shot,
        subject=st.sampled_from([None, "person/1", "person/2", "watchlist/1"]),
        similarity=st.floats(-1, 1),
        runner_up=st.floats(-1, 1),
    ),
    max_size=12,
)


@given(shots_of_anybody)
def test_a_published_name_always_has_its_frames_its_majority_and_its_lead(shots):
    verdict = agree(shots, BAR)
    if verdict is None or verdict.subject is None:
        return
    voters = [
        s
        for s in shots
        if s.subject == verdict.subject and s.similarity >= 0.45 and s.similarity - s.runner_up >= 0.06
    ]
    assert len(voters) == verdict.frames >= 3
    assert 2 * len(voters) > len(shots)


@given(shots_of_anybody, st.randoms())
def test_the_order_of_frames_changes_no_verdict(shots, random):
    shuffled = list(shots)
    random.shuffle(shuffled)
    assert agree(shuffled, BAR) == agree(shots, BAR)
