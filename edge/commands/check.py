"""`menwei check SITE`: every error of a site file at once, or what it sets up."""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
from rich.text import Text

from drivers.base import DeviceError, Identity
from edge import catalogue
from edge.catalogue import Language
from edge.clock import SystemClock
from edge.commands import tables
from edge.commands.tables import Column
from edge.devices.probing import Probed
from edge.devices.stream_probing import Stream
from edge.refusal import Refused
from edge.site import access_hints
from edge.site.credentials import read_secret
from edge.site.errors import SiteErrors
from edge.site.loading import load
from edge.site.locating import locate
from edge.site.roster import roster
from edge.site.schema import Site
from edge.site.sections import Secret
from edge.site.wires import OnvifWire, ProbeHttpWire, ProbeMqttWire
from edge.store import layout


@click.command()
@click.argument("site", type=click.Path(path_type=Path), required=False)
@click.option("--devices", "with_devices", is_flag=True, help="Also talk to every device and camera.")
@click.option("--json", "as_json", is_flag=True, help="With --devices: print one JSON object instead.")
def command(site: Path | None, *, with_devices: bool, as_json: bool) -> None:
    """Check a site file: print every error at once as file:line path: what is wrong, what to do.

    With --devices: exit code 0 when every device answered, 1 when one did not.
    """
    language = catalogue.language_of()
    path = locate(site, os.environ, Path.cwd())
    try:
        loaded = load(path)
    except SiteErrors as errors:
        click.echo(errors.render(language))
        sys.exit(2)
    if as_json and not with_devices:
        raise Refused("check.json_of_devices", "--json goes with --devices")
    if not as_json:
        _tell_summary(path, loaded, language)
    if with_devices:
        sys.exit(check_devices(loaded, language, as_json=as_json))


def check_devices(site: Site, language: Language, *, as_json: bool) -> int:
    """Talk to every device and print what came of it; return the exit code. Refused: the daemon runs."""
    from edge.devices.building import build
    from edge.devices.probing import probe_all

    if _daemon_runs(site.storage.directory):
        raise Refused(
            "check.running",
            "the daemon holds these devices: see menwei devices watch, or stop it first",
        )
    listed = roster(site.wires)
    if not as_json:
        count = len(listed) + len(site.cameras)
        click.echo(catalogue.text("check.asking", language, devices=count, wires=len(site.wires)), err=True)
    told = probe_all(site, listed, build(site, SystemClock(), os.environ), os.environ)
    missing = sum(one.found is None for one in told)
    if as_json:
        rows = [_row(one, language) for one in told]
        whole = {"site": site.site.id, "found": len(told) - missing, "missing": missing, "devices": rows}
        click.echo(json.dumps(whole, ensure_ascii=False))
    else:
        _print_table([_row(one, language) for one in told], language)
        key = "check.devices_missing" if missing else "check.devices_found"
        click.echo(catalogue.text(key, language, devices=len(told), missing=missing))
    return 1 if missing else 0


def _daemon_runs(directory: Path) -> bool:
    """Whether somebody holds the lock of a running controller."""
    try:
        handle = os.open(layout.controller_lock(directory), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Refused(
            "check.cannot_tell",
            "whether the daemon runs cannot be seen ({reason}): run this as the daemon's user",
            reason=error.strerror,
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _row(probed: Probed, language: Language) -> dict[str, object]:
    row = {"device": probed.device, "name": probed.name, "found": probed.found is not None}
    fix = "" if probed.error is None else _fix(probed.error, language)
    return {**row, **_identity(probed.found), "fix": fix}


def _identity(found: Identity | Stream | None) -> dict[str, object]:
    """Return what a device or a stream is; of a stream, what its first picture took is its latency."""
    if isinstance(found, Stream):
        return {
            "codec": found.codec,
            "width": found.width,
            "height": found.height,
            "fps": None if found.fps is None else round(found.fps, 1),
            "latency_ms": round(1000 * found.first_frame_s, 1),
        }
    if found is None:
        return {"latency_ms": None}
    return {
        "maker": found.maker,
        "model": found.model,
        "serial": found.serial,
        "firmware": found.firmware,
        "latency_ms": round(1000 * found.latency_s, 1),
    }


def _fix(error: DeviceError, language: Language) -> str:
    """Return what has to be done; a sentence that asks for more than its error brings is told in English."""
    try:
        return catalogue.explain(error, language)
    except KeyError:
        return str(error)


def _print_table(rows: Sequence[Mapping[str, object]], language: Language) -> None:
    def said(key: str) -> str:
        return catalogue.text(f"check.{key}", language)

    names = ("device", "name", "found", "identity", "firmware", "latency", "fix")
    columns = [Column(said(name), figures=name == "latency") for name in names]
    tables.show(
        columns,
        [
            [
                Text(str(row["device"])),
                Text(str(row["name"])),
                Text(said("yes"), style="green") if row["found"] else Text(said("no"), style="bold red"),
                Text(_in_short(row)),
                Text(str(row.get("firmware", ""))),
                Text("" if row["latency_ms"] is None else str(row["latency_ms"])),
                Text(str(row["fix"])),
            ]
            for row in rows
        ],
    )


def _in_short(row: Mapping[str, object]) -> str:
    """Return what a device says it is, or what its stream turned out to be."""
    if "codec" not in row:
        return " ".join(str(row[key]) for key in ("maker", "model", "serial") if row.get(key))
    fps = "" if row["fps"] is None else f" {row['fps']:g} fps"
    return f"{row['codec']} {row['width']}×{row['height']}{fps}"


def _tell_summary(path: Path, site: Site, language: Language) -> None:
    click.echo(catalogue.text("check.fine", language, **_summary(path, site)))
    for place, refused in unreadable_secrets(site, os.environ):
        reason = catalogue.explain(refused, language)
        click.echo(catalogue.text("check.secret", language, place=place, reason=reason))
    for key, values in access_hints.hints(site):
        click.echo(catalogue.text(key, language, **values))


def unreadable_secrets(site: Site, environment: Mapping[str, str]) -> Iterator[tuple[str, Refused]]:
    """Yield the secrets that could not be read here and now: no error of the file, but one of the box."""
    for place, secret in _secrets(site):
        try:
            read_secret(secret, Path(), environment)
        except Refused as refused:
            yield place, refused


def _secrets(site: Site) -> Iterator[tuple[str, Secret]]:
    for name, camera in site.cameras.items():
        if camera.password is not None:
            yield f"cameras.{name}.password", camera.password
    for name, wire in site.wires.items():
        if isinstance(wire, ProbeMqttWire) and wire.password is not None:
            yield f"wires.{name}.password", wire.password
        if isinstance(wire, ProbeHttpWire) and wire.token is not None:
            yield f"wires.{name}.token", wire.token
        if isinstance(wire, OnvifWire):
            yield from _dome_secrets(f"wires.{name}.cameras", wire)
    if site.uplink.mqtt.password is not None:
        yield "uplink.mqtt.password", site.uplink.mqtt.password


def _dome_secrets(place: str, wire: OnvifWire) -> Iterator[tuple[str, Secret]]:
    for name, camera in wire.cameras.items():
        if camera.password is not None:
            yield f"{place}.{name}.password", camera.password


def _summary(path: Path, site: Site) -> dict[str, object]:
    cameras = site.cameras.values()
    return {
        "file": path,
        "name": site.site.name,
        "id": site.site.id,
        "cameras": len(site.cameras),
        "faces": sum("face" in camera.roles for camera in cameras),
        "plates": sum("plate" in camera.roles for camera in cameras),
        "zones": sum(len(camera.zones) for camera in cameras),
        "broker": f"{site.uplink.mqtt.host}:{site.uplink.mqtt.port}",
        "directory": site.storage.directory,
    }
