"""A camera's health to CameraLost and CameraFound: once each, with the age."""

from dataclasses import dataclass, replace

from drivers.cameras.camera import CameraHealth
from edge.events import CameraFound, CameraLost, Observation


@dataclass(frozen=True, slots=True)
class Watch:
    """What was last said of a camera. `lost_s` is when it was lost, or None while it is there."""

    camera: str
    lost_after_s: float
    since_s: float
    there: bool = False
    told_lost: bool = False
    lost_s: float | None = None


def step(watch: Watch, health: CameraHealth, now_s: float) -> tuple[Watch, list[Observation]]:
    """Return the watch after `health` was read at `now_s`, and what there is to say."""
    age = health.last_frame_age_s
    fresh = age is not None and age < watch.lost_after_s
    if fresh and not watch.there:
        away = None if watch.lost_s is None else now_s - watch.lost_s
        found = CameraFound(
            camera=watch.camera,
            mono_s=now_s,
            away_s=away,
            width=health.width,
            height=health.height,
            codec=health.codec,
        )
        return replace(watch, there=True, told_lost=False, lost_s=None), [found]
    if fresh or watch.told_lost:
        return watch, []
    silent_since = watch.since_s if age is None else now_s - age
    if now_s - silent_since < watch.lost_after_s:
        return watch, []
    lost = CameraLost(
        camera=watch.camera,
        mono_s=now_s,
        reason=health.reason or "camera.no_frames",
        detail=health.detail,
        last_frame_age_s=age,
    )
    return replace(watch, there=False, told_lost=True, lost_s=silent_since), [lost]
