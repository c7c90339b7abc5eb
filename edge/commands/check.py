"""`menwei check SITE`: every error of a site file at once, or what it sets up."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from edge import catalogue
from edge.refusal import Refused
from edge.site.credentials import read_secret
from edge.site.errors import SiteErrors
from edge.site.loading import load
from edge.site.locating import locate
from edge.site.schema import Site
from edge.site.sections import Secret


@click.command()
@click.argument("site", type=click.Path(path_type=Path), required=False)
def command(site: Path | None) -> None:
    """Check a site file: print every error at once as file:line path: what is wrong, what to do."""
    language = catalogue.language_of()
    path = locate(site, os.environ, Path.cwd())
    try:
        loaded = load(path)
    except SiteErrors as errors:
        click.echo(errors.render(language))
        sys.exit(2)
    click.echo(catalogue.text("check.fine", language, **_summary(path, loaded)))
    for place, refused in unreadable_secrets(loaded, os.environ):
        reason = catalogue.explain(refused, language)
        click.echo(catalogue.text("check.secret", language, place=place, reason=reason))


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
