import csv

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim import plate_artwork
from models.plates.colour import colour_of, has_red_lead
from models.plates.grammar import Colour


def upright(plate):
    return cv2.resize(plate, (152, 48), interpolation=cv2.INTER_AREA)


def repainted(ground, strokes):
    """A drawn plate with its ground and characters in other colours (BGR)."""
    plate = plate_artwork.draw("鄂A3K582").astype(np.float64)
    share = (plate[..., 2:] - plate_artwork.BLUE[2]) / (plate_artwork.WHITE[2] - plate_artwork.BLUE[2])
    painted = np.array(ground) * (1 - share) + np.array(strokes) * share
    return upright(np.clip(painted, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("ground", "strokes", "colour"),
    [
        ((168, 74, 18), (244, 244, 244), Colour.BLUE),
        ((26, 176, 236), (24, 24, 24), Colour.YELLOW),
        ((116, 190, 74), (24, 24, 24), Colour.GREEN),
        ((240, 240, 240), (24, 24, 24), Colour.WHITE),
        ((20, 20, 20), (240, 240, 240), Colour.BLACK),
        ((84, 37, 9), (122, 122, 122), Colour.BLUE),  # the same at dusk
        ((70, 62, 20), (40, 200, 240), Colour.BLUE),  # under a sodium lamp
        ((128, 128, 128), (130, 130, 130), None),  # nothing to see
    ],
)
def test_the_ground_is_told_in_any_light(ground, strokes, colour):
    assert colour_of(repainted(ground, strokes)) is colour


@settings(max_examples=60, deadline=None)
@given(st.floats(0.25, 1.2), st.floats(0, 2.0), st.sampled_from(["鄂A3K582", "鄂FD58267"]))
def test_light_and_blur_never_turn_blue_to_green_or_green_to_blue(light, blur, text):
    plate = plate_artwork.draw(text).astype(np.float64) * light
    seen = upright(np.clip(plate, 0, 255).astype(np.uint8))
    if blur > 0.1:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    wrong = Colour.BLUE if len(text) == 8 else Colour.GREEN
    assert colour_of(seen) is not wrong


def test_a_flat_picture_has_no_colour_to_tell():
    assert colour_of(np.full((48, 152, 3), 128, np.uint8)) is None


def test_red_leading_letters_on_white_are_seen():
    plate = repainted((240, 240, 240), (24, 24, 24))
    lead = plate[:, :40]
    dark = lead.max(axis=2) < 120
    lead[dark] = (30, 30, 200)
    assert has_red_lead(plate)


@pytest.mark.parametrize("ground", [(240, 240, 240), (30, 30, 200), (168, 74, 18)])
def test_no_red_lead_where_the_letters_are_black_or_all_is_red(ground):
    assert not has_red_lead(repainted(ground, (24, 24, 24)))


def test_real_crops_are_never_given_another_colour(shared_data):
    folder = shared_data / "plates"
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not row["box"]][::3]
    told = [(row["type"], colour_of(upright(cv2.imread(str(folder / row["file"]))))) for row in rows]
    assert [c for truth, c in told if c is not None and c.value != truth] == []
    assert sum(c is not None for _, c in told) >= 0.95 * len(told)
