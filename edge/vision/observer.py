"""One camera's frames to observations: gate, find, track, best shot, recognise, agree.

Deterministic in the frames and their times: live and replay go through here alike.
"""

from collections.abc import Callable, Sequence

from drivers.cameras.decoding import Frame
from edge.events import CameraCleared, CameraTampered, Report
from edge.site.schema import Camera, Recognition
from edge.vision import presence
from edge.vision.engines import Engines
from edge.vision.face_follower import FaceFollower
from edge.vision.label import Label
from edge.vision.picture import encode_jpeg
from edge.vision.plate_follower import PlateFollower
from models import motion, tampering
from models.faces.gallery import Gallery

# The gate absorbs who stands still before a track began: look anyway from time to time.
LOOK_ANYWAY_EVERY_S = 2.0


class CameraObserver:
    """What one camera sees. Not thread-safe."""

    def __init__(
        self, name: str, camera: Camera, recognition: Recognition, engines: Engines, gallery: Gallery
    ) -> None:
        self._name = name
        self._motion = motion.MotionState()
        self._tampering = tampering.TamperState()
        self._presence = presence.Presence(name)
        self._faces = (
            FaceFollower(name, camera, recognition, engines.face, gallery)
            if engines.face is not None and "face" in camera.roles
            else None
        )
        self._plates = (
            PlateFollower(name, camera, recognition, engines.plate)
            if engines.plate is not None and "plate" in camera.roles
            else None
        )
        self._looked_s = float("-inf")

    def learn(self, gallery: Gallery) -> None:
        """Recognise with a new gallery; what the old one said of live tracks is forgotten."""
        if self._faces is not None:
            self._faces.learn(gallery)

    def see(self, frame: Frame, main: Callable[[], Frame | None] = lambda: None) -> list[Report]:
        """Return what is to say after one frame; `main` opens the larger stream when it is worth it."""
        now_s = frame.mono_s
        self._motion, moved = motion.step(self._motion, frame.luma, now_s)
        reports = self._guard(frame, now_s)
        stirs = bool(moved.regions) or moved.whole_picture
        if stirs or self._following or now_s - self._looked_s >= LOOK_ANYWAY_EVERY_S:
            self._looked_s = now_s
            picture = (main() or frame).bgr()
            for follower in self._followers:
                reports += follower.see(picture, now_s)
        return reports + self._account(now_s)

    def finish(self, now_s: float) -> list[Report]:
        """Return what is to say when the footage ends: every track ends with it, the view is learnt anew."""
        self._motion = motion.MotionState()
        self._tampering = tampering.TamperState()
        reports = [r for follower in self._followers for r in follower.finish(now_s)]
        return reports + self._account(now_s)

    def labels(self) -> list[Label]:
        """Return what to draw over the last frame, for annotated footage."""
        return [label for follower in self._followers for label in follower.labels()]

    @property
    def _followers(self) -> Sequence[FaceFollower | PlateFollower]:
        return [f for f in (self._faces, self._plates) if f is not None]

    @property
    def _following(self) -> bool:
        return any(f.following for f in self._followers)

    def _guard(self, frame: Frame, now_s: float) -> list[Report]:
        self._tampering, verdict = tampering.step(self._tampering, frame.luma, now_s)
        if verdict is None:
            return []
        if not verdict.began:
            lasted_s = round(verdict.lasted_s, 3)
            cleared = CameraCleared(camera=self._name, mono_s=now_s, how=verdict.how, lasted_s=lasted_s)
            return [Report(cleared)]
        measure = round(verdict.measure, 4)
        tampered = CameraTampered(camera=self._name, mono_s=now_s, how=verdict.how, measure=measure)
        return [Report(tampered, encode_jpeg(frame.bgr()))]

    def _account(self, now_s: float) -> list[Report]:
        present = [thing for follower in self._followers for thing in follower.present()]
        self._presence, said = presence.step(self._presence, present, now_s)
        return [Report(observation) for observation in said]
