"""`menwei cameras scan | streams | preset`: find cameras by ONVIF, see their streams, turn them."""

import functools
import json
import os
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from drivers.base import Denied, DeviceError, Order
from drivers.cameras import onvif
from drivers.cameras.onvif import Described
from drivers.cameras.onvif_discovery import FoundCamera, Scan, discover
from drivers.cameras.onvif_names import printable
from drivers.cameras.onvif_streams import Profile, Suggestion, suggestions
from drivers.cameras.onvif_wiring import OnvifWiring, wiring_at
from edge import catalogue
from edge.commands import tables
from edge.commands.tables import Column
from edge.refusal import Refused
from edge.site.credentials import read_secret
from edge.site.sections import VARIABLE, Secret

LONGEST_ID = 40
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks; nobody in particular where there is no user name."""

    username: str | None = None
    secret: Secret | None = None
    password: str | None = field(default=None, repr=False)

    def at(self, where: str) -> OnvifWiring:
        """Return the wiring of a camera for this account."""
        return wiring_at(where, self.username, self.password)


@dataclass(frozen=True, slots=True)
class Asked:
    """A camera, what it is called, and what it said of itself, or why it did not."""

    wiring: OnvifWiring
    name: str
    told: Described | DeviceError


@click.group()
def command() -> None:
    """Find cameras by ONVIF, see their streams, turn them to their presets."""


def _account_options(command: Callable[..., Any]) -> Callable[..., Any]:
    @click.option("--username", help="User of the cameras; without it they are asked anonymously.")
    @click.option(
        "--password-file", type=click.Path(path_type=Path), help="File with the password, mode 0600."
    )
    @click.option("--password-env", metavar="NAME", help="Environment variable that holds the password.")
    @functools.wraps(command)
    def called(username: str | None, password_file: Path | None, password_env: str | None, **how: Any) -> Any:
        return command(account=_account(username, password_file, password_env), **how)

    return called


@command.command("scan")
@click.option(
    "--seconds", type=click.FloatRange(0.5, 60), default=3.0, show_default=True, help="How long to listen."
)
@_account_options
def scan_command(seconds: float, account: Account) -> None:
    """Ask every network of this box for cameras; print them, and lines to paste into the site file.

    With a user and password, whatever answered is also asked for its streams: it gets a digest of the
    password, and a wrong one counts as one failed login.
    """
    _tell("onvif.scanning", to_stderr=True, seconds=f"{seconds:g}")
    scan = discover(seconds, time.monotonic)
    _tell_scan(scan)
    if not scan.cameras:
        sys.exit(1)
    _print_table(("address", "name", "hardware", "conforms"), (_row_of(camera) for camera in scan.cameras))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = list(pool.map(lambda camera: _asked(camera, account), scan.cameras))
    _print_snippet(asked, account)


@command.command("streams")
@click.argument("host")
@_account_options
def streams_command(host: str, account: Account) -> None:
    """Print who the camera at HOST is and its streams, and lines to paste into the site file.

    HOST is a host, HOST:PORT, or the http:// address that a scan prints.
    """
    wiring = account.at(host)
    told = onvif.describe(wiring)
    known = told.identity
    _tell(
        "onvif.identity",
        camera=wiring.camera,
        maker=known.maker or "-",
        model=known.model or "-",
        serial=known.serial or "-",
        firmware=known.firmware or "-",
        milliseconds=round(known.latency_s * 1000),
    )
    columns = ("view", "stream", "encoding", "size", "fps", "address")
    _print_table(columns, (_row_of_stream(profile) for profile in told.profiles))
    _print_snippet([Asked(wiring, known.model, told)], account)


@command.command("preset")
@click.argument("host")
@click.option("--list", "listed", is_flag=True, help="List the directions that were saved in the camera.")
@click.option("--go", "wanted", metavar="NAME", help="Turn to the preset of this name or token.")
@_account_options
def preset_command(host: str, wanted: str | None, account: Account, *, listed: bool) -> None:
    """List the presets of the camera at HOST, or turn it to one."""
    if listed == (wanted is not None):
        raise Refused("onvif.list_or_go", "choose --list for the presets, or --go NAME to turn to one")
    wiring = account.at(host)
    if wanted is not None:
        order = Order(str(uuid.uuid4()), time.monotonic() + wiring.timeout_s)
        onvif.go_to_preset(wiring, wanted, order, time.monotonic)
        _tell("onvif.gone", camera=wiring.camera, preset=wanted)
        return
    presets = onvif.presets(wiring)
    if presets:
        _print_table(("token", "name"), ((printable(preset.token), preset.name) for preset in presets))
    else:
        _tell("onvif.no_presets", camera=wiring.camera)


def _account(username: str | None, file: Path | None, variable: str | None) -> Account:
    if file is not None and variable is not None:
        raise Refused(
            "onvif.password_two_places", "a password comes from one place: --password-file or --password-env"
        )
    if variable is not None and not re.fullmatch(VARIABLE, variable):
        raise Refused(
            "onvif.bad_variable",
            "{name} is no name of an environment variable: capital letters, digits and underscores",
            name=variable,
        )
    if file is None and variable is None:
        if username is None:
            return Account()
        raise Refused(
            "onvif.user_without_password",
            "there is a user name and no password: add --password-file or --password-env",
        )
    if username is None:
        raise Refused("onvif.password_without_user", "there is a password and no user name: add --username")
    secret = Secret(file=None if file is None else file.absolute(), environment=variable)
    return Account(username, secret, read_secret(secret, Path(), os.environ))


def _asked(camera: FoundCamera, account: Account) -> Asked:
    wiring = account.at(camera.address)
    try:
        return Asked(wiring, camera.name, onvif.describe(wiring))
    except DeviceError as error:
        return Asked(wiring, camera.name, error)


def _tell_scan(scan: Scan) -> None:
    interfaces = ", ".join(scan.interfaces)
    if scan.cameras:
        _tell("onvif.found", count=len(scan.cameras), interfaces=interfaces)
    else:
        _tell("onvif.nothing_found", interfaces=interfaces)
    for interface, reason in scan.unusable:
        _tell("onvif.unusable", interface=interface, reason=reason)
    if scan.malformed:
        _tell("onvif.unreadable", count=scan.malformed)


def _row_of(camera: FoundCamera) -> tuple[str, ...]:
    return camera.address, camera.name, camera.hardware, " ".join(camera.profiles)


def _row_of_stream(profile: Profile) -> tuple[str, ...]:
    size = f"{profile.width}x{profile.height}" if profile.pixels else ""
    address = profile.address or _text("onvif.withheld")
    return profile.view, profile.name, profile.encoding, size, str(profile.fps or ""), address


def _print_table(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    headings = [Column(_text(f"onvif.column_{column}")) for column in columns]
    for line in tables.lines(headings, [[Text(cell) for cell in row] for row in rows]):
        click.echo(line)


def _print_snippet(cameras: Sequence[Asked], account: Account) -> None:
    click.echo("\n# " + _text("onvif.paste"))
    taken: set[str] = set()
    for asked in cameras:
        for line in _snippet(asked, account, taken):
            click.echo(line)


def _snippet(asked: Asked, account: Account, taken: set[str]) -> Iterator[str]:
    """Yield the lines of one camera under `cameras:`, a comment where there is nothing to write."""
    if isinstance(asked.told, DeviceError):
        if isinstance(asked.told, Denied) and account.username is None:
            yield "# " + _text("onvif.ask_streams", address=asked.wiring.address())
        else:
            yield "# " + catalogue.explain(asked.told, catalogue.language_of())
        return
    views = suggestions(asked.told.profiles)
    if not views:
        yield "# " + _text("onvif.no_suggestion", camera=asked.wiring.camera)
    name = asked.name or asked.told.identity.model or asked.wiring.host
    for number, view in enumerate(views, 1):
        yield f"  {_id(asked.wiring, taken)}:"
        yield f"    name: {_quoted(name if len(views) == 1 else f'{name} {number}')}"
        yield f"    place: {_quoted(_text('onvif.place'))}"
        yield from _sources(view, account)
        yield "    roles: [overview]"
        yield "    purpose: security"


def _sources(view: Suggestion, account: Account) -> Iterator[str]:
    yield f"    source: {_quoted(view.source.address or '')}"
    if view.main is not None:
        yield f"    main_source: {_quoted(view.main.address or '')}"
    if account.username is None or account.secret is None:
        return
    yield f"    username: {_quoted(account.username)}"
    if account.secret.file is not None:
        yield f"    password: {{ file: {_quoted(str(account.secret.file))} }}"
    else:
        yield f"    password: {{ environment: {account.secret.environment} }}"


def _id(wiring: OnvifWiring, taken: set[str]) -> str:
    """Return a name for the site file that none of `taken` has, and take it."""
    plain = re.sub(r"[^a-z0-9]+", "-", f"camera-{wiring.host}".lower())[: LONGEST_ID - 4].strip("-")
    number, name = 1, plain
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    taken.add(name)
    return name


def _quoted(text: str) -> str:
    # JSON's strings are YAML's in double quotes.
    return json.dumps(text, ensure_ascii=False)


def _text(key: str, **values: object) -> str:
    return catalogue.text(key, catalogue.language_of(), **values)


def _tell(key: str, *, to_stderr: bool = False, **values: object) -> None:
    click.echo(_text(key, **values), err=to_stderr)
