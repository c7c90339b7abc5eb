import json
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from edge.bench.faces import Labelled, command, outcome_of, read_labels
from edge.refusal import Refused


def film(path, photograph):
    """Write two seconds of a photograph that sways a little, as a person before a camera does."""
    picture = cv2.imread(str(photograph))
    scale = 320 / picture.shape[0]
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 480, 352, "yuv420p"
        stream.bit_rate = 4_000_000
        stream.time_base = Fraction(1, 10)
        for number in range(20):
            scene = np.full((352, 480, 3), 110, dtype=np.uint8)
            left = 60 + 4 * (number % 5)
            scene[16 : 16 + picture.shape[0], left : left + picture.shape[1]] = picture
            frame = av.VideoFrame.from_ndarray(scene, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def labels(photographs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("footage")
    rows = ["file,identity"]
    for name in ("person_a_2", "person_a_1", "person_b_1", "person_b_2"):
        film(folder / f"{name}.mp4", photographs / f"{name}.jpg")
        rows.append(f"{name}.mp4,{name[:8]}")
    path = folder / "labels.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def figures(labels, *options):
    result = CliRunner().invoke(command, [str(labels), "--json", *options], catch_exceptions=False)
    return result.exit_code, {f["name"]: f["value"] for f in json.loads(result.output)["figures"]}


def test_people_filmed_years_later_are_named_and_strangers_are_not(labels):
    code, found = figures(labels)
    assert found == {
        "named": 2,
        "unknown": 0,
        "not seen": 0,
        "wrongly named": 0,
        "person_a left out: strangers unknown": 2,
        "person_a left out: strangers named": 0,
        "person_b left out: strangers unknown": 2,
        "person_b left out: strangers named": 0,
    }
    assert code == 0


def test_with_one_left_out_the_other_is_still_named(labels):
    code, found = figures(labels, "--leave-out", "person_a")
    assert found["person_a left out: named"] == 1
    assert found["person_a left out: strangers unknown"] == 2
    assert code == 0


def test_two_people_under_one_label_fall_short(labels, photographs):
    film(labels.parent / "other.mp4", photographs / "impostor_1.jpg")
    wrong = labels.parent / "wrong.csv"
    wrong.write_text("file,identity\nperson_a_2.mp4,a\nother.mp4,a\n", encoding="utf-8")
    code, found = figures(wrong)
    assert found["named"] == 0
    assert found["unknown"] == 1
    assert code == 1


def test_what_was_published_decides_the_outcome():
    assert outcome_of([None, "a"], "a") == "named"
    assert outcome_of(["a", "b"], "a") == "wrong"
    assert outcome_of([None], "a") == "unknown"
    assert outcome_of([], "a") == "unseen"


def test_labels_are_read_relative_to_their_file(tmp_path):
    path = tmp_path / "l.csv"
    path.write_text("file,identity,note\nx/1.mp4,P1,good\n", encoding="utf-8")
    assert read_labels(path) == [Labelled(tmp_path / "x" / "1.mp4", "P1")]


@pytest.mark.parametrize("text", ["", "file,identity\n", "name,who\na,b\n", "file,identity\na.mp4\n", "\x80"])
def test_labels_that_name_nobody_are_refused(tmp_path, text):
    path = tmp_path / "l.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(Refused) as caught:
        read_labels(path)
    assert caught.value.key == "faces.labels_unusable"


def test_leaving_out_somebody_unknown_is_refused(labels):
    with pytest.raises(Refused, match="nobody-here"):
        figures(labels, "--leave-out", "nobody-here")


def test_a_first_file_without_a_face_is_refused(tmp_path, photographs):
    blank = tmp_path / "blank.jpg"
    cv2.imwrite(str(blank), np.full((300, 200, 3), 90, dtype=np.uint8))
    film(tmp_path / "blank.mp4", blank)
    (tmp_path / "l.csv").write_text("file,identity\nblank.mp4,P1\n", encoding="utf-8")
    with pytest.raises(Refused) as caught:
        figures(tmp_path / "l.csv")
    assert caught.value.key == "faces.nothing_to_enrol"


def test_real_people_at_a_door_are_all_named_and_strangers_never(shared_data):
    code, found = figures(shared_data / "footage" / "faces.csv")
    assert code == 0
    assert found["named"] == 8
    assert found["wrongly named"] == 0
    assert found["P1 left out: strangers unknown"] == 6
    assert found["P3 left out: strangers unknown"] == 4
