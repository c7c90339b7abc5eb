"""Heads that turn as asked, heads that do not, and pictures of heads."""

from itertools import pairwise

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import tracking
from models.faces import yunet_sface
from models.faces.liveness import (
    BLIND_S,
    FRONTAL_DEG,
    ORDERS,
    TURN_WITHIN_S,
    TURNED_DEG,
    Challenge,
    begin,
    drawn,
    ended,
    step,
    text,
)
from models.faces.quality import quality
from tests.models.printed_face import held, portrait

EVERY_S = 0.1
OUT = (0, 5, 20, 30, 45, 50)
THERE_AND_BACK = (*OUT, 45, 30, 18, 4)


def turning(*turns):
    """The yaw of a head that turns to these sides one after the other."""
    return [yaw if side == "left" else -yaw for side in turns for yaw in THERE_AND_BACK]


def judged(turns, yaws, every_s=EVERY_S, named=lambda _: True, begun_s=100.0):
    """The last that is said of a challenge, and how much of it was met."""
    progress = begin(Challenge(turns, begun_s))
    for number, yaw in enumerate(yaws, 1):
        progress, verdict = step(progress, yaw, named=named(number - 1), at_s=begun_s + number * every_s)
        if verdict != "going":
            return verdict, progress.met
    return "going", progress.met


@pytest.mark.parametrize("turns", ORDERS)
def test_a_head_that_turns_as_asked_is_live(turns):
    assert judged(turns, turning(*turns)) == ("proven", 3)


@pytest.mark.parametrize("turns", ORDERS)
def test_of_all_orders_a_recording_fits_one(turns):
    assert [judged(asked, turning(*turns))[0] == "proven" for asked in ORDERS].count(True) == 1


def test_every_order_asks_for_both_sides_and_is_as_likely_as_any_other():
    assert len(set(ORDERS)) == 6
    assert all(set(order) == {"left", "right"} for order in ORDERS)
    assert {drawn(lambda below, n=n: n % below) for n in range(6)} == set(ORDERS)


def test_a_head_that_turns_to_the_other_side_fails_at_once():
    assert judged(("left", "right", "left"), turning("right")) == ("astray", 0)
    assert judged(("left", "right", "left"), turning("left", "left")) == ("astray", 1)


def test_swapped_pictures_jump_from_one_angle_to_another():
    assert judged(("left", "right", "left"), (0, 0, 48, 48)) == ("jumped", 0)
    assert judged(("left", "right", "left"), (*OUT, 48, 2)) == ("jumped", 0)


def test_one_picture_alone_shows_no_turn():
    assert judged(("left", "right", "left"), (0, 20, 45, 20, 0)) == ("going", 0)


def test_a_face_that_only_looks_ahead_meets_nothing_and_is_not_held_against_anybody():
    assert judged(("left", "right", "left"), [3.0] * 100) == ("ignored", 0)


def test_a_turn_that_was_begun_and_not_ended_in_time_is_late():
    slow = [*OUT, *[45.0] * round(TURN_WITHIN_S / EVERY_S)]
    assert judged(("left", "right", "left"), slow) == ("late", 0)


def test_a_face_out_of_sight_for_long_may_be_another_afterwards():
    progress = begin(Challenge(("left", "right", "left"), 100.0))
    for number, yaw in enumerate(OUT, 1):
        progress, _ = step(progress, yaw, named=True, at_s=100.0 + number * EVERY_S)
    assert step(progress, 45, named=True, at_s=progress.last_s + BLIND_S - 0.01)[1] == "going"
    assert step(progress, 45, named=True, at_s=progress.last_s + BLIND_S + 0.01)[1] == "lost"
    assert ended(progress, "lost") == "lost"


def test_it_must_be_the_same_person_before_between_and_after():
    turns = ("left", "right", "left")
    frontal = [n for n, yaw in enumerate(turning(*turns)) if abs(yaw) <= 15]
    assert judged(turns, turning(*turns), named=lambda n: n in frontal) == ("proven", 3)
    assert judged(turns, turning(*turns), named=lambda n: n not in frontal) == ("going", 0)
    # Another's face after the second turn: it is not met, and the third is astray of it.
    assert judged(turns, turning(*turns), named=lambda n: n < 15)[0] != "proven"


def test_without_landmarks_nothing_is_proven():
    assert judged(("left", "right", "left"), [None] * 100)[0] == "ignored"


def test_pictures_from_before_the_challenge_count_for_nothing():
    progress = begin(Challenge(("left", "right", "left"), 100.0))
    for number, yaw in enumerate(turning("left", "right", "left")):
        progress, verdict = step(progress, yaw, named=True, at_s=90.0 + number * EVERY_S)
        assert verdict == "going"
    assert progress == begin(Challenge(("left", "right", "left"), 100.0))


@given(st.lists(st.floats(-39.9, 39.9), max_size=80), st.sampled_from(ORDERS))
def test_whatever_never_turns_far_is_never_live(yaws, turns):
    assert judged(turns, yaws)[0] != "proven"


@given(st.lists(st.sampled_from([0.0, 30.0, 45.0, -30.0, -45.0]), max_size=60), st.sampled_from(ORDERS))
def test_what_is_live_turned_to_every_side_asked_for(yaws, turns):
    verdict, met = judged(turns, yaws)
    if verdict == "proven":
        assert met == 3
        sides = ["left" if yaw > 0 else "right" for yaw in yaws if abs(yaw) >= TURNED_DEG]
        assert set(sides) == {"left", "right"}
        assert sum(one == two for one, two in pairwise(sides)) >= 3


def test_a_display_without_chinese_letters_shows_arrows():
    assert text(("left", "right", "left")) == "TURN YOUR HEAD  <-  ->  <-"
    assert all(len(text(order)) <= 32 for order in ORDERS)


@pytest.fixture(scope="module")
def engine(weights):
    return yunet_sface.load(weights, long_side=640)


def seen_turned(engine, picture):
    """By how much a face seems turned, nothing where none is found."""
    return [quality(picture, face).yaw_deg for face in engine.detect(picture)[:1]]


@pytest.mark.parametrize("name", ["person_a_2.jpg", "person_b_1.jpg"])
def test_a_flat_print_does_not_turn_however_it_is_tilted(engine, photographs, name):
    picture = cv2.imread(str(photographs / name))
    flat = portrait(picture, engine.detect(picture)[0].box)
    there = [*range(0, 61, 5), *range(55, -61, -5), *range(-55, 1, 5)]
    yaws = [yaw for degrees in there * 2 for yaw in seen_turned(engine, held(flat, degrees))]
    assert len(yaws) > 60
    assert max(map(abs, yaws)) < TURNED_DEG
    assert {judged(turns, yaws)[1] for turns in ORDERS} == {0}


def portraits(engine, *folders):
    """Prints of every face that looks ahead, large enough and alone on its print."""
    for path in (path for folder in folders for path in sorted(folder.glob("*.jpg"))):
        picture = cv2.imread(str(path))
        for face in engine.detect(picture)[:3]:
            flat = portrait(picture, face.box)
            ahead = abs(quality(picture, face).yaw_deg) <= FRONTAL_DEG
            if ahead and face.box.width >= 75 and len(engine.detect(flat)) == 1:
                yield flat


def test_no_print_turns_to_both_sides_however_it_is_held(engine, photographs, shared_data):
    """Counts of prints that ever seem turned far enough, to one side and to both, by how they are bent."""
    one, both = dict.fromkeys((0.0, 1.2, 2.0), 0), dict.fromkeys((0.0, 1.2, 2.0), 0)
    prints = list(portraits(engine, shared_data / "faces", photographs))
    for bend in one:
        for flat in prints:
            yaws = [yaw for a in range(-60, 61, 15) for yaw in seen_turned(engine, held(flat, a, bend))]
            sides = (min(yaws) <= -TURNED_DEG) + (max(yaws) >= TURNED_DEG)
            one[bend] += sides > 0
            both[bend] += sides == 2
    assert len(prints) >= 20
    assert one[0.0] <= 1
    assert set(both.values()) == {0}


def test_a_real_head_that_turns_is_seen_to_turn(engine, shared_data):
    """Seconds 1 to 4 of the crowd: somebody looks ahead, to his right, and ahead again."""
    import av

    state, progress, seen = tracking.TrackState(), None, []
    with av.open(str(shared_data / "footage" / "crowd_faces_1080p.mp4")) as clip:
        for number, frame in enumerate(clip.decode(clip.streams.video[0])):
            if number % 3:
                continue
            if number > 104:
                break
            picture, now_s = frame.to_ndarray(format="bgr24"), number / 25
            faces = engine.detect(picture)
            moved = tracking.step(state, [face.box for face in faces], now_s)
            state = moved.state
            for face, track in zip(faces, moved.assigned, strict=True):
                if track == 6 and number >= 27 and "proven" not in seen:
                    progress = progress or begin(Challenge(("right",), now_s - 0.01))
                    yaw = quality(picture, face).yaw_deg
                    progress, verdict = step(progress, yaw, named=True, at_s=now_s)
                    seen.append(verdict)
    assert [verdict for verdict in seen if verdict != "going"] == ["proven"]
