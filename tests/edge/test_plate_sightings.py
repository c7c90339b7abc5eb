import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.events import Box
from edge.vision.plate_sightings import (
    SHOTS_KEPT,
    TELL_AGAIN_AFTER_S,
    BestPlate,
    PlateTrack,
    reads_like_a_plate,
    tell,
    wants_shot,
    with_picture,
    with_shot,
)
from models.plates.grammar import Colour
from models.plates.shot import PlateShot, Reading

PICTURE = np.zeros((48, 64, 3), np.uint8)


def shot(text: str, width_px: float = 120.0, colour: Colour = Colour.BLUE) -> PlateShot:
    readings = tuple(Reading(text, (0.95,) * len(text), reader) for reader in ("one", "two"))
    return PlateShot(readings=readings, colour=colour, width_px=width_px, sharpness=500.0, score=0.9)


def track(*texts: str) -> PlateTrack:
    known = with_picture(PlateTrack(), BestPlate(100.0, Box(0.1, 0.1, 0.2, 0.1), PICTURE), ["lane"])
    for text in texts:
        known = with_shot(known, shot(text))
    return known


def said(known: PlateTrack, now_s: float = 1.0):
    return tell("gate", 3, known, agreeing_reads=2, now_s=now_s)


def test_the_first_read_never_wins_alone():
    assert said(track("鄂F8K362"))[1] is None


def test_two_frames_that_read_the_same_publish_the_plate():
    _, report = said(track("鄂F8K362", "鄂F8K362"))
    assert (report.observation.text, report.observation.exact_reads) == ("鄂F8K362", 2)
    assert report.observation.plate_type == "civil"
    assert report.observation.zones == ("lane",)


def test_two_texts_read_equally_often_publish_nothing():
    assert said(track("鄂F8K362", "鄂F8K362", "鄂FBK362", "鄂FBK362"))[1] is None


def test_what_the_grammar_forbids_is_never_published():
    assert said(track("鄂F8K36", "鄂F8K36", "鄂F8K36"))[1] is None


def test_a_car_that_waits_is_told_again_with_a_count_not_anew():
    known, first = said(track("鄂F8K362", "鄂F8K362"), 1.0)
    assert said(known, 1.2)[1] is None
    _, again = said(known, 1.0 + TELL_AGAIN_AFTER_S)
    assert (first.observation.repeat, again.observation.repeat) == (0, 1)


def test_a_sign_that_never_reads_like_a_plate_is_no_vehicle():
    assert not reads_like_a_plate(track("京12", "", "12345"))
    assert reads_like_a_plate(track("京12", "鄂F8K362"))


def test_a_better_agreed_text_corrects_an_early_misread_at_once():
    known, first = said(track("鄂F8K362", "鄂F8K362"))
    assert first.observation.text == "鄂F8K362"
    for _ in range(5):
        known = with_shot(known, shot("鄂FBK362"))
    _, corrected = said(known, 1.4)
    assert corrected.observation.text == "鄂FBK362"


@given(st.lists(st.floats(50, 300), min_size=1, max_size=30))
def test_a_track_keeps_the_widest_readings(widths):
    known = PlateTrack()
    for width in widths:
        if wants_shot(known, width):
            known = with_shot(known, shot("鄂F8K362", width))
    assert len(known.shots) == min(len(widths), len(known.shots)) <= SHOTS_KEPT
    assert max(s.width_px for s in known.shots) * 1.1 >= max(widths)
