"""Every device of a site file in one list: what guards call it, where it is, what kind of thing it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from edge.site.wires import (
    Device,
    ExtensionWire,
    ModbusWire,
    OnvifWire,
    OsdpReader,
    OsdpWire,
    PatrolWire,
    PtzCamera,
    QrWire,
    RelayBoard,
    UhppoteWire,
    Wire,
)

Kind = Literal[
    "reader",
    "controller",
    "door",
    "fence",
    "relay_board",
    "lock",
    "barrier",
    "sounder",
    "probe",
    "patrol_reader",
    "scanner",
    "ptz",
    "extension",
]


@dataclass(frozen=True, slots=True)
class ZoneListed:
    """One zone of a fence: its name and the cameras that see it, the best first."""

    name: str
    cameras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """One device. `held_after_s` is set where it has a door that may stand open for so long.

    `parent` is the board or controller that it hangs on, with which it is lost and found.

    `zones` are the names of a fence's zones, `contacts` those of the inputs on its board, `presets` those of
    a PTZ camera's directions, by their ids; `camera` is the camera whose picture it turns.
    """

    id: str
    wire: str
    kind: Kind
    name: str
    place: str
    parent: str | None = None
    held_after_s: float | None = None
    patrol_point: bool = False
    zones: Mapping[str, ZoneListed] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)
    camera: str | None = None
    presets: Mapping[str, str] = field(default_factory=dict)


def roster(wires: Mapping[str, Wire]) -> Mapping[str, Listed]:
    """Return the devices of all wires by their ids, in the order of the site file."""
    return {listed.id: listed for name, wire in wires.items() for listed in _of_wire(name, wire)}


def is_door(listed: Listed) -> bool:
    """Say whether people pass at a device: a door of a controller, a lock, a reader that has a door."""
    return listed.kind in {"door", "lock"} or (listed.kind == "reader" and listed.held_after_s is not None)


def _of_wire(name: str, wire: Wire) -> Iterator[Listed]:
    match wire:
        case OsdpWire():
            yield from (_reader(name, *reader) for reader in wire.readers.items())
        case UhppoteWire():
            yield from _controllers(name, wire)
        case ModbusWire():
            yield from _bus(name, wire)
        case PatrolWire():
            yield from (
                _listed(name, d, "patrol_reader", p, patrol_point=True) for d, p in wire.readers.items()
            )
        case QrWire():
            yield from (_listed(name, d, "scanner", one) for d, one in wire.scanners.items())
        case OnvifWire():
            yield from (_ptz(name, *camera) for camera in wire.cameras.items())
        case ExtensionWire():
            yield from (_listed(name, d, "extension", other) for d, other in wire.devices.items())
        case _:
            yield from (_listed(name, d, "probe", probe) for d, probe in wire.probes.items())


def _reader(wire: str, device: str, reader: OsdpReader) -> Listed:
    held_after_s = reader.door.held_after_s if reader.door else None
    return _listed(
        wire, device, "reader", reader, held_after_s=held_after_s, patrol_point=reader.patrol_point
    )


def _ptz(wire: str, device: str, camera: PtzCamera) -> Listed:
    presets = {preset: at.name for preset, at in camera.presets.items()}
    return _listed(wire, device, "ptz", camera, camera=camera.camera, presets=presets)


def _controllers(wire: str, network: UhppoteWire) -> Iterator[Listed]:
    for device, controller in network.controllers.items():
        yield _listed(wire, device, "controller", controller)
        for door, at in controller.doors.items():
            yield _listed(wire, door, "door", at, parent=device, held_after_s=at.held_after_s)


def _bus(wire: str, bus: ModbusWire) -> Iterator[Listed]:
    for device, fence in bus.fences.items():
        zones = {zone: ZoneListed(at.name, at.cameras) for zone, at in fence.zones.items()}
        yield _listed(wire, device, "fence", fence, zones=zones)
    for device, board in bus.relay_boards.items():
        yield from _board(wire, device, board)


def _board(wire: str, device: str, board: RelayBoard) -> Iterator[Listed]:
    contacts = {contact: at.name or contact for contact, at in board.contacts.items()}
    yield _listed(wire, device, "relay_board", board, contacts=contacts)
    for lock, at in board.locks.items():
        held_after_s = at.held_after_s if at.door_contact else None
        yield _listed(wire, lock, "lock", at, parent=device, held_after_s=held_after_s, contacts=contacts)
    for barrier, arm in board.barriers.items():
        yield _listed(wire, barrier, "barrier", arm, parent=device, contacts=contacts)
    for sounder, siren in board.sounders.items():
        yield _listed(wire, sounder, "sounder", siren, parent=device)


def _listed(
    wire: str,
    device: str,
    kind: Kind,
    section: Device,
    *,
    parent: str | None = None,
    held_after_s: float | None = None,
    patrol_point: bool = False,
    zones: Mapping[str, ZoneListed] | None = None,
    contacts: Mapping[str, str] | None = None,
    camera: str | None = None,
    presets: Mapping[str, str] | None = None,
) -> Listed:
    return Listed(
        id=device,
        wire=wire,
        kind=kind,
        name=section.name,
        place=section.place,
        parent=parent,
        held_after_s=held_after_s,
        patrol_point=patrol_point,
        zones=zones or {},
        contacts=contacts or {},
        camera=camera,
        presets=presets or {},
    )
