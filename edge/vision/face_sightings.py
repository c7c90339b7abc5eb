"""Faces of one camera: tracked, best shots embedded, told when several frames agree."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.events import Box, FaceSeen, Report
from edge.vision.agreement import Bar, FaceShot, Verdict, agree
from edge.vision.picture import encode_jpeg
from models.faces.engine import Picture
from models.faces.quality import FaceQuality

SHOTS_KEPT = 8
SHOT_WINDOW_S = 8.0
UNKNOWN_AFTER_S = 1.0
TELL_AGAIN_AFTER_S = 5.0
LEAST_SHARPNESS = 0.02
NOBODY = -1.0  # the similarity to an empty gallery
WIDEST_YAW_DEG = 45.0


@dataclass(frozen=True, slots=True)
class BestShot:
    """The shot that shows a track best, for evidence."""

    score: float
    box: Box
    face_px: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class Told:
    """What was last reported of a track."""

    subject: str | None
    at_s: float
    repeat: int


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """What is known of one track. `zones` are those it ever stood in."""

    shots: tuple[FaceShot, ...] = ()
    best: BestShot | None = None
    told: Told | None = None
    zones: tuple[str, ...] = ()


def nameable(measured: FaceQuality, least_px: int) -> bool:
    """Say whether a shot may name anybody: large, sharp and frontal enough for a template."""
    turned = abs(measured.yaw_deg or 0.0)
    return measured.face_px >= least_px and measured.sharpness >= LEAST_SHARPNESS and turned <= WIDEST_YAW_DEG


def wants_shot(track: FaceTrack, score: float, now_s: float) -> bool:
    """Say whether a shot of this score is worth embedding: few are kept, or it beats the worst of them."""
    recent = _recent(track.shots, now_s)
    if len(recent) < SHOTS_KEPT:
        return True
    return score > min(s.score for s in recent) * 1.1


def with_shot(track: FaceTrack, shot: FaceShot) -> FaceTrack:
    """Return the track with one more embedded shot, the best of the last seconds kept."""
    shots = [*_recent(track.shots, shot.at_s), shot]
    if len(shots) > SHOTS_KEPT:
        shots.remove(min(shots, key=lambda s: s.score))
    return replace(track, shots=tuple(shots))


def with_picture(track: FaceTrack, best: BestShot, zones: Sequence[str]) -> FaceTrack:
    """Return the track with its zones widened and the better of its two pictures."""
    if track.best is not None and track.best.score >= best.score:
        best = track.best
    return replace(track, best=best, zones=tuple(dict.fromkeys((*track.zones, *zones))))


def tell(
    camera: str, number: int, track: FaceTrack, bar: Bar, now_s: float, *, ended: bool
) -> tuple[FaceTrack, Report | None]:
    """Return the track after what there is to say of it at `now_s` was said, and the report if there is one.

    A name is said as soon as it is agreed. Unknown is said after a second of trying, or at the track's
    end. Both are said again every few seconds while the track lives, and at once when the name changes.
    """
    verdict = agree(track.shots, bar)
    if verdict is None or track.best is None or not _worth_telling(track, verdict, now_s, ended=ended):
        return track, None
    repeat = 0 if track.told is None else track.told.repeat + 1
    seen = FaceSeen(
        camera=camera,
        mono_s=now_s,
        track=number,
        subject=verdict.subject,
        similarity=None if verdict.similarity <= NOBODY else round(verdict.similarity, 4),
        frames_agreed=verdict.frames,
        face_px=track.best.face_px,
        box=track.best.box,
        zones=track.zones,
        repeat=repeat,
        picture_score=round(track.best.score, 4),
    )
    told = replace(track, told=Told(verdict.subject, now_s, repeat))
    return told, Report(seen, encode_jpeg(track.best.picture))


def _worth_telling(track: FaceTrack, verdict: Verdict, now_s: float, *, ended: bool) -> bool:
    told = track.told
    if told is None:
        tried_s = track.shots[-1].at_s - track.shots[0].at_s
        return verdict.subject is not None or ended or tried_s >= UNKNOWN_AFTER_S
    if verdict.subject != told.subject:
        return True
    return not ended and now_s - told.at_s >= TELL_AGAIN_AFTER_S


def _recent(shots: Sequence[FaceShot], now_s: float) -> tuple[FaceShot, ...]:
    return tuple(s for s in shots if now_s - s.at_s <= SHOT_WINDOW_S)
