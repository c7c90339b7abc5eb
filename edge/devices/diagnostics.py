"""What support needs to know of a box, as one JSON value: pure, and redacted by `edge.devices.redaction`.

Of each device only what belongs to a closed list is told: states that a driver can tell, reasons that the
catalogue knows, and the details of those reasons that are about ports and hosts, never about cards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import get_args

from drivers import said
from edge.catalogue import sentences
from edge.control.messages import CameraStanding, DeviceStanding, Standing
from edge.devices import redaction
from edge.events import Observation
from edge.linkage.states import Held
from edge.site.errors import SiteErrors
from edge.site.roster import Listed, roster
from edge.site.schema import Site

JOURNAL_DAY_S = 86_400.0
OTHER = "other"

_STATES = frozenset(
    (
        *get_args(said.DoorPosition),
        *get_args(said.LockState),
        *get_args(said.ZoneState),
        *get_args(said.PowerState),
        *("armed", "disarmed", "lost", "found"),
    )
)
_POINTS = frozenset({"position", "lock", "armed", "housing", "power", "link"})
_IDENTITY = r"[A-Za-z0-9][A-Za-z0-9 ._/()+-]{0,79}"
# What a probe or another package's driver says of itself may be anything, a hardware address for one.
_OPAQUE = frozenset({"probe", "extension"})
# The details of these reasons are a port's path, a host, or the system's word for what is wrong with it.
_TOLD_DETAILS = frozenset(
    {
        "modbus.silent",
        "modbus.rejected",
        "modbus.line_missing",
        "modbus.line_broken",
        "door.port_gone",
        "door.port_busy",
        "door.no_such_port",
        "door.port_denied",
        "door.unreachable",
    }
)
_DETAIL = r"[A-Za-z0-9 ._:/\[\](),+-]{0,200}"
_CONDITION = r"[a-z_]{1,20}"
_ALERT_KIND = r"[a-z_]{1,40}"


@dataclass(frozen=True, slots=True)
class Memory:
    """What the database holds: last states, journal rows of the last day and open alerts, counted by kind.

    `names` are the people and plates of the registers: they are looked for, and never told. `error` says why
    the database could not be read.
    """

    held: Held = field(default_factory=Held)
    journal: Mapping[str, int] = field(default_factory=dict)
    alerts: Mapping[str, int] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """The machine and what runs on it: nothing of it says whose it is."""

    versions: Mapping[str, str]
    machine: Mapping[str, object]
    wall_s: float


def report(
    box: Box, site: Site, memory: Memory, standing: Standing | None, unanswered: str | None
) -> dict[str, object]:
    """Return the whole report. `unanswered` is the catalogue key of why the daemon did not answer."""
    listed = roster(site.wires)
    asked = {} if standing is None else {device.device: device for device in standing.devices}
    told: dict[str, object] = {
        **_head(box),
        "daemon": {"answers": standing is not None, "reason": unanswered},
        "database": {"error": memory.error},
        "site": redaction.site(site),
        "wires": {name: _wire(name, site, listed, asked, memory.held) for name in site.wires},
        "cameras": [] if standing is None else [_camera(camera) for camera in standing.cameras],
        "journal_last_day": _counted(memory.journal, _OBSERVATIONS),
        "open_alerts": {redaction.matching(kind, _ALERT_KIND): n for kind, n in memory.alerts.items()},
    }
    scrubbed = redaction.scrubbed(told, memory.names)
    return scrubbed if isinstance(scrubbed, dict) else {}


def refused(box: Box, errors: SiteErrors) -> dict[str, object]:
    """Return the report of a box whose site file has errors: where they are, and never what stands there."""
    found = [{"line": error.line, "key": error.key} for error in errors.errors]
    return {**_head(box), "site": {"errors": found}}


def _head(box: Box) -> dict[str, object]:
    return {"made_wall_s": box.wall_s, "versions": dict(box.versions), "machine": dict(box.machine)}


def _wire(
    name: str, site: Site, listed: Mapping[str, Listed], asked: Mapping[str, DeviceStanding], held: Held
) -> dict[str, object]:
    devices = [each for each in listed.values() if each.wire == name]
    return {
        "kind": site.wires[name].kind,
        "devices": [_device(each, asked.get(each.id), held) for each in devices],
    }


def _device(listed: Listed, standing: DeviceStanding | None, held: Held) -> dict[str, object]:
    if standing is None:
        points = {
            point: (state, held.since_wall_s.get((device, point)))
            for (device, point), state in held.states.items()
            if device == listed.id
        }
    else:
        points = {point.point: (point.state, point.since_wall_s) for point in standing.points}
    return {
        "id": listed.id,
        "kind": listed.kind,
        "health": None if standing is None else _health(listed, standing),
        "states": list(_states(listed, points)),
    }


def _health(listed: Listed, standing: DeviceStanding) -> dict[str, object]:
    return {
        "online": standing.online,
        "last_word_age_s": standing.last_word_age_s,
        "words": standing.words,
        "malformed": standing.malformed,
        "reconnects": standing.reconnects,
        "reason": _reason(standing.reason),
        "detail": _detail(standing) if listed.kind not in _OPAQUE else redaction.REDACTED,
        "condition": standing.condition and redaction.matching(standing.condition, _CONDITION),
    }


def _detail(standing: DeviceStanding) -> str:
    if standing.reason not in _TOLD_DETAILS:
        return redaction.REDACTED if standing.detail else ""
    return redaction.matching(standing.detail, _DETAIL)


def _reason(key: str | None) -> str | None:
    return key if key is None or key in sentences("zh-CN") else OTHER


def _states(listed: Listed, points: Mapping[str, tuple[str, float | None]]) -> Iterator[dict[str, object]]:
    known = {
        *_POINTS,
        *(f"zone:{zone}" for zone in listed.zones),
        *(f"contact:{contact}" for contact in listed.contacts),
    }
    for point, (state, since_wall_s) in points.items():
        if point == "identity":
            fine = "" if listed.kind in _OPAQUE else _IDENTITY
            yield {"point": point, "state": redaction.matching(state, fine), "since_wall_s": since_wall_s}
        elif point in known:
            told = state if state in _STATES else redaction.REDACTED
            yield {"point": point, "state": told, "since_wall_s": since_wall_s}


def _camera(camera: CameraStanding) -> dict[str, object]:
    return {
        "id": camera.camera,
        "online": camera.online,
        "state": redaction.matching(camera.state, _CONDITION),
        "last_packet_age_s": camera.last_packet_age_s,
        "last_frame_age_s": camera.last_frame_age_s,
        "frames": camera.frames,
        "malformed": camera.malformed,
        "reconnects": camera.reconnects,
        "reason": _reason(camera.reason),
    }


def _counted(rows: Mapping[str, int], known: frozenset[str]) -> dict[str, int]:
    told: dict[str, int] = {}
    for kind, number in rows.items():
        named = kind if kind in known else OTHER
        told[named] = told.get(named, 0) + number
    return told


def _names_of(union: object) -> Iterator[str]:
    for each in get_args(union):
        if isinstance(each, UnionType):
            yield from _names_of(each)
        else:
            yield each.__name__


_OBSERVATIONS = frozenset(_names_of(Observation))
