"""`menwei check SITE`: every error of a site file at once, or what it sets up."""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge import catalogue
from edge.catalogue import Language
from edge.clock import SystemClock
from edge.devices.probing import Probed
from edge.refusal import Refused
from edge.site.credentials import read_secret
from edge.site.errors import SiteErrors
from edge.site.loading import load
from edge.site.locating import locate
from edge.site.roster import roster
from edge.site.schema import Site
from edge.site.sections import Secret


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
    if with_devices:
        sys.exit(check_devices(loaded, language, as_json=as_json))
    click.echo(catalogue.text("check.fine", language, **_summary(path, loaded)))
    for place, refused in unreadable_secrets(loaded, os.environ):
        reason = catalogue.explain(refused, language)
        click.echo(catalogue.text("check.secret", language, place=place, reason=reason))


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
    found = probe_all(site, listed, build(site, SystemClock(), os.environ), os.environ)
    if as_json:
        click.echo(json.dumps([_row(one, language) for one in found], ensure_ascii=False))
    else:
        Console().print(_table(found, language))
    missing = sum(one.identity is None for one in found)
    key = "check.devices_missing" if missing else "check.devices_found"
    if not as_json:
        click.echo(catalogue.text(key, language, devices=len(found), missing=missing))
    return 1 if missing else 0


def _daemon_runs(directory: Path) -> bool:
    """Whether somebody holds the lock of a running controller."""
    try:
        handle = os.open(directory / "controller.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _row(probed: Probed, language: Language) -> dict[str, object]:
    known = probed.identity
    return {
        "device": probed.device,
        "name": probed.name,
        "found": known is not None,
        "identity": "" if known is None else " ".join(filter(None, (known.maker, known.model, known.serial))),
        "firmware": "" if known is None else known.firmware,
        "latency_ms": None if known is None else round(1000 * known.latency_s, 1),
        "fix": "" if probed.error is None else _fix(probed, language),
    }


def _fix(probed: Probed, language: Language) -> str:
    """Return what has to be done; a sentence that asks for more than its error brings is told in English."""
    error = probed.error
    if error is None:
        return ""
    try:
        return catalogue.explain(error, language)
    except KeyError:
        return str(error)


def _table(found: Sequence[Probed], language: Language) -> Table:
    def said(key: str) -> str:
        return catalogue.text(f"check.{key}", language)

    table = Table(show_lines=False)
    for key in ("device", "name", "found", "identity", "firmware"):
        table.add_column(said(key), overflow="fold")
    table.add_column(said("latency"), justify="right")
    table.add_column(said("fix"), overflow="fold")
    for row in (_row(one, language) for one in found):
        latency = "" if row["latency_ms"] is None else f"{row['latency_ms']}"
        state = Text(said("yes"), style="green") if row["found"] else Text(said("no"), style="bold red")
        words = [str(row[key]) for key in ("device", "name", "identity", "firmware", "fix")]
        table.add_row(words[0], words[1], state, words[2], words[3], latency, words[4])
    return table


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
    if site.uplink.mqtt.password is not None:
        yield "uplink.mqtt.password", site.uplink.mqtt.password


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
