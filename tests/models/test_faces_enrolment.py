import cv2
import numpy as np
import pytest

from edge import catalogue
from models.faces import yunet_sface
from models.faces.engine import Face
from models.faces.enrolment import EnrolmentRefused, enrol, judged
from models.faces.quality import FaceQuality, picture_score, pose, quality
from models.geometry import Box, Point

FRONTAL = (Point(35, 50), Point(65, 50), Point(50, 65), Point(40, 80), Point(60, 80))
TURNED = (Point(35, 50), Point(65, 50), Point(68, 65), Point(50, 80), Point(66, 80))
TILTED = (Point(40, 35), Point(60, 60), Point(42, 60), Point(22, 65), Point(38, 82))


@pytest.fixture(scope="module")
def engine(weights):
    return yunet_sface.load(weights)


@pytest.fixture(scope="module")
def portrait(photographs):
    return cv2.imread(str(photographs / "person_b_1.jpg"))


def noise() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 255, (120, 120, 3), dtype=np.uint8)


def face(width: float = 80, landmarks: tuple[Point, ...] = FRONTAL) -> Face:
    return Face(Box(10, 10, width, width), 0.9, landmarks)


def refused(picture, faces) -> EnrolmentRefused:
    with pytest.raises(EnrolmentRefused) as caught:
        judged(picture, faces)
    error = caught.value
    assert "{" not in catalogue.explain(error, "zh-CN")
    assert catalogue.explain(error, "zh-CN") != str(error)
    return error


def test_a_good_portrait_is_enrolled(engine, portrait):
    enrolled = enrol(engine, portrait)
    assert enrolled.template.shape == (engine.dimension,)
    assert enrolled.quality.face_px == pytest.approx(289, abs=3)


def test_every_photograph_of_the_demo_can_be_enrolled(engine, photographs):
    for path in photographs.glob("*.jpg"):
        assert enrol(engine, cv2.imread(str(path))).quality.sharpness > 0.2


def test_a_picture_without_a_face_is_refused(engine):
    with pytest.raises(EnrolmentRefused) as caught:
        enrol(engine, np.full((200, 200, 3), 128, dtype=np.uint8))
    assert caught.value.key == "faces.no_face"
    assert refused(noise(), []).key == "faces.no_face"


def test_a_picture_of_two_is_refused_with_the_count(engine, portrait):
    with pytest.raises(EnrolmentRefused) as caught:
        enrol(engine, np.hstack([portrait, portrait]))
    assert caught.value.key == "faces.two_faces"
    assert caught.value.values == {"count": 2}


def test_somebody_far_in_the_background_does_not_spoil_a_portrait():
    small = Face(Box(100, 5, 12, 12), 0.9, FRONTAL)
    assert judged(noise(), [face(), small])[0] == face()


def test_a_small_face_is_refused_with_both_widths(engine, portrait):
    small = cv2.resize(portrait, None, fx=0.13, fy=0.13, interpolation=cv2.INTER_AREA)
    with pytest.raises(EnrolmentRefused) as caught:
        enrol(engine, small)
    assert caught.value.key == "faces.too_small"
    assert caught.value.values["least_px"] == 48
    assert refused(noise(), [face(47)]).key == "faces.too_small"
    assert judged(noise(), [face(48)])


def test_a_blurred_face_is_refused(engine, portrait):
    with pytest.raises(EnrolmentRefused) as caught:
        enrol(engine, cv2.GaussianBlur(portrait, (0, 0), 8))
    assert caught.value.key == "faces.blurred"


def test_a_face_turned_away_is_refused():
    assert refused(noise(), [face(landmarks=TURNED)]).key == "faces.turned_away"


def test_a_picture_on_its_side_is_refused():
    assert refused(noise(), [face(landmarks=TILTED)]).key == "faces.tilted"


def test_an_engine_without_landmarks_is_judged_by_size_and_sharpness_alone():
    _, measured = judged(noise(), [face(landmarks=())])
    assert measured.yaw_deg is None
    assert measured.roll_deg is None


def test_a_frontal_face_has_no_yaw_and_no_roll_and_a_mirrored_one_the_opposite():
    assert pose(FRONTAL) == pytest.approx((0, 0))
    yaw, roll = pose(TILTED)
    mirrored = tuple(Point(100 - p.x, p.y) for p in TILTED)
    exchanged = (mirrored[1], mirrored[0], mirrored[2], mirrored[4], mirrored[3])
    assert pose(exchanged) == pytest.approx((-yaw, -roll))


def test_eyes_in_one_point_are_a_profile():
    assert pose((Point(5, 5), Point(5, 5), Point(9, 9))) == (90.0, 0.0)


GOOD = FaceQuality(face_px=112, sharpness=0.4, yaw_deg=0, roll_deg=0, score=0.95)


@pytest.mark.parametrize(
    "worse",
    [
        FaceQuality(face_px=50, sharpness=0.4, yaw_deg=0, roll_deg=0, score=0.95),
        FaceQuality(face_px=112, sharpness=0.05, yaw_deg=0, roll_deg=0, score=0.95),
        FaceQuality(face_px=112, sharpness=0.4, yaw_deg=-40, roll_deg=0, score=0.95),
        FaceQuality(face_px=112, sharpness=0.4, yaw_deg=0, roll_deg=50, score=0.95),
        FaceQuality(face_px=112, sharpness=0.4, yaw_deg=0, roll_deg=0, score=0.65),
    ],
)
def test_each_flaw_lowers_the_picture_score(worse):
    assert 0 < picture_score(worse) < picture_score(GOOD) <= 1


def test_a_blurred_shot_scores_below_the_sharp_one(engine, portrait):
    (found,) = engine.detect(portrait)
    scores = [
        picture_score(quality(cv2.GaussianBlur(portrait, (0, 0), s) if s else portrait, found))
        for s in (0, 2, 4, 8)
    ]
    assert scores == sorted(scores, reverse=True)


def test_a_face_partly_or_wholly_outside_the_picture_is_measured_without_error():
    for box in (Box(-30, -30, 80, 80), Box(200, 200, 50, 50), Box(119, 0, 40, 40)):
        measured = quality(noise(), Face(box, 0.7, FRONTAL))
        assert measured.sharpness >= 0
