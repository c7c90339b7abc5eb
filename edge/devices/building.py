"""From the wires of a site to their drivers. Nothing is opened here."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path

from drivers.base import DeviceError, Driver, Misconfigured
from drivers.cameras.ptz_wiring import PtzWiring
from drivers.codes.scanner import CodeScanner
from drivers.doors.osdp_bus import OsdpBus
from drivers.doors.uhppote_controllers import UhppoteControllers
from drivers.extensions import Clocks, factory
from drivers.fences.host import FenceStation
from drivers.listening.faults import patrol_fault, probe_fault, scanner_fault
from drivers.listening.http_wire import HttpWire, HttpWiring
from drivers.listening.mqtt_wire import BrokerWiring, MqttWire
from drivers.listening.serial_wire import SerialWire
from drivers.listening.udp_wire import UdpWire
from drivers.modbus.bus import ModbusBus
from drivers.modbus.relay_board import RelayStation
from drivers.modbus.station import Station
from drivers.patrol.reader import PatrolReader
from drivers.probes.decoding import LineDatagrams, LineStream, Posts
from drivers.probes.driver import ProbeDriver
from drivers.probes.wiring import Surroundings
from edge.clock import Clock
from edge.refusal import Refused
from edge.site import wirings
from edge.site.credentials import read_secret
from edge.site.roster import roster
from edge.site.schema import Site
from edge.site.sections import Secret
from edge.site.wires import (
    ExtensionWire,
    ModbusWire,
    OnvifWire,
    OsdpWire,
    PatrolWire,
    ProbeHttpWire,
    ProbeMqttWire,
    ProbeSerialWire,
    ProbeUdpWire,
    PtzCamera,
    QrWire,
    UhppoteWire,
    Wire,
)


@dataclass(frozen=True, slots=True)
class Built:
    """One wire: its devices, and its driver or what keeps it out."""

    wire: str
    devices: tuple[str, ...]
    driver: Driver | None
    error: DeviceError | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What drivers take from the world: clocks, the site's name and time zone, the secrets' environment."""

    clock: Clock
    site: str
    timezone: tzinfo
    environment: Mapping[str, str]
    randomness: Callable[[int], bytes] = secrets.token_bytes


def build(site: Site, clock: Clock, environment: Mapping[str, str]) -> tuple[Built, ...]:
    """Build every wire's driver; a wire whose driver cannot be built stays out, with the reason."""
    around = Around(clock, site.site.id, site.site.zone_info, environment)
    listed = roster(site.wires)
    return tuple(
        _built(name, wire, tuple(d.id for d in listed.values() if d.wire == name), around)
        for name, wire in site.wires.items()
    )


def _built(name: str, wire: Wire, devices: tuple[str, ...], around: Around) -> Built:
    try:
        return Built(name, devices, _driver(name, wire, around))
    except DeviceError as error:
        return Built(name, devices, None, error)
    except Refused as error:
        return Built(name, devices, None, misconfigured(error))
    except Exception as error:  # noqa: BLE001 - another package's driver must not stop the box
        detail = f"{type(error).__name__}: {error}"
        return Built(name, devices, None, driver_failed(name, detail))


def driver_failed(wire: str, detail: str) -> Misconfigured:
    """Return the error of a driver that failed in a way of its own: its wire stays out."""
    return Misconfigured(
        "devices.driver_failed",
        "the driver of {wire} failed ({detail}): report this",
        wire=wire,
        detail=detail,
    )


def misconfigured(refused: Refused) -> Misconfigured:
    """Return a refusal, of a secret for example, as an error of the device that needs it."""
    sentence = str(refused).replace("{", "{{").replace("}", "}}")
    return Misconfigured(refused.key, sentence, **refused.values)


def _driver(  # noqa: PLR0911 - one a kind
    name: str, wire: Wire, around: Around
) -> Driver:
    mono = around.clock.mono
    match wire:
        case OsdpWire():
            return OsdpBus(wirings.osdp(wire), mono)
        case UhppoteWire():
            return UhppoteControllers(wirings.uhppote(wire), mono)
        case ModbusWire():
            stations: tuple[Station, ...] = (
                *(FenceStation(wirings.fence(*at)) for at in wire.fences.items()),
                *(RelayStation(wirings.relay_board(*at)) for at in wire.relay_boards.items()),
            )
            return ModbusBus(wirings.modbus_line(wire), stations, mono=mono)
        case PatrolWire():
            ((device, reader),) = wire.readers.items()
            port = SerialWire(wire.port, wire.baud, patrol_fault)
            return PatrolReader(wirings.patrol_reader(device, reader), port, mono)
        case QrWire():
            ((device, scanner),) = wire.scanners.items()
            port = SerialWire(wire.port, wire.baud, scanner_fault)
            return CodeScanner(wirings.code_scanner(device, scanner), port, mono)
        case OnvifWire():
            # Brings an HTTP client along.
            from drivers.cameras.ptz import PtzCameras

            return PtzCameras(wirings.onvif(wire, partial(_ptz, around)), mono)
        case ExtensionWire():
            return factory(wire.driver)(tuple(wire.devices), wire.settings, Clocks(around.clock.wall, mono))
        case _:
            return _probe_driver(name, wire, around)


def _ptz(around: Around, device: str, camera: PtzCamera) -> PtzWiring:
    """Return a camera's wiring; one whose password cannot be read is out, and the others are not."""
    try:
        return wirings.ptz_camera(device, camera, _secret(camera.password, around))
    except Refused as error:
        return wirings.ptz_camera(device, camera, out=misconfigured(error))


def _probe_driver(name: str, wire: wirings.ProbeWire, around: Around) -> ProbeDriver:
    here = Surroundings(around.clock.wall, around.clock.mono, around.timezone, around.randomness)
    probes = wirings.probes(wire)
    match wire:
        case ProbeSerialWire():
            return ProbeDriver(probes, SerialWire(wire.port, wire.baud, probe_fault), LineStream(), here)
        case ProbeUdpWire():
            udp = UdpWire(wire.listen_host, wire.listen_port, probe_fault)
            return ProbeDriver(probes, udp, LineDatagrams(), here)
        case ProbeHttpWire():
            token = _secret(wire.token, around)
            http = HttpWire(HttpWiring(wire.listen_host, wire.listen_port, token), probe_fault)
            return ProbeDriver(probes, http, Posts(), here)
        case ProbeMqttWire():
            return ProbeDriver(probes, MqttWire(_broker(name, wire, around), probe_fault), Posts(), here)


def _broker(name: str, wire: ProbeMqttWire, around: Around) -> BrokerWiring:
    return BrokerWiring(
        host=wire.host,
        port=wire.port,
        topics=wire.topics,
        client_id=f"menwei-{around.site}-{name}",
        username=wire.username,
        password=_secret(wire.password, around),
        tls=wire.tls,
        ca_file=None if wire.ca_file is None else str(wire.ca_file),
    )


def _secret(secret: Secret | None, around: Around) -> str | None:
    return None if secret is None else read_secret(secret, Path("/"), around.environment)
