"""`menwei passage list`: who asked to pass where, what was decided, and why."""

from pathlib import Path

import click
import msgspec
from rich.text import Text

from edge import catalogue
from edge.access.wording import trace_of, verdict_of
from edge.clock import DAY_S
from edge.commands import tables
from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.commands.tables import Column
from edge.registers import knowledge
from edge.site.roster import roster
from edge.store import passages
from edge.store.passages import Passage, Wanted

_COLUMNS = ("time", "where", "who", "asked", "outcome")


@click.group()
def command() -> None:
    """Look up who asked to pass, what was decided, and why."""


@command.command("list")
@click.option("--at", "device", metavar="ID", help="Only this door or barrier.")
@click.option("--who", "subject", metavar="SUBJECT", help="Only person/ID or visitor/ID.")
@click.option(
    "--days", type=click.FloatRange(0.01, 365), default=1.0, show_default=True, help="How far to look back."
)
@click.option("--refused", is_flag=True, help="Only what was refused.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, help="At most so many; else 50.")
@click.option("--trace", is_flag=True, help="Tell every condition that was looked at.")
@json_option
@site_option
def list_passages(
    device: str | None,
    subject: str | None,
    days: float,
    limit: int,
    site_file: Path | None,
    *,
    refused: bool,
    trace: bool,
    as_json: bool,
) -> None:
    """List decisions about passing, the newest first."""
    with opened(site_file) as box:
        wanted = Wanted(device, subject, box.now - days * DAY_S, refused)
        found = passages.latest(box.connection, wanted, limit)
        if as_json:
            print_json(_as_row(box, passage) for passage in found)
        elif found:
            _show(box, found, trace=trace)
        else:
            box.say("passage.none")


def _as_row(box: Opened, passage: Passage) -> dict[str, object]:
    decided = msgspec.to_builtins(passage.decided)
    decided.pop("type", None)
    sentence = verdict_of(passage.decided, box.language)
    return {"seq": passage.seq, "wall_s": passage.wall_s, "sentence": sentence, **decided}


def _show(box: Opened, found: list[Passage], *, trace: bool) -> None:
    names = knowledge.gather(box.connection).names
    listed = roster(box.site.wires)
    columns = [Column(catalogue.text(f"passage.column_{name}", box.language)) for name in _COLUMNS]
    rows = []
    for passage in found:
        decided = passage.decided
        where = listed[decided.device].name if decided.device in listed else decided.device
        who = "、".join(names.get(subject, subject) for subject in decided.subjects)
        outcome = Text(verdict_of(decided, box.language), "green" if decided.granted else "red")
        if trace:
            outcome.append("".join(f"\n{line}" for line in trace_of(decided, box.language)), "dim")
        cells = [Text(text) for text in (box.at(passage.wall_s), where, who, " + ".join(decided.asked))]
        rows.append([*cells, outcome])
    tables.show(columns, rows)
