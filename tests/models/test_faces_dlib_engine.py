import sys

import cv2
import numpy as np
import pytest

from edge import catalogue
from models.errors import EngineAbsent, WeightsError
from models.faces import dlib_engine
from models.faces.loading import load_engine


@pytest.fixture(scope="module")
def engine(weights):
    pytest.importorskip("face_recognition", reason="the extra face-recognition is not installed")
    return load_engine("face_recognition", weights)


@pytest.fixture(scope="module")
def pictures(photographs):
    names = ("person_a_1", "person_a_2", "person_b_1", "impostor_1")
    return {name: cv2.imread(str(photographs / f"{name}.jpg")) for name in names}


def test_it_finds_one_face_without_landmarks_in_each_photograph(engine, pictures):
    for picture in pictures.values():
        (face,) = engine.detect(picture)
        assert face.landmarks == ()
        assert 0.5 < face.score < 1
        assert face.box.width >= 60


def test_one_person_is_nearer_than_two(engine, pictures):
    templates = {n: engine.embed(p, engine.detect(p)[0]) for n, p in pictures.items()}
    rows = np.stack([templates[n] for n in ("person_a_2", "person_b_1", "impostor_1")])
    similar = engine.similarities(rows, templates["person_a_1"])
    assert rows.shape == (3, engine.dimension)
    assert similar[0] == pytest.approx(0.484, abs=0.01)
    assert similar[1:].max() < 0.25


def test_colours_are_handed_over_in_the_packages_order(engine, pictures):
    import face_recognition

    picture = pictures["person_a_2"]
    (face,) = engine.detect(picture)
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    (theirs,) = face_recognition.face_encodings(rgb, model="small")
    assert np.allclose(engine.embed(picture, face), theirs, atol=1e-4)


def test_an_empty_picture_has_no_faces(engine):
    assert engine.detect(np.zeros((0, 0, 3), dtype=np.uint8)) == []
    assert engine.detect(np.zeros((64, 64, 3), dtype=np.uint8)) == []


def test_without_the_extra_the_refusal_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "face_recognition", None)
    with pytest.raises(EngineAbsent, match="extra face-recognition") as caught:
        load_engine(dlib_engine.NAME, tmp_path)
    assert caught.value.key == "faces.engine_absent"
    assert "yunet-sface" in catalogue.explain(caught.value, "zh-CN")


def test_an_engine_that_nobody_knows_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(EngineAbsent, match="yunet-sface, face_recognition") as caught:
        load_engine("mtcnn", tmp_path)
    assert "mtcnn" in catalogue.explain(caught.value, "zh-CN")


def test_the_default_engine_without_its_weights_is_refused(tmp_path):
    with pytest.raises(WeightsError, match="menwei models install"):
        load_engine("yunet-sface", tmp_path)
