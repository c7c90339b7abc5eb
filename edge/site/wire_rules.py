"""What no single value of the site file's wires can show: contradictions between their parts.

Like `edge.site.rules` it looks at plain values of any shape; only what drivers refuse is asked of a wire that
the schema has accepted.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from edge.site.errors import Finding, Place
from edge.site.naming import unknown
from edge.site.plain import Plain, part, parts
from edge.site.rules import credentials, kept_in_one_place
from edge.site.wires import Fence, ModbusWire, Wire
from edge.site.wirings import faults

_WIRE: TypeAdapter[Wire] = TypeAdapter(Wire)

DEVICE_PARTS: Mapping[str, tuple[str, ...]] = {
    "readers": (),
    "controllers": ("doors",),
    "fences": (),
    "relay_boards": ("locks", "barriers", "sounders"),
    "probes": (),
    "scanners": (),
    "cameras": (),
    "devices": (),
}
"""The parts of a wire that hold devices under their ids, and the parts of those that do."""


def findings(data: Plain, folder: Path) -> Iterator[Finding]:
    """Yield every contradiction in the wires of a site file whose relative paths begin at `folder`."""
    yield from _shared_ids(data)
    cameras = tuple(part(data, "cameras"))
    for name, wire in parts(data, "wires"):
        place: Place = ("wires", name)
        yield from _bus(wire, place)
        yield from _zone_cameras(wire, cameras, place)
        yield from _ptz_cameras(wire, cameras, place)
        yield from _probe_secrets(wire, place)
        yield from _refused(wire, place, folder)


def device_places(data: Plain) -> Iterator[tuple[str, Place]]:
    """Yield the id and the place of every camera and device."""
    for camera in part(data, "cameras"):
        yield camera, ("cameras", camera)
    for name, wire in parts(data, "wires"):
        for outer, inner in DEVICE_PARTS.items():
            for device, section in parts(wire, outer):
                yield device, ("wires", name, outer, device)
                for deeper in inner:
                    for below, _ in parts(section, deeper):
                        yield below, ("wires", name, outer, device, deeper, below)


def _shared_ids(data: Plain) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    for device, place in device_places(data):
        if device in first:
            other = ".".join(str(step) for step in first[device])
            yield Finding(place, "site.id_taken", {"id": device, "other": other})
        first.setdefault(device, place)


def _bus(wire: Plain, place: Place) -> Iterator[Finding]:
    if wire.get("kind") != "modbus":
        return
    if (wire.get("port") is None) == (wire.get("host") is None):
        yield Finding(place, "site.bus_port_or_host")
    if not part(wire, "fences") and not part(wire, "relay_boards"):
        yield Finding(place, "site.bus_empty")
    units: dict[int, str] = {}
    for section in ("fences", "relay_boards"):
        for device, station in parts(wire, section):
            unit = station.get("unit")
            if not isinstance(unit, int):
                continue
            if unit in units:
                yield Finding((*place, section, device, "unit"), "site.unit_taken", {"other": units[unit]})
            units.setdefault(unit, device)


def _zone_cameras(wire: Plain, cameras: tuple[str, ...], place: Place) -> Iterator[Finding]:
    for device, host in parts(wire, "fences"):
        for zone, section in parts(host, "zones"):
            named = section.get("cameras")
            for index, camera in enumerate(named if isinstance(named, list) else ()):
                at = (*place, "fences", device, "zones", zone, "cameras", index)
                yield from unknown("camera", camera, cameras, at)


def _ptz_cameras(wire: Plain, cameras: tuple[str, ...], place: Place) -> Iterator[Finding]:
    for device, section in parts(wire, "cameras"):
        at = (*place, "cameras", device)
        yield from unknown("camera", section.get("camera"), cameras, (*at, "camera"))
        yield from credentials(section, at)


def _probe_secrets(wire: Plain, place: Place) -> Iterator[Finding]:
    if wire.get("kind") in ("probe-mqtt", "probe-http"):
        yield from credentials(wire, place)
        yield from kept_in_one_place(wire.get("token"), (*place, "token"))


def _refused(wire: Plain, place: Place, folder: Path) -> Iterator[Finding]:
    try:
        known = _WIRE.validate_json(json.dumps(wire), strict=True)
    except ValidationError:
        return  # the schema says so itself
    if isinstance(known, ModbusWire):
        known = with_profiles(known, folder)
    for below, error in faults(known):
        yield Finding((*place, *below), error.key, _told(error.values, folder))


def with_profiles(wire: ModbusWire, folder: Path) -> ModbusWire:
    """Return the wire with the paths of its profiles taken from `folder`."""
    return wire.model_copy(
        update={"fences": {device: _with_profile(host, folder) for device, host in wire.fences.items()}}
    )


def _with_profile(host: Fence, folder: Path) -> Fence:
    if not host.profile.endswith((".yaml", ".yml")):
        return host
    return host.model_copy(update={"profile": str(folder / host.profile)})


def _told(values: Mapping[str, object], folder: Path) -> dict[str, Any]:
    """Name files as the site file does."""
    return {key: str(value).removeprefix(f"{folder}/") for key, value in values.items()}
