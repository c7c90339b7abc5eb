"""A site file on disk -> a Site, or every error in it at once."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from edge.site import access_rules, rules, wire_rules, wording
from edge.site.errors import Finding, SiteError, SiteErrors, written
from edge.site.reading import Unreadable, read
from edge.site.schema import Camera, Site
from edge.site.sections import Secret
from edge.site.tree import Tree
from edge.site.wires import (
    ModbusWire,
    OnvifWire,
    OsdpWire,
    PatrolWire,
    ProbeHttpWire,
    ProbeMqttWire,
    ProbeSerialWire,
    QrWire,
    Wire,
)


def load(path: Path) -> Site:
    """Return the site in a file, its relative paths resolved against the file's folder.

    SiteErrors: everything that is wrong, in the order of the lines.
    """
    try:
        tree = read(path)
    except Unreadable as error:
        whole = SiteError(path, error.line, "", error.key, error.values)
        raise SiteErrors(path, [whole]) from None
    folder = path.resolve().parent
    site, found = _judge(tree, folder)
    if site is None or found:
        raise SiteErrors(path, _located(path, tree, found))
    return resolved(site, folder)


def _judge(tree: Tree, folder: Path) -> tuple[Site | None, list[Finding]]:
    found = [
        *tree.findings,
        *rules.findings(tree.data),
        *wire_rules.findings(tree.data, folder),
        *access_rules.findings(tree.data),
    ]
    try:
        # JSON's strict mode reads lists and paths, and takes no "5" for a 5 and no true for a 1.
        return Site.model_validate_json(json.dumps(tree.data), strict=True), found
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        found += [finding for detail in details for finding in wording.findings(detail, tree.data)]
        return None, found


def _located(path: Path, tree: Tree, found: Iterable[Finding]) -> list[SiteError]:
    errors: list[SiteError] = []
    for finding in found:
        line = finding.line or tree.line_of(finding.place)
        error = SiteError(path, line, written(finding.place), finding.key, finding.values)
        if error not in errors:
            errors.append(error)
    return sorted(errors, key=lambda error: (error.line or 0, error.path))


def resolved(site: Site, folder: Path) -> Site:
    """Return the site with every relative path of it taken from `folder`."""
    mqtt = site.uplink.mqtt
    mqtt = mqtt.model_copy(
        update={"password": _kept(mqtt.password, folder), "ca_file": mqtt.ca_file and folder / mqtt.ca_file}
    )
    return site.model_copy(
        update={
            "cameras": {name: _camera(camera, folder) for name, camera in site.cameras.items()},
            "wires": {name: _wire(wire, folder) for name, wire in site.wires.items()},
            "uplink": site.uplink.model_copy(update={"mqtt": mqtt}),
            "storage": site.storage.model_copy(update={"directory": folder / site.storage.directory}),
        }
    )


def _camera(camera: Camera, folder: Path) -> Camera:
    return camera.model_copy(
        update={
            "source": _source(camera.source, folder),
            "main_source": camera.main_source and _source(camera.main_source, folder),
            "password": _kept(camera.password, folder),
        }
    )


def _wire(wire: Wire, folder: Path) -> Wire:  # noqa: PLR0911 - one a kind
    match wire:
        case OsdpWire():
            readers = {
                name: reader.model_copy(update={"key_file": folder / reader.key_file})
                for name, reader in wire.readers.items()
            }
            return wire.model_copy(update={"readers": readers, "port": str(folder / wire.port)})
        case ModbusWire():
            port = wire.port and str(folder / wire.port)
            return wire_rules.with_profiles(wire.model_copy(update={"port": port}), folder)
        case ProbeSerialWire() | PatrolWire() | QrWire():
            return wire.model_copy(update={"port": str(folder / wire.port)})
        case ProbeMqttWire():
            ca_file = wire.ca_file and folder / wire.ca_file
            return wire.model_copy(update={"password": _kept(wire.password, folder), "ca_file": ca_file})
        case OnvifWire():
            cameras = {
                name: camera.model_copy(update={"password": _kept(camera.password, folder)})
                for name, camera in wire.cameras.items()
            }
            return wire.model_copy(update={"cameras": cameras})
        case ProbeHttpWire():
            return wire.model_copy(update={"token": _kept(wire.token, folder)})
        case _:
            return wire


def _source(source: str, folder: Path) -> str:
    return source if "://" in source else str(folder / source)


def _kept(secret: Secret | None, folder: Path) -> Secret | None:
    if secret is None or secret.file is None:
        return secret
    return secret.model_copy(update={"file": folder / secret.file})
