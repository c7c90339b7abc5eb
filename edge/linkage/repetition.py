"""Which observations say something new: a thing that stands is journalled once, not every time it is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.said import CodeScanned, KeysPressed, OrderDone
from edge.access.freeing import is_renewal
from edge.box_events import DoorNotFreed, OpeningOrdered
from edge.events import (
    CameraCleared,
    CameraFound,
    CameraLost,
    CameraTampered,
    FaceSeen,
    Observation,
    PlateRead,
    VisionWorkerFound,
    VisionWorkerLost,
)

TRACK_EVERY_S = 60.0
DEVICE_EVERY_S = 3600.0

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What was last journalled about a thing, and until when saying it again is no news."""

    content: Key
    until_mono_s: float


Standing = Mapping[Key, Told]


@dataclass(frozen=True, slots=True)
class Telling:
    """An observation as a thing, what is said of it, and how often saying the same is news."""

    thing: Key
    content: Key
    every_s: float


def step(standing: Standing, seen: Observation, mono_s: float) -> tuple[Standing, bool]:
    """Take note of an observation; say whether the journal needs it."""
    if isinstance(seen, KeysPressed | CodeScanned):
        # A code typed at a door is nobody's to read later.
        return standing, False
    telling = _telling(seen)
    if telling is None:
        return standing, True
    told = standing.get(telling.thing)
    if told is not None and told.content == telling.content and mono_s < told.until_mono_s:
        return standing, False
    kept = {k: t for k, t in standing.items() if t.until_mono_s > mono_s}
    kept[telling.thing] = Told(telling.content, mono_s + telling.every_s)
    return kept, True


def _telling(seen: Observation) -> Telling | None:
    if isinstance(seen, FaceSeen | PlateRead):
        return _of_a_track(seen)
    if isinstance(seen, OpeningOrdered | OrderDone | DoorNotFreed):
        return _of_a_freed_door(seen)
    return _of_a_device(seen)


def _of_a_track(seen: FaceSeen | PlateRead) -> Telling:
    if isinstance(seen, FaceSeen):
        return Telling(
            ("face", seen.camera, str(seen.track)), (seen.subject or "", *seen.zones), TRACK_EVERY_S
        )
    return Telling(("plate", seen.camera, str(seen.track)), (seen.text, *seen.zones), TRACK_EVERY_S)


def _of_a_freed_door(seen: OpeningOrdered | OrderDone | DoorNotFreed) -> Telling | None:
    """Return how a pulse that keeps a freed door open is told: DoorFreed and DoorSecured say it once."""
    if isinstance(seen, DoorNotFreed):
        return Telling(("not_freed", seen.device), (seen.refused,), DEVICE_EVERY_S)
    if not is_renewal(seen.order):
        return None
    if isinstance(seen, OpeningOrdered):
        return Telling(("freed", seen.device), (seen.why,), DEVICE_EVERY_S)
    return Telling(("pulsed", seen.device), (seen.refused or "",), DEVICE_EVERY_S)


def _of_a_device(seen: Observation) -> Telling | None:
    thing: Key
    match seen:
        case CameraLost(camera=camera, reason=reason):
            thing, content = ("stream", camera), ("lost", reason)
        case CameraFound(camera=camera, codec=codec, width=width, height=height):
            thing, content = ("stream", camera), ("found", f"{codec} {width}x{height}")
        case CameraTampered(camera=camera, how=how):
            thing, content = ("view", camera, how), ("tampered", how)
        case CameraCleared(camera=camera, how=how):
            thing, content = ("view", camera, how), ("cleared", how)
        case VisionWorkerLost(worker=worker, reason=reason):
            thing, content = ("worker", str(worker)), ("lost", reason)
        case VisionWorkerFound(worker=worker):
            thing, content = ("worker", str(worker)), ("found", "")
        case _:
            return None
    return Telling(thing, content, DEVICE_EVERY_S)
