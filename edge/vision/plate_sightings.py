"""Plates of one camera: tracked, read while they come nearer, told when the frames agree by vote."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.events import Box, PlateRead, Report
from edge.vision.picture import encode_jpeg
from models.plates.found import Picture
from models.plates.grammar import classify
from models.plates.shot import PlateShot
from models.plates.vote import Verdict, vote

SHOTS_KEPT = 12
TELL_AGAIN_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class BestPlate:
    """The picture in which the plate stood widest and sharp, for evidence."""

    score: float
    box: Box
    picture: Picture


@dataclass(frozen=True, slots=True)
class Told:
    """What was last reported of a track."""

    text: str
    exact_reads: int
    at_s: float
    repeat: int


@dataclass(frozen=True, slots=True)
class PlateTrack:
    """What is known of one track. `zones` are those it ever stood in."""

    shots: tuple[PlateShot, ...] = ()
    best: BestPlate | None = None
    told: Told | None = None
    zones: tuple[str, ...] = ()


def reads_like_a_plate(track: PlateTrack) -> bool:
    """Say whether any reader in any frame read what the grammar allows."""
    return any(classify(reading.text) is not None for shot in track.shots for reading in shot.readings)


def wants_shot(track: PlateTrack, width_px: float) -> bool:
    """Say whether a plate of this width is worth reading: few are kept, or it is wider than the narrowest."""
    if len(track.shots) < SHOTS_KEPT:
        return True
    return width_px > min(s.width_px for s in track.shots) * 1.1


def with_shot(track: PlateTrack, shot: PlateShot) -> PlateTrack:
    """Return the track with one more reading, the widest kept."""
    shots = [*track.shots, shot]
    if len(shots) > SHOTS_KEPT:
        shots.remove(min(shots, key=lambda s: s.width_px))
    return replace(track, shots=tuple(shots))


def with_picture(track: PlateTrack, best: BestPlate, zones: Sequence[str]) -> PlateTrack:
    """Return the track with its zones widened and the better of its two pictures."""
    if track.best is not None and track.best.score >= best.score:
        best = track.best
    return replace(track, best=best, zones=tuple(dict.fromkeys((*track.zones, *zones))))


def tell(
    camera: str, number: int, track: PlateTrack, agreeing_reads: int, now_s: float
) -> tuple[PlateTrack, Report | None]:
    """Return the track after what there is to say of it at `now_s` was said, and the report if there is one.

    A plate is said when `agreeing_reads` frames read exactly what the vote elects and no other text was
    read as often, again every few seconds, and at once when a better agreed text replaces it.
    """
    verdict = vote(track.shots)
    if verdict is None or verdict.exact_reads < agreeing_reads or not verdict.modal or track.best is None:
        return track, None
    if not _worth_telling(track.told, verdict, now_s):
        return track, None
    repeat = 0 if track.told is None else track.told.repeat + 1
    read = PlateRead(
        camera=camera,
        mono_s=now_s,
        track=number,
        text=verdict.text,
        plate_type=verdict.plate_type.value,
        colour="unknown" if verdict.colour is None else verdict.colour.value,
        confidence=round(verdict.confidence, 4),
        exact_reads=verdict.exact_reads,
        box=track.best.box,
        zones=track.zones,
        repeat=repeat,
        picture_score=round(track.best.score, 4),
    )
    told = Told(verdict.text, verdict.exact_reads, now_s, repeat)
    return replace(track, told=told), Report(read, encode_jpeg(track.best.picture))


def _worth_telling(told: Told | None, verdict: Verdict, now_s: float) -> bool:
    if told is None:
        return True
    if verdict.text != told.text:
        return verdict.exact_reads > told.exact_reads
    return now_s - told.at_s >= TELL_AGAIN_AFTER_S
