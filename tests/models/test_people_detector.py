import shutil
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from models.errors import WeightsError
from models.faces.loading import load_engine
from models.geometry import Box, Point
from models.people.decoding import Body
from models.people.detector import Person, PersonDetector, body_box, distinct
from models.people.network import WEIGHTS

PORTRAITS = ("impostor_1", "impostor_2", "person_a_1", "person_a_2", "person_b_1", "person_b_2")


@pytest.fixture(scope="module")
def detector(weights):
    return PersonDetector(weights)


def portrait(photographs, name):
    picture = cv2.imread(str(photographs / f"{name}.jpg"))
    assert picture is not None
    return picture


def scene(photographs, name, left=500, high=300):
    """A grey 1280x720 picture in whose lower edge a portrait stands, and the portrait's box."""
    picture = np.full((720, 1280, 3), 90, np.uint8)
    person = portrait(photographs, name)
    width = round(person.shape[1] * high / person.shape[0])
    picture[720 - high :, left : left + width] = cv2.resize(
        person, (width, high), interpolation=cv2.INTER_AREA
    )
    return picture, Box(float(left), float(720 - high), float(width), float(high))


def plate_picture():
    picture = np.full((360, 640, 3), 60, np.uint8)
    cv2.rectangle(picture, (200, 150), (440, 225), (160, 60, 10), -1)
    cv2.putText(picture, "A12345", (215, 205), cv2.FONT_HERSHEY_SIMPLEX, 1.8, (255, 255, 255), 4)
    return picture


def frames(video: Path, seconds):
    with av.open(str(video)) as container:
        wanted = list(seconds)
        for frame in container.decode(video=0):
            if frame.time >= wanted[0]:
                yield frame.to_ndarray(format="bgr24")
                wanted.pop(0)
            if not wanted:
                return


@pytest.mark.parametrize("name", PORTRAITS)
def test_the_person_of_a_photograph_is_found_once(detector, photographs, name):
    picture = portrait(photographs, name)
    (person,) = detector.detect(picture)
    height, width = picture.shape[:2]
    assert person.box.area > 0.8 * width * height
    assert 0.65 <= person.score <= 1


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_region_finds_who_is_small_in_a_wide_picture(detector, photographs, name):
    picture, truth = scene(photographs, name)
    (person,) = detector.detect(picture, truth)
    assert truth.x < person.box.centre.x < truth.x + truth.width
    assert abs(person.box.y - truth.y) < 0.3 * truth.height


def test_a_region_elsewhere_finds_nobody(detector, photographs):
    picture, _ = scene(photographs, "person_b_1", left=900)
    assert detector.detect(picture, Box(50, 20, 200, 200)) == []
    assert detector.detect(picture, Box(-900, -900, 100, 100)) == []


@pytest.mark.parametrize(
    "picture",
    [
        np.full((360, 640, 3), 128, np.uint8),
        np.zeros((360, 640, 3), np.uint8),
        np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8),
        cv2.GaussianBlur(np.random.default_rng(2).integers(0, 255, (360, 640, 3), np.uint8), (0, 0), 6),
        plate_picture(),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((3, 4000, 3), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
    ],
    ids=["grey", "black", "noise", "clouds", "plate", "one pixel", "a line", "empty"],
)
def test_a_picture_of_nobody_shows_nobody(detector, picture):
    assert detector.detect(picture) == []


def test_the_same_picture_twice_gives_the_same_people(detector, weights, photographs):
    picture, truth = scene(photographs, "person_b_2")
    first = detector.detect(picture, truth)
    detector.detect(plate_picture())
    assert first == detector.detect(picture, truth) == PersonDetector(weights).detect(picture, truth) != []


def test_the_picture_is_left_as_it_was(detector, photographs):
    picture = portrait(photographs, "person_b_2")
    before = picture.copy()
    detector.detect(picture)
    assert (picture == before).all()


def test_the_mean_of_all_looks_decides(weights, photographs):
    picture = portrait(photographs, "impostor_1")
    (person,) = PersonDetector(weights).detect(picture)
    assert person.score == pytest.approx(0.864, abs=0.02)
    assert PersonDetector(weights, score=person.score - 0.01).detect(picture) == [person]
    assert PersonDetector(weights, score=person.score + 0.01).detect(picture) == []


def test_a_tampered_weight_is_refused(tmp_path, weights):
    data = bytearray((weights / WEIGHTS).read_bytes())
    data[1000] ^= 1
    (tmp_path / WEIGHTS).write_bytes(data)
    with pytest.raises(WeightsError) as refused:
        PersonDetector(tmp_path)
    assert refused.value.key == "weights.tampered"


def test_a_weight_cut_short_or_missing_is_refused(tmp_path, weights):
    with pytest.raises(WeightsError) as refused:
        PersonDetector(tmp_path)
    assert refused.value.key == "weights.missing"
    shutil.copy(weights / WEIGHTS, tmp_path)
    with (tmp_path / WEIGHTS).open("r+b") as file:
        file.truncate(2_000_000)
    with pytest.raises(WeightsError) as refused:
        PersonDetector(tmp_path)
    assert refused.value.key == "weights.truncated"


def test_the_box_reaches_from_head_to_feet_within_the_picture():
    body = Body(Point(300, 300), Point(300, 200), 0.9)
    assert body_box([body], 640, 480) == Box(260, 195, 80, 200)
    assert body_box([body], 640, 350) == Box(260, 195, 80, 155)
    assert body_box([body], 100, 100) is None
    assert body_box([Body(Point(20, 100), Point(20, -100), 0.9)], 640, 480) == Box(0, 0, 100, 290)


def test_the_box_of_one_lying_down_is_wide():
    box = body_box([Body(Point(300, 300), Point(200, 300), 0.9)], 640, 480)
    assert box == Box(195, 260, 200, 80)


def test_one_person_seen_in_two_regions_is_one():
    near = Person(Box(0, 0, 100, 200), 0.8)
    again = Person(Box(5, 5, 100, 200), 0.9)
    other = Person(Box(300, 0, 100, 200), 0.7)
    assert distinct([near, other, again]) == [again, other]


def test_visitors_seen_from_behind_are_found_and_the_empty_room_is_not(detector, shared_data):
    video = shared_data / "footage" / "visit_a.mp4"
    counts = [
        len(detector.detect(f)) for f in frames(video, (2, 5, 8, 15, 25, 35, 43, 47, 49, 53, 60, 68, 71.5))
    ]
    assert counts == [0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0]


@pytest.mark.parametrize("name", ["face_P1_again", "face_P3_book"])
def test_who_hides_his_face_is_still_a_person(detector, weights, shared_data, name):
    faces = load_engine("yunet-sface", weights)
    for picture in frames(shared_data / "footage" / f"{name}.mp4", (0.5, 1.0, 1.8)):
        (face,) = faces.detect(picture)
        centre = (round(face.box.centre.x), round(face.box.centre.y))
        axes = (round(face.box.width * 0.75), round(face.box.height * 0.75))
        cv2.ellipse(picture, centre, axes, 0, 0, 360, (25, 25, 25), -1)
        assert faces.detect(picture) == []
        assert len(detector.detect(picture)) == 1


def test_motor_traffic_shows_no_people(detector, shared_data):
    for name in ("highway", "carpark_a", "street_cars_a", "plate_gb_closeup"):
        for picture in frames(shared_data / "footage" / f"{name}.mp4", (1, 4)):
            assert detector.detect(picture) == []
