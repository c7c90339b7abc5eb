"""Talks to every device once, before the daemon does: who is there, and what has to be fixed.

Wires are asked side by side, the devices of one wire one after another; a camera is a wire of its own.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from drivers.base import DeviceError, Identity, Transient
from edge.devices.building import Built, driver_failed, misconfigured
from edge.devices.stream_probing import Stream, probe_stream
from edge.refusal import Refused
from edge.site.cameras import wiring_of
from edge.site.credentials import read_secret
from edge.site.roster import Listed
from edge.site.schema import Camera, Site

# Longer than any driver of ours takes: half a minute for a probe that is silent.
HANGS_AFTER_S = 45.0
# Each is a process that loads the codecs.
STREAMS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of one device or stream: what it is, or why it could not be talked to."""

    device: str
    name: str
    found: Identity | Stream | None
    error: DeviceError | None = None


Probe = Callable[[], Identity | Stream]
Asked = tuple[str, str, Probe]


def probe_all(
    site: Site, roster: Mapping[str, Listed], built: Sequence[Built], environment: Mapping[str, str]
) -> tuple[Probed, ...]:
    """Talk to every device and camera of a site, in the order of its file; mostly within half a minute.

    What hangs on a board or a controller is that one's to answer for.
    """
    wires = [_of_wire(one, roster) for one in built]
    cameras = [_of_camera(name, camera, environment) for name, camera in site.cameras.items()]
    with ThreadPoolExecutor(max(1, len(wires))) as pool, ThreadPoolExecutor(STREAMS_AT_ONCE) as few:
        # Both are at work from here on.
        asked = pool.map(_one_by_one, wires), few.map(_one_by_one, cameras)
        told = [some for half in asked for some in half]
    return tuple(probed for some in told for probed in some)


def _of_wire(built: Built, roster: Mapping[str, Listed]) -> list[Asked]:
    return [
        (device, roster[device].name, partial(_driver, built, device))
        for device in built.devices
        if roster[device].parent is None
    ]


def _of_camera(name: str, camera: Camera, environment: Mapping[str, str]) -> list[Asked]:
    """Return its streams; the second goes by its key in the site file."""
    watched: Asked = (name, camera.name, partial(_stream, name, camera, camera.source, environment))
    if camera.main_source is None:
        return [watched]
    main = partial(_stream, name, camera, camera.main_source, environment)
    return [watched, (f"{name}.main_source", camera.name, main)]


def _one_by_one(wire: Sequence[Asked]) -> list[Probed]:
    told: list[Probed] = []
    hung: str | None = None
    for device, name, probe in wire:
        if hung is not None:
            told.append(Probed(device, name, None, _not_asked(device, hung)))
            continue
        probed = _bounded(device, name, probe)
        if probed is None:
            hung, probed = device, Probed(device, name, None, _hangs(device))
        told.append(probed)
    return told


def _bounded(device: str, name: str, probe: Probe) -> Probed | None:
    """Return what became of a device; None where its driver hangs, which then keeps its wire."""
    told: list[Probed] = []
    thread = threading.Thread(
        target=lambda: told.append(_probed(device, name, probe)), name=f"probe-{device}", daemon=True
    )
    thread.start()
    thread.join(HANGS_AFTER_S)
    return told[0] if told else None


def _probed(device: str, name: str, probe: Probe) -> Probed:
    try:
        return Probed(device, name, probe())
    except DeviceError as error:
        return Probed(device, name, None, error)
    except Exception as error:  # noqa: BLE001 - one device must not keep the others from being asked
        return Probed(device, name, None, driver_failed(device, f"{type(error).__name__}: {error}"))


def _driver(built: Built, device: str) -> Identity:
    if built.driver is None:
        raise built.error or driver_failed(built.wire, "-")
    return built.driver.probe(device)


def _stream(name: str, camera: Camera, source: str, environment: Mapping[str, str]) -> Stream:
    """Open one of a camera's streams and wait for its first picture."""
    try:
        password = None if camera.password is None else read_secret(camera.password, Path("/"), environment)
    except Refused as refused:
        raise misconfigured(refused) from refused
    return probe_stream(wiring_of(name, camera, password), source)


def _hangs(device: str) -> Transient:
    return Transient(
        "check.hangs",
        "the driver of {device} does not come back within {seconds:.0f} s: report this",
        device=device,
        seconds=HANGS_AFTER_S,
    )


def _not_asked(device: str, other: str) -> Transient:
    return Transient(
        "check.not_asked",
        "{device} was not asked, because {other} holds their wire: see to {other} first",
        device=device,
        other=other,
    )
