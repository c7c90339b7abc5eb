"""Follows the faces of one camera from frame to frame and asks the gallery about their best shots."""

from dataclasses import replace

from edge.events import Report
from edge.site.schema import Camera
from edge.vision import face_sightings
from edge.vision.agreement import Bar, FaceShot
from edge.vision.challenged import Challenged
from edge.vision.face_sightings import BestShot, FaceTrack
from edge.vision.galleries import divided, preferred
from edge.vision.label import Label
from edge.vision.messages import Challenge
from edge.vision.picture import fractions
from edge.vision.presence import Present
from edge.vision.track_numbers import TrackNumbers
from edge.vision.zones import zones_of
from models import tracking
from models.faces.engine import Face, FaceEngine, Picture
from models.faces.gallery import Gallery
from models.faces.quality import picture_score, quality


class FaceFollower:
    """The face tracks of one camera. Not thread-safe."""

    def __init__(
        self,
        name: str,
        camera: Camera,
        engine: FaceEngine,
        gallery: Gallery,
        *,
        bar: Bar,
        numbers: TrackNumbers,
    ) -> None:
        self._name = name
        self._camera = camera
        self._engine = engine
        self._galleries = divided(gallery)
        self._bar = bar
        self._numbers = numbers
        self._tracking = tracking.TrackState()
        self._tracks: dict[int, FaceTrack] = {}
        self._challenges: dict[int, Challenged] = {}
        self._size = (1, 1)

    @property
    def following(self) -> bool:
        """Whether any track lives."""
        return bool(self._tracking.tracks)

    def learn(self, gallery: Gallery) -> None:
        """Ask a new gallery from now on; what live tracks were told by the old one is forgotten."""
        self._galleries = divided(gallery)
        self._tracks = {n: FaceTrack(best=t.best, zones=t.zones) for n, t in self._tracks.items()}

    @property
    def challenged(self) -> bool:
        """Whether a face must show that it is live."""
        return bool(self._challenges)

    def challenge(self, challenge: Challenge) -> None:
        """Watch how a track meets a challenge from the next picture on; a newer one replaces an older."""
        self._challenges[challenge.track] = Challenged.begin(challenge)

    def see(self, picture: Picture, now_s: float) -> list[Report]:
        """Return what is to say of the faces after one picture."""
        height, width = picture.shape[:2]
        self._size = (width, height)
        faces = self._engine.detect(picture)
        state = replace(self._tracking, next_id=self._numbers.next)
        step = tracking.step(state, [f.box for f in faces], now_s)
        self._tracking, self._numbers.next = step.state, step.state.next_id
        for face, number in zip(faces, step.assigned, strict=True):
            self._tracks[number] = self._shoot(self._tracks.get(number, FaceTrack()), picture, face, now_s)
            self._prove(number, picture, face, now_s)
        reports = self._judged(now_s)
        reports += [r for number in step.assigned for r in self._tell(number, now_s, ended=False)]
        for ended in step.ended:
            reports += self._end(ended.id, now_s)
        return reports

    def finish(self, now_s: float) -> list[Report]:
        """End every track and return what is still to say."""
        self._tracking = tracking.finish(self._tracking).state
        return self._judged(now_s) + [r for number in sorted(self._tracks) for r in self._end(number, now_s)]

    def present(self) -> list[Present]:
        """Return the people of confirmed tracks and where they are."""
        found = []
        for track in self._tracking.tracks:
            if track.confirmed:
                box = fractions(track.box, *self._size)
                found.append(Present("person", track.id, box, zones_of(box, self._camera.zones)))
        return found

    def labels(self) -> list[Label]:
        """Return the boxes of live tracks and whom they were told to be."""
        return [
            Label(fractions(t.box, *self._size), "face", t.id, told.subject if told else None)
            for t in self._tracking.tracks
            if t.misses == 0
            for told in [self._tracks[t.id].told if t.id in self._tracks else None]
        ]

    def _shoot(self, track: FaceTrack, picture: Picture, face: Face, now_s: float) -> FaceTrack:
        measured = quality(picture, face)
        score = picture_score(measured)
        box = fractions(face.box, *self._size)
        best = BestShot(score, box, measured.face_px, picture)
        track = face_sightings.with_picture(track, best, zones_of(box, self._camera.zones))
        if not face_sightings.nameable(measured, self._camera.min_face_px):
            return track
        if not face_sightings.wants_shot(track, score, now_s):
            return track
        return face_sightings.with_shot(track, self._ask(picture, face, score, now_s))

    def _prove(self, number: int, picture: Picture, face: Face, now_s: float) -> None:
        """Take one picture of a challenged track into account; whose face it is only a frontal one tells."""
        challenged = self._challenges.get(number)
        if challenged is None:
            return
        measured = quality(picture, face)
        shot = None
        if challenged.asks_who(measured, self._camera.min_face_px):
            shot = self._ask(picture, face, picture_score(measured), now_s)
        self._challenges[number] = challenged.after(measured.yaw_deg, shot, self._bar, now_s)

    def _judged(self, now_s: float) -> list[Report]:
        """Return what came of challenges, and have done with them."""
        live = {track.id for track in self._tracking.tracks}
        now = {n: c.at(now_s, alive=n in live) for n, c in self._challenges.items()}
        self._challenges = {n: c for n, c in now.items() if c.verdict == "going"}
        return [c.report(now_s) for c in now.values() if c.verdict != "going"]

    def _ask(self, picture: Picture, face: Face, score: float, now_s: float) -> FaceShot:
        if self._galleries.empty:  # nobody to compare with: compute no template of a stranger
            return FaceShot(now_s, score, subject=None, similarity=-1.0, runner_up=-1.0)
        probe = self._engine.embed(picture, face)
        registered = self._galleries.registered.nearest(self._engine, probe)
        watched = self._galleries.watched.nearest(self._engine, probe)
        nearest = preferred(registered, watched, self._bar)
        return FaceShot(now_s, score, nearest.subject, nearest.similarity, nearest.runner_up)

    def _tell(self, number: int, now_s: float, *, ended: bool) -> list[Report]:
        track, report = face_sightings.tell(
            self._name, number, self._tracks[number], self._bar, now_s, ended=ended
        )
        self._tracks[number] = track
        return [] if report is None else [report]

    def _end(self, number: int, now_s: float) -> list[Report]:
        if number not in self._tracks:
            return []
        reports = self._tell(number, now_s, ended=True)
        del self._tracks[number]
        return reports
