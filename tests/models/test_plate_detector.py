import math

import cv2
import numpy as np
import pytest

from drivers.sim import plate_artwork
from models.errors import WeightsError
from models.geometry import Box
from models.plates.detector import PlateDetector, decode, long_side_for, priors
from models.plates.found import whole

FRAMES = {
    "b3bdc44468ca.jpg": [(344, 470), (516, 467), (518, 521), (346, 524)],
    "34cda54cad6a.jpg": [(259, 339), (480, 366), (479, 440), (258, 413)],
    "13804eddc343.jpg": [(379, 441), (666, 414), (656, 527), (369, 554)],
}


@pytest.fixture(scope="module")
def detector(weights):
    return PlateDetector(weights)


def car(text="鄂F8K362", *, plate_px=150, size=(1280, 720)):
    """A dark bumper on a grey road with a plate in its middle."""
    picture = np.full((size[1], size[0], 3), 150, np.uint8)
    middle = size[0] // 2, size[1] // 2
    cv2.rectangle(
        picture,
        (middle[0] - plate_px, middle[1] - plate_px),
        (middle[0] + plate_px, middle[1] + 60),
        (60, 50, 40),
        -1,
    )
    plate = plate_artwork.draw(text)
    plate = cv2.resize(
        plate, (plate_px, plate_px * plate.shape[0] // plate.shape[1]), interpolation=cv2.INTER_AREA
    )
    high, wide = plate.shape[:2]
    left, top = middle[0] - wide // 2, middle[1] - high // 2
    picture[top : top + high, left : left + wide] = plate
    return cv2.GaussianBlur(picture, (0, 0), 0.8), Box(left, top, wide, high)


@pytest.mark.parametrize("name", FRAMES)
def test_the_corners_of_a_real_plate_are_found_within_a_tenth_of_its_height(detector, shared_data, name):
    picture = cv2.imread(str(shared_data / "plates" / "frames" / name))
    found = detector.detect(picture)
    assert len(found) == 1
    assert found[0].score > 0.9
    assert not found[0].double_row
    labelled = FRAMES[name]
    height = math.dist(labelled[0], labelled[3])
    for corner, truth in zip(found[0].corners, labelled, strict=True):
        assert math.dist(corner, truth) < 0.12 * height


@pytest.mark.parametrize("plate_px", [100, 120, 160])
def test_a_drawn_plate_is_found_where_it_was_drawn(detector, plate_px):
    picture, truth = car(plate_px=plate_px)
    found = detector.detect(picture)
    assert len(found) == 1
    assert found[0].box.overlap(truth) > 0.6
    assert abs(found[0].width_px - plate_px) < 0.06 * plate_px


def test_corners_come_in_the_order_in_which_the_text_is_read(detector):
    picture, _ = car()
    c = detector.detect(picture)[0].corners
    assert c.top_left.x < c.top_right.x
    assert c.bottom_left.x < c.bottom_right.x
    assert c.top_left.y < c.bottom_left.y
    assert c.top_right.y < c.bottom_right.y


def tilted(plate_px, tilt_px, size):
    """A plate that stands aslant on a dark bumper, and its four corners."""
    wide, high = size
    x, y = wide / 2, high / 2
    picture = np.full((high, wide, 3), 150, np.uint8)
    cv2.rectangle(
        picture,
        (wide // 2 - plate_px, high // 2 - plate_px),
        (wide // 2 + plate_px, high // 2 + 60),
        (60, 50, 40),
        -1,
    )
    plate = plate_artwork.draw("鄂F8K362")
    half, up = plate_px / 2, plate_px * plate.shape[0] / plate.shape[1] / 2
    corners = [
        (x - half, y - up - tilt_px),
        (x + half, y - up + tilt_px),
        (x + half, y + up + tilt_px),
        (x - half, y + up - tilt_px),
    ]
    flat = np.array([(0, 0), (440, 0), (440, 140), (0, 140)], np.float32)
    warp = cv2.getPerspectiveTransform(flat, np.array(corners, np.float32))
    softened = cv2.GaussianBlur(plate, (0, 0), 220 / plate_px)
    mask = cv2.warpPerspective(np.full(plate.shape[:2], 255, np.uint8), warp, size)
    picture[mask > 128] = cv2.warpPerspective(softened, warp, size)[mask > 128]
    return cv2.GaussianBlur(picture, (0, 0), 0.8), corners


@pytest.mark.parametrize(("plate_px", "tilt_px", "size"), [(100, 10, (1280, 720)), (100, 10, (2560, 1440))])
def test_the_closer_look_finds_small_aslant_corners_within_a_few_pixels(detector, plate_px, tilt_px, size):
    picture, corners = tilted(plate_px, tilt_px, size)
    found = detector.detect(picture)
    assert len(found) == 1
    off = [math.dist(corner, truth) for corner, truth in zip(found[0].corners, corners, strict=True)]
    assert sum(off) / 4 < 0.04 * plate_px


def test_large_pictures_are_shrunk_less(detector):
    assert long_side_for(np.zeros((720, 1280, 3), np.uint8)) == 960
    assert long_side_for(np.zeros((1080, 1920, 3), np.uint8)) == 1280
    picture, _ = tilted(100, 0, (1920, 1080))
    assert len(detector.detect(picture)) == 1


def test_two_plates_are_two_and_each_keeps_its_own_corners(detector):
    one, _ = car("鄂F8K362", size=(640, 720))
    other, _ = car("鄂A5T917", size=(640, 720))
    found = detector.detect(np.hstack([one, other]))
    assert len(found) == 2
    assert sorted(round(f.corners.top_left.x / 640) for f in found) == [0, 1]
    assert found[0].box.overlap(found[1].box) == 0


def test_a_double_row_is_told_by_its_proportions(detector):
    picture, _ = car()
    plate = cv2.resize(plate_artwork.draw_double_row("粤C12345"), (160, 80), interpolation=cv2.INTER_AREA)
    picture[300:380, 560:720] = plate
    assert [f.double_row for f in detector.detect(cv2.GaussianBlur(picture, (0, 0), 0.8))] == [True]


@pytest.mark.parametrize("shape", [(720, 1280, 3), (33, 47, 3), (8, 8, 3), (1, 1, 3)])
def test_there_is_no_plate_in_an_empty_picture_of_any_size(detector, shape):
    assert detector.detect(np.full(shape, 128, np.uint8)) == []


def test_there_is_one_prior_for_each_output_row_of_the_network():
    high, wide = 181, 317  # no multiples of the grids' steps
    expected = sum(2 * -(-high // step) * -(-wide // step) for step in (8, 16, 32))
    assert priors(high, wide).shape == (expected, 3)
    assert priors(high, wide)[0].tolist() == [4, 4, 24]


def test_decoding_keeps_the_surest_of_two_boxes_on_one_plate():
    prior = np.array([[100, 50, 48], [102, 50, 48], [300, 50, 48]], np.float32)
    marks = np.tile(np.array([10, 3, -10, 3, -10, -3, 10, -3], np.float32), (3, 1))
    seen = decode(np.zeros((3, 4), np.float32), np.array([0.7, 0.9, 0.4], np.float32), marks, prior, 0.5)
    assert seen.scores.tolist() == pytest.approx([0.9])
    assert seen.boxes[0].tolist() == pytest.approx([78, 26, 48, 48])
    # From bottom right, bottom left, top left, top right to reading order.
    assert seen.corners[0].ravel().tolist() == pytest.approx([54, 35.6, 150, 35.6, 150, 64.4, 54, 64.4])


def test_a_tight_crop_is_found_whole():
    found = whole(np.zeros((24, 94, 3), np.uint8))
    assert found.width_px == 94
    assert found.height_px == 24
    assert found.box == Box(0, 0, 94, 24)
    assert not found.double_row


def test_missing_weights_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(WeightsError, match=r"clp_det\.onnx is missing"):
        PlateDetector(tmp_path)
