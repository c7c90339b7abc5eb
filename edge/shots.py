"""The last picture of each camera, in memory only, for alerts that no picture of their own comes with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.events import CameraObservation, Report

# An older picture shows what was, not what the alert is about.
RECENT_S = 30.0


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture (JPEG) and when it was reported (monotonic seconds)."""

    jpeg: bytes = field(repr=False)
    at_s: float


Shots = Mapping[str, Shot]


def step(shots: Shots, report: Report, now_s: float) -> Shots:
    """Return the pictures after a report: one a camera."""
    if report.picture is None or not isinstance(report.observation, CameraObservation):
        return shots
    return {**shots, report.observation.camera: Shot(report.picture, now_s)}


def recent(shots: Shots, camera: str | None, now_s: float) -> bytes | None:
    """Return what a camera showed lately; None where it did not."""
    shot = None if camera is None else shots.get(camera)
    return shot.jpeg if shot is not None and now_s - shot.at_s <= RECENT_S else None
