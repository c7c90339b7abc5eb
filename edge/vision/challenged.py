"""One face that must show that it is live: from the pictures of its track to what access is told."""

from dataclasses import dataclass, replace
from typing import Self

from edge.box_events import FaceProven, FaceUnproven
from edge.events import Report
from edge.vision.agreement import Bar, FaceShot
from edge.vision.face_sightings import nameable
from edge.vision.messages import Challenge
from models.faces import liveness
from models.faces.liveness import FRONTAL_DEG, TURN_WITHIN_S, Progress, Verdict
from models.faces.quality import FaceQuality


@dataclass(frozen=True, slots=True)
class Challenged:
    """A challenge, how far it was met, and what there is to say of it."""

    asked: Challenge
    progress: Progress
    verdict: Verdict = "going"

    @classmethod
    def begin(cls, asked: Challenge) -> Self:
        """Return a challenge of which nothing was met yet."""
        return cls(asked, liveness.begin(liveness.Challenge(asked.turns, asked.issued_s)))

    def asks_who(self, measured: FaceQuality, least_px: int) -> bool:
        """Say whether a shot must be recognised: it is a frontal one, and good enough for that."""
        frontal = measured.yaw_deg is not None and abs(measured.yaw_deg) <= FRONTAL_DEG
        return frontal and nameable(measured, least_px)

    def after(self, yaw_deg: float | None, shot: FaceShot | None, bar: Bar, now_s: float) -> Self:
        """Return the challenge after one picture of its track, and the shot of it that was recognised."""
        named = shot is not None and self._names(shot, bar)
        progress, verdict = liveness.step(self.progress, yaw_deg, named=named, at_s=now_s)
        return replace(self, progress=progress, verdict=verdict)

    def at(self, now_s: float, *, alive: bool) -> Self:
        """Return the challenge as it is now, also where its track was not seen; without one it is lost."""
        if self.verdict != "going":
            return self
        if not alive:
            return replace(self, verdict=liveness.ended(self.progress, "lost"))
        if now_s - self.progress.since_s > TURN_WITHIN_S:
            return replace(self, verdict=liveness.ended(self.progress, "late"))
        return self

    def report(self, now_s: float) -> Report:
        """Return what came of it. Only for one that does not go on."""
        asked, verdict = self.asked, self.verdict
        if verdict == "proven":
            proven = FaceProven(device=asked.door, mono_s=now_s, subject=asked.subject, by="challenge")
            return Report(proven)
        if verdict == "going":
            raise ValueError("the challenge goes on")
        failed = FaceUnproven(
            device=asked.door, mono_s=now_s, subject=asked.subject, camera=asked.camera, why=verdict
        )
        return Report(failed)

    def _names(self, shot: FaceShot, bar: Bar) -> bool:
        leads = shot.similarity - shot.runner_up >= bar.margin
        least = max(bar.similarity, self.asked.similarity)
        return leads and shot.subject == self.asked.subject and shot.similarity >= least
