"""Talks to every device once, before the daemon does: who is there, and what has to be fixed.

Wires are asked side by side, the devices of one wire one after another; a camera is a wire of its own.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from drivers.base import DeviceError, Identity, Misconfigured
from drivers.cameras.wiring import CameraWiring
from edge.devices.building import Built
from edge.refusal import Refused
from edge.site.credentials import read_secret
from edge.site.roster import Listed
from edge.site.schema import Camera, Site


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of one device: its identity, or why it could not be talked to."""

    device: str
    name: str
    identity: Identity | None
    error: DeviceError | None = None


Probe = Callable[[], Identity]
Asked = tuple[str, str, Probe]


def probe_all(
    site: Site, roster: Mapping[str, Listed], built: Sequence[Built], environment: Mapping[str, str]
) -> tuple[Probed, ...]:
    """Talk to every device and camera of a site, in the order of its file. Takes up to half a minute.

    What hangs on a board or a controller is that one's to answer for.
    """
    wires = [_of_wire(one, roster) for one in built]
    wires += [
        [(name, camera.name, partial(_camera, name, camera, environment))]
        for name, camera in site.cameras.items()
    ]
    with ThreadPoolExecutor(max(1, len(wires)), thread_name_prefix="probe") as pool:
        return tuple(probed for some in pool.map(_one_by_one, wires) for probed in some)


def _of_wire(built: Built, roster: Mapping[str, Listed]) -> list[Asked]:
    return [
        (device, roster[device].name, partial(_driver, built, device))
        for device in built.devices
        if roster[device].parent is None
    ]


def _one_by_one(wire: Sequence[Asked]) -> list[Probed]:
    return [_probed(*asked) for asked in wire]


def _probed(device: str, name: str, probe: Probe) -> Probed:
    try:
        return Probed(device, name, probe())
    except DeviceError as error:
        return Probed(device, name, None, error)
    except Exception as error:  # noqa: BLE001 - one device must not keep the others from being asked
        detail = f"{type(error).__name__}: {error}"
        failed = Misconfigured(
            "devices.driver_failed",
            "the driver of {wire} failed ({detail}): report this",
            wire=device,
            detail=detail,
        )
        return Probed(device, name, None, failed)


def _driver(built: Built, device: str) -> Identity:
    if built.driver is None:
        raise built.error or Misconfigured(
            "devices.driver_failed",
            "the driver of {wire} failed ({detail}): report this",
            wire=built.wire,
            detail="-",
        )
    return built.driver.probe(device)


def _camera(name: str, camera: Camera, environment: Mapping[str, str]) -> Identity:
    """Open a camera's stream and wait for its first picture."""
    from drivers.cameras.packets import open_session

    began_s = time.monotonic()
    try:
        password = None if camera.password is None else read_secret(camera.password, Path("/"), environment)
    except Refused as refused:
        sentence = str(refused).replace("{", "{{").replace("}", "}}")
        raise Misconfigured(refused.key, sentence, **refused.values) from refused
    wiring = CameraWiring(
        id=name,
        source=camera.source,
        main_source=camera.main_source,
        username=camera.username,
        password=password,
        loop=camera.loop,
        lost_after_s=camera.lost_after_s,
    )
    session = open_session(wiring, wiring.source, time.monotonic)
    try:
        next(session.packets())
        seen = session.description
    finally:
        session.close()
    return Identity("", f"{seen.codec} {seen.width}×{seen.height}", "", "", time.monotonic() - began_s)
