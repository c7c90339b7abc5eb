"""`menwei door …`: open doors by hand, lock the site down, see who passed."""

import time
from pathlib import Path

import click
from rich.text import Text

from edge import catalogue
from edge.commands import tables
from edge.commands.opening import json_option, print_json, site_option
from edge.commands.operating import ask, operator_options, order, site_of
from edge.commands.tables import Column
from edge.control import wording
from edge.control.client import ControlClient
from edge.control.handing_over import may_be_door
from edge.control.messages import AskHealth, AwaitsSecond, Opened, OpenEvery, SetMode, Standing
from edge.orders import Open
from edge.refusal import Refused
from edge.site.roster import roster


@click.group()
def command() -> None:
    """Open doors by hand, lock the site down, see how doors stand and who passed."""


@command.command("list")
@json_option
@site_option
def list_doors(site_file: Path | None, *, as_json: bool) -> None:
    """List the doors of the running daemon and how they stand."""
    site = site_of(site_file)
    doors = {device for device, listed in roster(site.wires).items() if may_be_door(listed)}
    with ControlClient(site.storage.directory) as client:
        standing = client.ask(AskHealth())
    if not isinstance(standing, Standing):
        raise Refused("control.bad_answer", "the daemon's answer is not known ({detail})", detail=standing)
    shown = [one for one in standing.devices if one.device in doors]
    language = catalogue.language_of()
    if as_json:
        print_json(
            {"door": d.device, "name": d.name, "online": d.online, "condition": d.condition} for d in shown
        )
        return
    names = ("device", "name", "state")
    columns = [Column(catalogue.text(f"devices.column_{name}", language)) for name in names]
    tables.show(columns, [[Text(d.device), Text(d.name), Text(wording.state_of(d, language))] for d in shown])


@command.command("open")
@click.argument("door")
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(0.1, 25.0),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the lock is released.",
)
@operator_options
@site_option
def open_door(door: str, seconds: float, by: str, why: str, site_file: Path | None) -> None:
    """Open DOOR now."""
    done = order(site_of(site_file), door, Open(round(seconds * 1000)), by, why)
    _say("door_opened", door=door, took=f"{done.took_s:.2f}")


@command.command("open-all")
@operator_options
@site_option
def open_all(by: str, why: str, site_file: Path | None) -> None:
    """Open every door: takes two operators, each of whom runs this within a minute."""
    answer = ask(site_of(site_file), OpenEvery(by, why, time.monotonic()))
    if isinstance(answer, AwaitsSecond):
        _say("awaits_second", seconds=f"{answer.within_s:.0f}")
    if isinstance(answer, Opened):
        language = catalogue.language_of()
        for door, refused in answer.doors.items():
            if refused is None:
                _say("every_opened", door=door)
            else:
                reason = catalogue.sentences(language).get(refused, refused)
                _say("every_refused", door=door, reason=reason)


@command.command("lockdown")
@click.argument("state", type=click.Choice(["on", "off"]))
@operator_options
@site_option
def lockdown(state: str, by: str, why: str, site_file: Path | None) -> None:
    """Lock the site down, or end it: only those whom the site file names still pass; exit buttons work."""
    ask(site_of(site_file), SetMode("lockdown", state == "on", by, why))
    _say(f"lockdown_{state}")


def _say(key: str, **values: object) -> None:
    click.echo(catalogue.text(f"operating.{key}", catalogue.language_of(), **values))
