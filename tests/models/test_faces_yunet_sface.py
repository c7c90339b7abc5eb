import itertools

import cv2
import numpy as np
import pytest

from models.faces import yunet_sface
from models.faces.detector import padded
from models.faces.enrolment import find

NAMES = ("person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2")


@pytest.fixture(scope="module")
def engine(weights):
    return yunet_sface.load(weights)


@pytest.fixture(scope="module")
def pictures(photographs):
    return {name: cv2.imread(str(photographs / f"{name}.jpg")) for name in NAMES}


@pytest.fixture(scope="module")
def templates(engine, pictures):
    return {name: engine.embed(p, engine.detect(p)[0]) for name, p in pictures.items()}


def test_each_photograph_shows_one_face(engine, pictures):
    for picture in pictures.values():
        (face,) = engine.detect(picture)
        assert face.score > 0.9
        right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
        assert right_eye.x < nose.x < left_eye.x
        assert right_eye.y < nose.y < right_mouth.y
        assert right_mouth.x < left_mouth.x


def test_the_same_person_years_apart_is_near(templates):
    assert templates["person_a_1"] @ templates["person_a_2"] == pytest.approx(0.600, abs=0.005)
    assert templates["person_b_1"] @ templates["person_b_2"] == pytest.approx(0.761, abs=0.005)


def test_different_people_are_far(templates):
    pairs = [p for p in itertools.combinations(NAMES, 2) if p[0][:8] != p[1][:8] or "impostor" in p[0]]
    nearest = max(float(templates[a] @ templates[b]) for a, b in pairs)
    assert nearest == pytest.approx(0.261, abs=0.005)


def test_templates_are_unit_vectors_of_the_stated_length(engine, templates):
    for template in templates.values():
        assert template.shape == (engine.dimension,)
        assert template.dtype == np.float32
        assert np.linalg.norm(template) == pytest.approx(1, abs=1e-5)


def test_similarities_are_one_a_row(engine, templates):
    rows = np.stack([templates["person_a_1"], templates["impostor_1"]])
    result = engine.similarities(rows, templates["person_a_1"])
    assert result.shape == (2,)
    assert result[0] == pytest.approx(1, abs=1e-5)


def test_detection_and_template_agree_with_opencvs_own(engine, pictures, weights, templates):
    detector = cv2.FaceDetectorYN.create(
        str(weights / yunet_sface.DETECTOR_WEIGHTS), "", (320, 320), 0.6, 0.3
    )
    recogniser = cv2.FaceRecognizerSF.create(str(weights / yunet_sface.EMBEDDER_WEIGHTS), "")
    for name in ("person_a_2", "impostor_1"):
        picture = pictures[name]
        detector.setInputSize((picture.shape[1], picture.shape[0]))
        row = detector.detect(picture)[1][0]
        face = engine.detect(picture)[0]
        assert np.allclose(row[:4], [face.box.x, face.box.y, face.box.width, face.box.height], atol=0.5)
        assert np.allclose(row[4:14].reshape(5, 2), face.landmarks, atol=0.5)
        theirs = recogniser.feature(recogniser.alignCrop(picture, row)).reshape(-1)
        assert theirs @ templates[name] / np.linalg.norm(theirs) > 0.999


def test_a_picture_without_faces_gives_none(engine):
    assert engine.detect(np.full((333, 517, 3), 128, dtype=np.uint8)) == []
    assert engine.detect(np.zeros((1, 1, 3), dtype=np.uint8)) == []
    assert engine.detect(np.zeros((0, 0, 3), dtype=np.uint8)) == []


def test_boxes_are_in_the_pictures_own_pixels_however_it_is_shrunk(pictures, weights):
    picture = pictures["person_b_1"]
    small = yunet_sface.load(weights, long_side=320).detect(picture)[0]
    full = yunet_sface.load(weights).detect(picture)[0]
    assert small.box.overlap(full.box) > 0.8


def test_a_small_face_in_a_large_picture_is_found(engine, pictures):
    picture = np.full((720, 1280, 3), 90, dtype=np.uint8)
    face = cv2.resize(pictures["person_b_1"], None, fx=0.09, fy=0.09, interpolation=cv2.INTER_AREA)
    picture[300 : 300 + face.shape[0], 600 : 600 + face.shape[1]] = face
    (found,) = engine.detect(picture)
    assert 18 <= found.box.width <= 34
    assert 600 < found.box.centre.x < 600 + face.shape[1]


def test_a_face_that_fills_the_picture_keeps_its_template(engine, pictures, templates):
    box = engine.detect(pictures["person_b_1"])[0].box
    top, left = int(box.y - 0.1 * box.height), int(box.x - 0.1 * box.width)
    crop = pictures["person_b_1"][top : int(top + 1.2 * box.height), left : int(left + 1.2 * box.width)]
    large = cv2.resize(crop, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    (face,) = find(engine, large)
    assert face.box.width > 700
    assert engine.embed(large, face) @ templates["person_b_1"] > 0.9


def test_the_networks_input_is_padded_to_multiples_of_32_with_black():
    blob = padded(np.full((33, 64, 3), 7, dtype=np.uint8))
    assert blob.shape == (1, 3, 64, 64)
    assert (blob[0, :, :33] == 7).all()
    assert (blob[0, :, 33:] == 0).all()


def test_real_portraits_of_one_person_are_near_and_of_two_are_far(engine, shared_data):
    faces = shared_data / "faces"
    obama, obama2, biden = (
        engine.embed(p, engine.detect(p)[0])
        for p in (cv2.imread(str(faces / f"fr_{n}.jpg")) for n in ("obama", "obama2", "biden"))
    )
    assert obama @ obama2 == pytest.approx(0.73, abs=0.04)
    assert obama2 @ biden < 0.30


def test_the_four_of_a_family_are_told_apart_in_one_picture(engine, shared_data):
    faces = shared_data / "faces"
    group = cv2.imread(str(faces / "azure_identification1.jpg"))
    found = engine.detect(group)
    assert len(found) == 4
    rows = np.stack([engine.embed(group, f) for f in found])
    nearest = set()
    for person in ("Dad1", "Mom1", "Son1", "Daughter1"):
        still = cv2.imread(str(faces / f"azure_Family1-{person}.jpg"))
        similar = engine.similarities(rows, engine.embed(still, engine.detect(still)[0]))
        nearest.add(int(np.argmax(similar)))
    assert nearest == {0, 1, 2, 3}
