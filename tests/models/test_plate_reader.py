import csv

import cv2
import numpy as np
import pytest

from drivers.sim import plate_artwork
from models.plates import rectify
from models.plates.engine import PlateEngine
from models.plates.found import whole
from models.plates.grammar import READABLE, Colour
from models.plates.reader import MainReader, SecondReader, allowed_outputs, decoded, padded
from models.plates.vote import vote

DRAWN = ["鄂F8K362", "鄂A5T917", "沪A71K05", "粤B3M428", "鄂FD58267", "京AF03519", "川AD90714"]


@pytest.fixture(scope="module")
def engine(weights):
    return PlateEngine(weights)


@pytest.fixture(scope="module", params=[MainReader, SecondReader], ids=["main", "second"])
def reader(request, weights):
    return request.param(weights)


def seen(text, plate_px=140):
    """A drawn plate as a camera would show it, cut out."""
    plate = plate_artwork.draw(text)
    size = (plate_px, plate_px * plate.shape[0] // plate.shape[1])
    return cv2.GaussianBlur(cv2.resize(plate, size, interpolation=cv2.INTER_AREA), (0, 0), 0.6)


@pytest.mark.parametrize("text", DRAWN)
def test_each_reader_reads_a_drawn_plate_exactly(reader, text):
    picture = seen(text)
    reading = reader.read(rectify.single_row(picture, whole(picture)))
    assert reading.text == text
    assert reading.reader == reader.name
    assert 0.5 < reading.confidence <= 1


@pytest.mark.parametrize("plate_px", [100, 120, 160, 300])
@pytest.mark.parametrize("text", DRAWN)
def test_the_engine_reads_a_drawn_plate_at_every_width(engine, text, plate_px):
    picture = seen(text, plate_px)
    verdict = vote([engine.read(picture, whole(picture))])
    assert verdict is not None
    assert verdict.text == text
    assert verdict.colour is (Colour.GREEN if len(text) == 8 else Colour.BLUE)


@pytest.mark.parametrize("text", ["粤C12345", "鄂F7K209", "沪B3568挂"])
def test_a_double_row_is_read_as_one(engine, text):
    picture = cv2.resize(plate_artwork.draw_double_row(text), (160, 80), interpolation=cv2.INTER_AREA)
    verdict = vote([engine.read(picture, whole(picture))])
    assert verdict is not None
    assert verdict.text == text
    assert verdict.colour is Colour.YELLOW


def test_a_wide_sharp_look_is_told_from_a_blurred_one(engine):
    sharp = seen("鄂F8K362", 160)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    looks = [engine.read(picture, whole(picture)) for picture in (sharp, blurred)]
    assert looks[0].width_px == looks[1].width_px == 160
    assert looks[0].sharpness > 3 * looks[1].sharpness


def test_nothing_is_published_of_a_wall(engine):
    wall = np.random.default_rng(1).integers(90, 140, (48, 152, 3), dtype=np.uint8)
    assert vote([engine.read(wall, whole(wall))]) is None


def test_sixty_real_crops_are_read_nearly_all(engine, shared_data):
    folder = shared_data / "plates"
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not row["box"]][::8]
    exact = 0
    for row in rows:
        picture = cv2.imread(str(folder / row["file"]))
        verdict = vote([engine.read(picture, whole(picture))])
        exact += verdict is not None and verdict.text == row["text"]
    assert len(rows) >= 60
    assert exact >= 0.95 * len(rows)


def test_foreign_plates_are_never_published(engine, shared_data):
    looks = []
    for name in ("plate_gb_closeup.mp4", "tollgate_a.mp4"):
        clip = cv2.VideoCapture(str(shared_data / "footage" / name))
        for _ in range(12):
            for _ in range(8):
                clip.grab()
            there, picture = clip.read()
            if there:
                looks += [engine.read(picture, found) for found in engine.detect(picture)]
        clip.release()
    assert len(looks) >= 8
    assert vote(looks) is None
    assert [vote([look]) for look in looks] == [None] * len(looks)


def column(*probabilities):
    return [float(p) for p in probabilities]


def test_decoding_joins_neighbours_and_keeps_what_a_blank_parts():
    allowed = allowed_outputs("鄂A", outputs=3)
    columns = np.array(
        [
            column(0.1, 0.8, 0.1),  # 鄂
            column(0.3, 0.6, 0.1),  # 鄂 still
            column(0.1, 0.0, 0.9),  # A
            column(0.9, 0.0, 0.1),  # blank
            column(0.4, 0.0, 0.6),  # A again
        ],
        np.float32,
    )
    reading = decoded(columns, "鄂A", allowed, "x")
    assert reading.text == "鄂AA"
    assert reading.confidences == pytest.approx((0.8, 0.9, 0.6))


def test_what_no_plate_bears_is_masked_out_before_the_choice():
    allowed = allowed_outputs("I1门", outputs=5)
    assert allowed.tolist() == [True, False, True, False, False]
    columns = np.array([column(0.1, 0.7, 0.1, 0.1, 0.0)], np.float32)
    reading = decoded(columns, "I1门", allowed, "x")
    assert reading.text in {"", "1"}
    assert "I" not in READABLE
    surer = np.array([column(0.05, 0.7, 0.2, 0.05, 0.0)], np.float32)
    assert decoded(surer, "I1门", allowed, "x").confidences == pytest.approx((0.8,))


def test_the_picture_is_scaled_to_the_height_and_zeros_follow_it():
    white = np.full((24, 94, 3), 255, np.uint8)
    image = padded(white, high=48, wide=240)
    assert image.shape == (1, 3, 48, 240)
    assert np.all(image[0, :, :, :188] == 1)
    assert np.all(image[0, :, :, 188:] == 0)


def test_a_picture_that_is_too_wide_is_squeezed_into_the_input():
    assert np.all(padded(np.zeros((10, 500, 3), np.uint8), high=32, wide=320) == -1)
