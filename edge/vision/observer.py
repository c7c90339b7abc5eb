"""One camera's frames to observations: gate, find, track, best shot, recognise, agree.

Deterministic in the frames and their times: live and replay go through here alike.
"""

from collections.abc import Callable

from drivers.cameras.decoding import Frame
from edge.events import CameraCleared, CameraTampered, PresenceBegan, Report
from edge.site.schema import Camera, Recognition
from edge.vision import presence
from edge.vision.engines import Engines, bar_of
from edge.vision.face_follower import FaceFollower
from edge.vision.label import Label
from edge.vision.messages import Challenge
from edge.vision.person_follower import PersonFollower
from edge.vision.picture import encode_jpeg
from edge.vision.plate_follower import PlateFollower
from edge.vision.presence import Present
from edge.vision.track_numbers import TrackNumbers
from models import motion, tampering
from models.faces.gallery import Gallery
from models.motion import Motion

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
        self._looked_s = float("-inf")
        numbers = TrackNumbers()
        self._faces: FaceFollower | None = None
        self._plates: PlateFollower | None = None
        self._people: PersonFollower | None = None
        if engines.face is not None and "face" in camera.roles:
            bar = bar_of(recognition, engines.face)
            self._faces = FaceFollower(name, camera, engines.face, gallery, bar=bar, numbers=numbers)
        if engines.plate is not None and "plate" in camera.roles:
            reads = recognition.agreeing_reads
            self._plates = PlateFollower(name, camera, engines.plate, agreeing_reads=reads, numbers=numbers)
        if engines.person is not None and "overview" in camera.roles:
            self._people = PersonFollower(camera, engines.person, numbers)

    def learn(self, gallery: Gallery) -> None:
        """Recognise with a new gallery; what the old one said of live tracks is forgotten."""
        if self._faces is not None:
            self._faces.learn(gallery)

    @property
    def challenged(self) -> bool:
        """Whether a face is watched that must show that it is live."""
        return self._faces is not None and self._faces.challenged

    def challenge(self, challenge: Challenge) -> None:
        """Watch how a face meets a challenge."""
        if self._faces is not None:
            self._faces.challenge(challenge)

    def see(self, frame: Frame, main: Callable[[], Frame | None] = lambda: None) -> list[Report]:
        """Return what is to say after one frame; `main` opens the larger stream when it is worth it."""
        now_s = frame.mono_s
        self._motion, moved = motion.step(self._motion, frame.luma, now_s)
        reports = self._guard(frame, now_s)
        if self._worth_a_look(moved, now_s):
            self._looked_s = now_s
            reports += self._look((main() or frame), moved, now_s)
        return reports + self._account(now_s, frame)

    def finish(self, now_s: float) -> list[Report]:
        """Return what is to say when the footage ends: every track ends with it, the view is learnt anew."""
        self._motion = motion.MotionState()
        self._tampering = tampering.TamperState()
        reports: list[Report] = []
        for follower in (self._faces, self._plates):
            reports += follower.finish(now_s) if follower is not None else []
        if self._people is not None:
            self._people.finish()
        return reports + self._account(now_s)

    def labels(self) -> list[Label]:
        """Return what to draw over the last frame, for annotated footage."""
        followers = (self._people, self._faces, self._plates)
        return [label for follower in followers if follower is not None for label in follower.labels()]

    def _worth_a_look(self, moved: Motion, now_s: float) -> bool:
        following = any(f is not None and f.following for f in (self._faces, self._plates, self._people))
        idle_s = now_s - self._looked_s
        return following or bool(moved.regions) or moved.whole_picture or idle_s >= LOOK_ANYWAY_EVERY_S

    def _look(self, frame: Frame, moved: Motion, now_s: float) -> list[Report]:
        picture = frame.bgr()
        reports: list[Report] = []
        for follower in (self._faces, self._plates):
            reports += follower.see(picture, now_s) if follower is not None else []
        if self._people is not None:
            self._people.see(picture, moved.regions, now_s)
        return reports

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

    def _account(self, now_s: float, frame: Frame | None = None) -> list[Report]:
        self._presence, said = presence.step(self._presence, self._present(), now_s)
        # Who comes is shown: a door that is forced next wants a picture.
        came = any(isinstance(seen, PresenceBegan) for seen in said)
        picture = encode_jpeg(frame.bgr()) if came and frame is not None else None
        return [Report(seen, picture if isinstance(seen, PresenceBegan) else None) for seen in said]

    def _present(self) -> list[Present]:
        """Return who and what is there. Where bodies are looked for, faces are not counted beside them."""
        people = self._people if self._people is not None else self._faces
        return [
            thing
            for follower in (people, self._plates)
            if follower is not None
            for thing in follower.present()
        ]
