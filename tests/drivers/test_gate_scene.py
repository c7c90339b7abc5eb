"""The simulated gate: the same pictures every time, faces and plates where the scene says they are."""

import hashlib
from pathlib import Path

import av
import numpy as np
import pytest

from drivers.sim import gate_scene, gate_scene_video
from drivers.sim.gate_scene import FPS, LOOP_S, Footpath, Lane, Place, Scene
from models.faces.engine import FaceEngine, Template
from models.faces.enrolment import enrol
from models.faces.loading import load_engine
from models.geometry import Box
from models.plates.engine import PlateEngine


@pytest.fixture(scope="module")
def footpath(photographs: Path) -> Footpath:
    return Footpath(photographs)


@pytest.fixture(scope="module")
def lane() -> Lane:
    return Lane()


@pytest.fixture(scope="module")
def faces(weights: Path) -> FaceEngine:
    return load_engine("yunet-sface", weights)


@pytest.fixture(scope="module")
def plates(weights: Path) -> PlateEngine:
    return PlateEngine(weights)


def enrolled(engine: FaceEngine, photographs: Path, name: str) -> Template:
    with av.open(str(photographs / f"{name}.jpg")) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="bgr24")
    return enrol(engine, picture).template


def box(place: Place) -> Box:
    return Box(place.x - place.width / 2, place.y - place.height / 2, place.width, place.height)


def decoded(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize("time_s", [0.0, 3.0, 6.8, 17.0, 32.0])
def test_the_same_time_gives_the_same_picture(photographs: Path, footpath: Footpath, time_s: float):
    again = Footpath(photographs)
    assert np.array_equal(footpath.frame(time_s), again.frame(time_s))


def test_the_same_time_gives_the_same_lane(lane: Lane):
    again = Lane()
    assert np.array_equal(lane.frame(7.5), again.frame(7.5))


def test_two_frames_of_an_empty_scene_differ_by_noise_only(footpath: Footpath):
    one, other = footpath.frame(38.0).astype(int), footpath.frame(38.2).astype(int)
    difference = np.abs(one - other)
    assert 0.5 < difference.mean() < 5
    assert difference.max() < 30


@pytest.mark.parametrize("scene", ["footpath", "lane"])
def test_the_loop_begins_and_ends_with_nobody_there(scene: str, request: pytest.FixtureRequest):
    view: Scene = request.getfixturevalue(scene)
    first, last = view.frame(0.0).astype(int), view.frame(LOOP_S - 1 / FPS).astype(int)
    assert np.abs(first - last).max() < 30


@pytest.mark.parametrize("walk", gate_scene.WALKS, ids=lambda walk: walk.person)
def test_one_face_is_found_where_it_was_drawn(footpath: Footpath, faces: FaceEngine, walk: gate_scene.Walk):
    for since in (1.6, 3.6, 5.5):
        place = footpath.face(walk.starts_s + since)
        assert place is not None
        assert place.in_view
        found = faces.detect(footpath.frame(walk.starts_s + since))
        assert len(found) == 1
        assert found[0].box.overlap(box(place)) > 0.7


def test_faces_grow_from_about_50_to_120_pixels(footpath: Footpath):
    start = gate_scene.WALKS[0].starts_s
    widths = [p.width for t in range(56) if (p := footpath.face(start + t / 10))]
    assert widths == sorted(widths)
    assert widths[0] == pytest.approx(50, abs=1)
    assert widths[-1] == pytest.approx(120, abs=6)


def test_those_who_exist_twice_match_their_other_photograph_and_nobody_else_does(
    photographs: Path, footpath: Footpath, faces: FaceEngine
):
    names = (gate_scene.RESIDENT_ENROLS, gate_scene.WATCHED_ENROLS)
    gallery = np.stack([enrolled(faces, photographs, name) for name in names])
    expected = {gate_scene.RESIDENT_WALKS: 0, gate_scene.WATCHED_WALKS: 1}
    for walk in gate_scene.WALKS:
        for since in (2.0, 4.0, 5.5):
            picture = footpath.frame(walk.starts_s + since)
            face = faces.detect(picture)[0]
            alike = faces.similarities(gallery, faces.embed(picture, face))
            for row, similarity in enumerate(alike):
                assert (similarity >= 0.5) == (expected.get(walk.person) == row)


@pytest.mark.parametrize("drive", gate_scene.DRIVES, ids=lambda drive: drive.plate)
def test_a_waiting_cars_plate_is_found_in_its_place_and_read(
    lane: Lane, plates: PlateEngine, drive: gate_scene.Drive
):
    time_s = drive.starts_s + gate_scene.ARRIVE_S + 1.0
    place, picture = lane.plate(time_s), lane.frame(time_s)
    assert place is not None
    (found,) = plates.detect(picture)
    assert found.box.overlap(box(place)) > 0.6
    assert drive.plate in {reading.text for reading in plates.read(picture, found).readings}


def test_a_video_holds_what_was_drawn(footpath: Footpath, tmp_path: Path):
    path = tmp_path / "gate.mp4"
    gate_scene_video.write(footpath, path, seconds=3)
    frames = decoded(path)
    assert len(frames) == 3 * FPS
    assert frames[0].format.name == "yuv420p"
    keys = [number for number, frame in enumerate(frames) if frame.key_frame]
    assert keys == [0, FPS, 2 * FPS]
    assert [frame.time for frame in frames[:3]] == pytest.approx([0, 1 / FPS, 2 / FPS], abs=1e-3)
    drawn = footpath.frame(60 / FPS).astype(int)
    assert np.abs(frames[60].to_ndarray(format="bgr24").astype(int) - drawn).mean() < 4


def test_a_video_that_cannot_be_finished_leaves_nothing(footpath: Footpath, tmp_path: Path):
    class Broken:
        size = footpath.size

        def frame(self, time_s: float):
            if time_s > 0.5:
                raise RuntimeError("no more pictures")
            return footpath.frame(time_s)

    with pytest.raises(RuntimeError, match="no more pictures"):
        gate_scene_video.write(Broken(), tmp_path / "gate.mp4", seconds=1)
    assert list(tmp_path.iterdir()) == []


def test_the_digest_changes_with_the_photographs(photographs: Path, tmp_path: Path):
    for file in photographs.glob("*.jpg"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    same = gate_scene_video.digest(tmp_path)
    assert same == gate_scene_video.digest(photographs)
    (tmp_path / "impostor_1.jpg").write_bytes(hashlib.sha256().digest())
    assert gate_scene_video.digest(tmp_path) != same


def test_a_missing_photograph_is_said(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="person_b_2"):
        Footpath(tmp_path)
