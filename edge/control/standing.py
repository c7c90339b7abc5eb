"""How everything stands: what drivers, rules and vision workers know, put together for whoever asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drivers.base import DeviceHealth
from edge.control.messages import CameraStanding, DeviceStanding, Point, Standing
from edge.linkage.door_alarms import Doors
from edge.linkage.states import Held
from edge.site.roster import Listed
from edge.site.schema import Camera, Site
from edge.vision.messages import CameraState, Heartbeat
from edge.vision.supervisor import HEARD_WITHIN_S


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known at one moment. `heartbeats` are the newest of each worker, with its cameras."""

    health: Mapping[str, DeviceHealth]
    held: Held
    doors: Doors
    heartbeats: tuple[tuple[tuple[str, ...], Heartbeat | None], ...]
    wall_s: float
    mono_s: float


def standing(site: Site, roster: Mapping[str, Listed], known: Known) -> Standing:
    """Return how every device and camera of the site is."""
    beats = {camera: beat for cameras, beat in known.heartbeats for camera in cameras}
    return Standing(
        site=site.site.id,
        name=site.site.name,
        wall_s=known.wall_s,
        devices=tuple(_device(listed, known) for listed in roster.values()),
        cameras=tuple(
            _camera(name, camera, beats.get(name), known.mono_s) for name, camera in site.cameras.items()
        ),
    )


def _device(listed: Listed, known: Known) -> DeviceStanding:
    health = known.health.get(listed.id) or _unheard(listed.id)
    door = known.doors.get(listed.id)
    condition = "unknown" if door is None else door.state.condition
    return DeviceStanding(
        device=listed.id,
        name=listed.name,
        place=listed.place,
        kind=listed.kind,
        wire=listed.wire,
        online=health.online,
        last_word_age_s=health.last_word_age_s,
        words=health.words,
        malformed=health.malformed,
        reconnects=health.reconnects,
        reason=health.reason,
        detail=health.detail,
        condition=None if listed.held_after_s is None else condition,
        points=tuple(_points(listed, known.held)),
    )


def _points(listed: Listed, held: Held) -> Iterable[Point]:
    for (device, point), state in held.states.items():
        if device == listed.id:
            since_wall_s = held.since_wall_s.get((device, point))
            yield Point(point=point, name=_called(listed, point), state=state, since_wall_s=since_wall_s)


def _called(listed: Listed, point: str) -> str:
    of, _, name = point.partition(":")
    if of == "zone" and name in listed.zones:
        return listed.zones[name].name
    return listed.contacts.get(name, name) if of == "contact" else name


def _camera(name: str, camera: Camera, beat: Heartbeat | None, now_s: float) -> CameraStanding:
    beat_age_s = 0.0 if beat is None else max(0.0, now_s - beat.mono_s)
    state = None if beat is None or beat_age_s > HEARD_WITHIN_S else beat.cameras.get(name)
    said = state or CameraState("blind", None, None, 0, 0, 0, reason="control.no_worker")
    return CameraStanding(
        camera=name,
        name=camera.name,
        place=camera.place,
        online=said.state == "streaming",
        state=said.state,
        last_packet_age_s=_older(said.last_packet_age_s, beat_age_s),
        last_frame_age_s=_older(said.last_frame_age_s, beat_age_s),
        frames=said.frames,
        malformed=said.malformed,
        reconnects=said.reconnects,
        reason=said.reason,
        detail=said.detail,
    )


def _older(age_s: float | None, by_s: float) -> float | None:
    return None if age_s is None else age_s + by_s


def _unheard(device: str) -> DeviceHealth:
    return DeviceHealth(device, online=False, last_word_age_s=None, words=0, malformed=0, reconnects=0)
