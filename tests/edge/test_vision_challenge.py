"""A face before a camera that must show that it is live: from pictures to what access is told."""

import asyncio
import math
import time

import cv2
import numpy as np
import pytest

from edge.box_events import FaceProven, FaceUnproven
from edge.clock import SystemClock
from edge.events import FaceSeen
from edge.site.schema import Camera
from edge.vision import messages
from edge.vision.agreement import Bar
from edge.vision.face_follower import FaceFollower
from edge.vision.messages import Challenge
from edge.vision.supervisor import VisionSupervisor
from edge.vision.track_numbers import TrackNumbers
from models.faces.engine import Face, Thresholds
from models.faces.gallery import Gallery
from models.geometry import Box, Point
from tests.edge.test_vision_supervisor import site_of, task_of

TURNS = ("left", "right", "left")
THERE_AND_BACK = (0, 5, 20, 30, 45, 50, 45, 30, 18, 4)
PICTURE = np.random.default_rng(3).integers(0, 255, (480, 640, 3), dtype=np.uint8)
SIDES = {"left": 1, "right": -1}


class Scene:
    """An engine that finds what the test puts before it: faces by their yaw and by whose they are."""

    name, dimension = "yunet-sface", 2
    thresholds = Thresholds(0.45, 0.5, 0.06)

    def __init__(self):
        self.faces, self.asked = [], 0

    def put(self, *faces):
        """Put faces side by side: each the yaw and the angle of its template to person/1's."""
        self.faces = [(self._face(20 + 200 * n, yaw), apart) for n, (yaw, apart) in enumerate(faces)]

    def detect(self, picture):
        return [face for face, _ in self.faces]

    def embed(self, picture, face):
        self.asked += 1
        apart = next(apart for known, apart in self.faces if known is face)
        return np.array([math.cos(apart), math.sin(apart)], np.float32)

    def similarities(self, gallery, probe):
        return gallery @ probe

    def _face(self, left, yaw):
        middle, apart = left + 60.0, 50.0
        nose = middle + apart * 0.6 * math.tan(math.radians(yaw))
        points = ((middle - 25, 80), (middle + 25, 80), (nose, 105), (middle - 20, 130), (middle + 20, 130))
        return Face(Box(left, 30, 120, 150), 0.95, tuple(Point(*point) for point in points))


class Gate:
    """One camera, person/1 in its gallery, and the challenge to track 1 at the door north."""

    def __init__(self):
        self.scene = Scene()
        self.now_s = 100.0
        camera = Camera(name="门", place="门", source="x", roles=["face"], purpose="security")
        people = Gallery("yunet-sface", ("person/1",), np.array([[1.0, 0.0]], np.float32))
        bar = Bar(similarity=0.45, margin=0.06, frames=3)
        self.follower = FaceFollower("gate", camera, self.scene, people, bar=bar, numbers=TrackNumbers())
        self.said = []

    def see(self, *faces, every_s=0.1):
        self.now_s += every_s
        self.scene.put(*faces)
        self.said += [report.observation for report in self.follower.see(PICTURE, self.now_s)]

    def challenge(self, track=1, similarity=0.5):
        self.follower.challenge(Challenge("gate", track, "north", "person/1", TURNS, similarity, self.now_s))

    def told(self):
        return [one for one in self.said if isinstance(one, FaceProven | FaceUnproven)]


@pytest.fixture
def gate():
    whole = Gate()
    for _ in range(4):
        whole.see((0, 0.0))
    (seen,) = [one for one in whole.said if isinstance(one, FaceSeen)]
    assert (seen.track, seen.subject) == (1, "person/1")
    return whole


def yaws(*turns):
    return [yaw * SIDES[side] for side in turns for yaw in THERE_AND_BACK]


def test_who_turns_the_head_as_asked_is_proven_live_at_the_door(gate):
    gate.challenge()
    assert gate.follower.challenged
    for yaw in yaws(*TURNS):
        gate.see((yaw, 0.0))
    (proven,) = gate.told()
    assert (proven.device, proven.subject, proven.by) == ("north", "person/1", "challenge")
    assert proven.mono_s == gate.now_s
    assert not gate.follower.challenged


def test_a_challenged_face_does_not_prove_the_one_beside_it(gate):
    gate.challenge()
    for yaw in yaws(*TURNS):
        gate.see((0, 0.0), (yaw, 0.0))
    assert gate.told() == []


def test_another_face_in_the_same_track_proves_nothing(gate):
    gate.challenge()
    for number, yaw in enumerate(yaws(*TURNS)):
        gate.see((yaw, 0.0 if number < 5 else 1.5))
    assert not any(isinstance(one, FaceProven) for one in gate.told())


@pytest.mark.parametrize(("similarity", "proven"), [(0.5, True), (0.9, False)])
def test_a_face_must_be_as_alike_as_the_door_asks(gate, similarity, proven):
    gate.challenge(similarity=similarity)
    for yaw in yaws(*TURNS):
        gate.see((yaw, math.acos(0.7)))
    assert any(isinstance(one, FaceProven) for one in gate.told()) == proven


def test_a_head_that_turns_to_the_other_side_is_told_at_once(gate):
    gate.challenge()
    for yaw in yaws("right"):
        gate.see((yaw, 0.0))
    (failed,) = gate.told()
    assert (failed.device, failed.camera, failed.why) == ("north", "gate", "astray")
    assert not gate.follower.challenged


def test_a_face_that_leaves_is_told_and_so_is_one_that_was_never_there(gate):
    gate.challenge()
    for yaw in yaws("left"):
        gate.see((yaw, 0.0))
    for _ in range(40):
        gate.see()
    assert [one.why for one in gate.told()] == ["lost"]
    gate.challenge(track=99)
    gate.see()
    assert [one.why for one in gate.told()] == ["lost", "ignored"]


def test_who_does_not_know_that_he_is_asked_is_told_as_that(gate):
    gate.challenge()
    for _ in range(70):
        gate.see((3, 0.0))
    assert [one.why for one in gate.told()] == ["ignored"]


def test_footage_that_ends_ends_its_challenges(gate):
    gate.challenge()
    assert [r.observation.why for r in gate.follower.finish(gate.now_s) if r.picture is None] == ["ignored"]


def test_only_frontal_views_are_recognised_again(gate):
    gate.challenge()
    for yaw in (0, 20, 30):
        gate.see((yaw, 0.0))
    before = gate.scene.asked
    for yaw in (50, 60, 50):
        gate.see((yaw, 0.0))
    assert gate.scene.asked == before


def test_a_photograph_before_a_running_worker_does_not_meet_a_challenge(
    portrait_clip, photographs, weights, tmp_path
):
    from models.faces.enrolment import enrol
    from models.faces.loading import load_engine

    engine = load_engine("yunet-sface", weights)
    template = enrol(engine, cv2.imread(str(photographs / "person_a_1.jpg"))).template
    people = messages.Gallery("yunet-sface", 128, ("person/1",), template.astype("<f4").tobytes())
    seen, news = [], asyncio.Event()

    def take(reports):
        seen.extend(report.observation for report in reports)
        news.set()

    async def first(kind):
        async with asyncio.timeout(45):
            while True:
                for one in seen:
                    if isinstance(one, kind) and getattr(one, "subject", None) == "person/1":
                        return one
                news.clear()
                await news.wait()

    async def scene():
        supervisor = VisionSupervisor(
            1, task_of(site_of(portrait_clip, tmp_path), weights, people), take, SystemClock()
        )
        life = asyncio.create_task(supervisor.run())
        try:
            face = await first(FaceSeen)
            asked = Challenge("gate", face.track, "north", "person/1", TURNS, 0.5, time.monotonic())
            await supervisor.challenge(asked)
            return await first(FaceProven | FaceUnproven)
        finally:
            await supervisor.stop()
            await life

    answer = asyncio.run(scene())
    assert isinstance(answer, FaceUnproven)
    assert (answer.device, answer.camera) == ("north", "gate")
