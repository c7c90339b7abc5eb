"""`menwei devices watch`: how every device and camera of the running daemon is, second by second."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec
from rich.live import Live
from rich.table import Table
from rich.text import Text

from edge import catalogue
from edge.catalogue import Language
from edge.commands import tables
from edge.commands.opening import site_option
from edge.commands.tables import Column, Row
from edge.control import wording
from edge.control.client import ControlClient, gone
from edge.control.messages import AskHealth, CameraStanding, DeviceStanding, Standing
from edge.refusal import Refused
from edge.site.loading import load
from edge.site.locating import locate

EVERY_S = 1.0
# Title, heading, rules and caption.
_FRAME_LINES = 7

_COLUMNS = ("device", "name", "state", "online", "age", "words", "malformed", "reconnects", "reason")
_FIGURES = frozenset({"age", "words", "malformed", "reconnects"})


@click.command("watch")
@site_option
@click.option("--once", is_flag=True, help="Print one table and end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a second, or one with --once.")
def command(site_file: Path | None, *, once: bool, as_json: bool) -> None:
    """Show every device of the running daemon: state, online, age of its last word, words and errors.

    Ctrl-C ends it.
    """
    storage = load(locate(site_file, os.environ, Path.cwd())).storage.directory
    language = catalogue.language_of()
    first = _ask(storage)
    if once:
        _print(first, language, as_json=as_json)
        return
    try:
        if as_json or not sys.stdout.isatty():
            for standing in _standings(storage, first):
                _print_or_tell(standing, language, as_json=as_json)
        else:
            _live(storage, first, language)
    except KeyboardInterrupt:
        # The usual end of watching.
        return


def rows(standing: Standing, language: Language) -> list[Row]:
    """Return a row for each device and camera."""
    devices = [_device(device, language) for device in standing.devices]
    return [*devices, *(_camera(camera, language) for camera in standing.cameras)]


def columns(language: Language) -> list[Column]:
    """Return the headings."""
    return [
        Column(catalogue.text(f"devices.column_{name}", language), figures=name in _FIGURES)
        for name in _COLUMNS
    ]


def _device(device: DeviceStanding, language: Language) -> Row:
    return _row(
        (device.device, device.name, wording.state_of(device, language)),
        _online(language, online=device.online),
        (
            wording.age(device.last_word_age_s),
            *map(str, (device.words, device.malformed, device.reconnects)),
            wording.reason_of(device, language),
        ),
    )


def _camera(camera: CameraStanding, language: Language) -> Row:
    return _row(
        (camera.camera, camera.name, wording.state_of_camera(camera, language)),
        _online(language, online=camera.online),
        (
            wording.age(camera.last_frame_age_s),
            *map(str, (camera.frames, camera.malformed, camera.reconnects)),
            wording.reason_of_camera(camera, language),
        ),
    )


def _row(before: Sequence[str], online: Text, after: Sequence[str]) -> Row:
    return [*map(Text, before), online, *map(Text, after)]


def _online(language: Language, *, online: bool) -> Text:
    word = catalogue.text("devices.yes" if online else "devices.no", language)
    return Text(word, style="green" if online else "bold red")


def _ask(storage: Path) -> Standing:
    with ControlClient(storage) as client:
        answer = client.ask(AskHealth())
    if not isinstance(answer, Standing):
        raise gone()
    return answer


def _standings(storage: Path, first: Standing) -> Iterator[Standing | Refused]:
    """Yield how things stand, each second: a daemon that is restarted is waited for."""
    standing: Standing | Refused = first
    while True:
        due_s = time.monotonic() + EVERY_S
        yield standing
        time.sleep(max(0.0, due_s - time.monotonic()))
        try:
            standing = _ask(storage)
        except Refused as refused:
            standing = refused


def _live(storage: Path, first: Standing, language: Language) -> None:
    with Live(auto_refresh=False) as live:
        for standing in _standings(storage, first):
            if isinstance(standing, Refused):
                live.update(Text(catalogue.explain(standing, language), style="bold red"), refresh=True)
            else:
                live.update(_drawn(standing, language, live.console.size.height), refresh=True)


def _drawn(standing: Standing, language: Language, height: int) -> Table:
    """Return a table that fits the terminal: what is not there comes first, and how many are left out."""
    shown = rows(standing, language)
    room = max(1, height - _FRAME_LINES)
    left_out = len(shown) - room
    if left_out > 0:
        online = [*(d.online for d in standing.devices), *(c.online for c in standing.cameras)]
        order = sorted(range(len(shown)), key=lambda n: online[n])
        shown = [shown[n] for n in order[:room]]
    table = tables.drawn(columns(language), shown)
    table.title = standing.name
    if left_out > 0:
        table.caption = catalogue.text("devices.more", language, count=left_out)
    return table


def _print_or_tell(standing: Standing | Refused, language: Language, *, as_json: bool) -> None:
    if isinstance(standing, Refused):
        click.echo(catalogue.explain(standing, language), err=True)
    else:
        _print(standing, language, as_json=as_json)
        if not as_json:
            click.echo()


def _print(standing: Standing, language: Language, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(standing))
    else:
        tables.show(columns(language), rows(standing, language))
