"""From a wire of the site file to the frozen wiring that its driver, and its simulator, take.

Every function may raise one of the drivers' errors; `faults` gathers them all, each with its place.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from drivers.barriers.arm import BarrierWiring
from drivers.base import DeviceError
from drivers.cameras.onvif_wiring import OnvifWiring
from drivers.cameras.ptz_wiring import PtzNetworkWiring, PtzWiring
from drivers.codes.scanner import CodeScannerWiring
from drivers.doors.osdp_wiring import OsdpBusWiring, OsdpReaderWiring
from drivers.doors.uhppote_wiring import UhppoteDoorWiring, UhppoteNetworkWiring, UhppoteWiring
from drivers.fences import profile_files
from drivers.fences.host import FenceWiring
from drivers.modbus.relay_wiring import Contact, LockWiring, Output, RelayWiring
from drivers.modbus.wiring import Line, SerialLine, TcpLine
from drivers.patrol.debouncing import Debouncing
from drivers.patrol.reader import PatrolReaderWiring
from drivers.probes.density import Measuring
from drivers.probes.wiring import ProbeWiring, by_sender
from drivers.sounders.limits import SounderWiring
from edge.site.errors import Place
from edge.site.wires import (
    CodeScanner,
    ExtensionWire,
    Fence,
    ModbusWire,
    OnvifWire,
    OsdpReader,
    OsdpWire,
    PatrolReader,
    PatrolWire,
    Probe,
    ProbeHttpWire,
    ProbeMqttWire,
    ProbeSerialWire,
    ProbeUdpWire,
    PtzCamera,
    QrWire,
    RelayBoard,
    UhppoteController,
    UhppoteWire,
    Wire,
)

ProbeWire = ProbeSerialWire | ProbeUdpWire | ProbeMqttWire | ProbeHttpWire

Fault = tuple[Place, DeviceError]
T = TypeVar("T")

_PARITY: Mapping[str, Literal["N", "E", "O"]] = {"none": "N", "even": "E", "odd": "O"}


def osdp(wire: OsdpWire) -> OsdpBusWiring:
    """Return how a bus of OSDP readers is wired."""
    readers = tuple(osdp_reader(device, reader) for device, reader in wire.readers.items())
    return OsdpBusWiring(wire.port, readers, wire.baud)


def osdp_reader(device: str, reader: OsdpReader) -> OsdpReaderWiring:
    """Return how one reader is wired; one without a door has no inputs that mean anything."""
    door = reader.door
    return OsdpReaderWiring(
        id=device,
        address=reader.address,
        key_file=reader.key_file,
        contact_input=door.contact_input if door else None,
        contact_open_when_active=door.contact_open_when_active if door else True,
        exit_input=door.exit_input if door else None,
        lock_output=door.lock_output if door else 0,
        lost_after_s=reader.lost_after_s,
    )


def uhppote(wire: UhppoteWire) -> UhppoteNetworkWiring:
    """Return how a network of UHPPOTE controllers is wired."""
    controllers = tuple(uhppote_controller(device, one) for device, one in wire.controllers.items())
    return UhppoteNetworkWiring(controllers, wire.listen_host, wire.listen_port)


def uhppote_controller(device: str, controller: UhppoteController) -> UhppoteWiring:
    """Return how one controller is wired."""
    return UhppoteWiring(
        id=device,
        serial=controller.serial,
        host=controller.host,
        doors=tuple(UhppoteDoorWiring(door, d.number) for door, d in controller.doors.items()),
        port=controller.port,
        poll_s=controller.poll_ms / 1000,
        lost_after_s=controller.lost_after_s,
    )


def modbus_line(wire: ModbusWire) -> Line:
    """Return the line of a Modbus bus."""
    answer = {} if wire.answer_ms is None else {"answer_s": wire.answer_ms / 1000}
    if wire.host is not None:
        return TcpLine(host=wire.host, port=wire.tcp_port, baud=wire.baud, **answer)
    return SerialLine(
        port=wire.port or "",
        baud=wire.baud,
        parity=_PARITY[wire.parity],
        stop_bits=wire.stop_bits,
        **answer,
    )


def fence(device: str, host: Fence) -> FenceWiring:
    """Return how one fence host is wired; its profile is read."""
    profile = profile_files.load(profile_source(host.profile))
    return FenceWiring(device, host.unit, profile, tuple(host.zones), host.lost_after_s)


def profile_source(profile: str) -> str | Path:
    """Return what `profile_files` takes: a shipped profile's name, or a path."""
    return Path(profile) if profile.endswith((".yaml", ".yml")) else profile


def relay_board(device: str, board: RelayBoard) -> RelayWiring:
    """Return how one relay board is wired."""
    return RelayWiring(
        id=device,
        unit=board.unit,
        outputs={name: Output(o.channel, o.longest_ms, o.lasting) for name, o in board.outputs.items()},
        contacts={
            name: Contact(c.address, c.function, c.normally_closed) for name, c in board.contacts.items()
        },
        locks=tuple(LockWiring(lock, at.output, at.door_contact) for lock, at in board.locks.items()),
        barriers=tuple(
            BarrierWiring(
                id=barrier,
                raise_output=at.raise_output,
                lower_output=at.lower_output,
                guards=at.guards,
                pulse_ms=at.pulse_ms,
                travel_s=at.travel_s,
            )
            for barrier, at in board.barriers.items()
        ),
        sounders=tuple(
            SounderWiring(sounder, at.outputs, at.longest_s, at.rest_s)
            for sounder, at in board.sounders.items()
        ),
        lost_after_s=board.lost_after_s,
        debounce_s=board.debounce_ms / 1000,
    )


def probes(wire: ProbeWire) -> tuple[ProbeWiring, ...]:
    """Return how the probes of one wire are told apart."""
    wirings = tuple(probe(device, one) for device, one in wire.probes.items())
    by_sender(wirings)
    return wirings


def probe(device: str, one: Probe) -> ProbeWiring:
    """Return how one probe is wired."""
    return ProbeWiring(device, one.sender, one.lost_after_s, Measuring(near_dbm=one.near_dbm))


def patrol_reader(device: str, reader: PatrolReader) -> PatrolReaderWiring:
    """Return how one patrol reader is wired."""
    return PatrolReaderWiring(device, reader.format, reader.lost_after_s, Debouncing(reads=reader.reads))


def code_scanner(device: str, scanner: CodeScanner) -> CodeScannerWiring:
    """Return how one QR scanner is wired."""
    return CodeScannerWiring(device, scanner.lost_after_s)


def ptz_camera(
    device: str, camera: PtzCamera, password: str | None = None, out: DeviceError | None = None
) -> PtzWiring:
    """Return how one PTZ camera is wired; `out` is what keeps it from being asked."""
    return PtzWiring(
        id=device,
        camera=OnvifWiring(camera.host, camera.port, camera.username, password),
        presets={preset: at.preset for preset, at in camera.presets.items()},
        poll_s=camera.poll_s,
        lost_after_s=camera.lost_after_s,
        out=out,
    )


def onvif(wire: OnvifWire, wired: Callable[[str, PtzCamera], PtzWiring] = ptz_camera) -> PtzNetworkWiring:
    """Return how a network of PTZ cameras is wired, each as `wired` says."""
    return PtzNetworkWiring(tuple(wired(device, camera) for device, camera in wire.cameras.items()))


def faults(wire: Wire) -> tuple[tuple[Place, DeviceError], ...]:
    """Return everything that keeps a wire's devices from being wired so, each with its place below the wire.

    What is wrong with the wire as a whole is only looked for where every device of it is right.
    """
    found: list[Fault]
    whole: Callable[[], object] | None
    match wire:
        case OsdpWire():
            found, whole = _each("readers", wire.readers, osdp_reader), partial(osdp, wire)
        case UhppoteWire():
            found, whole = _each("controllers", wire.controllers, uhppote_controller), partial(uhppote, wire)
        case ModbusWire():
            profiles = [error for at in wire.fences.items() for error in _profile(*at)]
            right = {device: host for device, host in wire.fences.items() if not any(_profile(device, host))}
            found = [*profiles, *_each("fences", right, fence)]
            found += _each("relay_boards", wire.relay_boards, relay_board)
            whole = partial(modbus_line, wire)
        case PatrolWire():
            found, whole = _each("readers", wire.readers, patrol_reader), None
        case QrWire():
            found, whole = _each("scanners", wire.scanners, code_scanner), None
        case OnvifWire():
            found, whole = _each("cameras", wire.cameras, ptz_camera), partial(onvif, wire)
        case ExtensionWire():
            found, whole = [], None
        case _:
            found, whole = _each("probes", wire.probes, probe), partial(probes, wire)
    if not found and whole is not None:
        found = _attempt((), whole)
    return tuple(found)


def _each(part: str, devices: Mapping[str, T], make: Callable[[str, T], object]) -> list[Fault]:
    return [
        fault
        for device, wired in devices.items()
        for fault in _attempt((part, device), partial(make, device, wired))
    ]


def _attempt(place: Place, make: Callable[[], object]) -> list[Fault]:
    try:
        make()
    except DeviceError as error:
        return [(place, error)]
    return []


def _profile(device: str, host: Fence) -> Iterator[Fault]:
    for error in profile_files.findings(profile_source(host.profile)):
        yield ("fences", device, "profile"), error
