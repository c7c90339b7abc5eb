"""`menwei watchlist add | list | remove`: whom and what the gate watches for."""

from dataclasses import asdict
from pathlib import Path

import click

from edge import catalogue
from edge.commands.moments import end_of
from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.linkage.knowledge import WatchKind
from edge.refusal import Refused
from edge.registers import faces, watchlist
from edge.registers.plates import normalised
from edge.registers.watchlist import KINDS, Terms, Watched


@click.group()
def command() -> None:
    """Watch for faces and plates, each with kind, reason and end."""


@command.command("add")
@click.option(
    "--face",
    "pictures",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Picture with this face alone; may be given several times.",
)
@click.option("--plate", help="Plate to watch for, instead of a face.")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="Why it is watched for.")
@click.option("--reason", required=True, help="Reason, printed in the alert.")
@click.option("--until", required=True, metavar="ISO", help="End: 2026-12-31, or 2026-12-31T18:00.")
@click.option("--name", help="What to call this entry.")
@click.option("--owner", metavar="NAME", help="Who asked for it; printed in the alert.")
@click.option("--instruction", metavar="TEXT", help="What to do when it is met; printed in the alert.")
@site_option
def add(
    *,
    pictures: tuple[Path, ...],
    plate: str | None,
    kind: WatchKind,
    reason: str,
    until: str,
    name: str | None,
    owner: str | None,
    instruction: str | None,
    site_file: Path | None,
) -> None:
    """Watch for a face or a plate."""
    if bool(pictures) == (plate is not None):
        raise Refused("registers.face_or_plate", "name either --face or --plate, not both and not neither")
    with opened(site_file) as box:
        terms = Terms(kind, reason, end_of(until, box.zone), name, owner, instruction)
        if plate is not None:
            exact = normalised(plate)
            entry = watchlist.add_plate(box.connection, plate=exact, terms=terms, now=box.now)
        else:
            entry = _add_face(box, pictures, terms)
        box.say(
            "registers.watched_added",
            subject=entry.subject,
            kind=_called(box, kind),
            until=box.at(entry.until_s),
        )


def _add_face(box: Opened, pictures: tuple[Path, ...], terms: Terms) -> Watched:
    from edge.registers.enrolling import engine_for, templates_of

    templates = templates_of(pictures, engine_for(box.site))
    key = faces.key_for(box.connection, box.key_file)
    return watchlist.add_face(box.connection, key, templates=templates, terms=terms, now=box.now)


@command.command("list")
@json_option
@site_option
def list_watched(site_file: Path | None, *, as_json: bool) -> None:
    """List what is watched for."""
    with opened(site_file) as box:
        every = watchlist.every_entry(box.connection)
        if as_json:
            print_json(asdict(entry) | {"subject": entry.subject} for entry in every)
            return
        for entry in every:
            _say_entry(box, entry)
        if not every:
            box.say("registers.none")


def _say_entry(box: Opened, entry: Watched) -> None:
    box.say(
        "registers.watched" if entry.until_s > box.now else "registers.watched_over",
        id=entry.id,
        kind=_called(box, entry.kind),
        label=" ".join(part for part in (entry.name, entry.plate) if part) or entry.subject,
        reason=entry.reason,
        templates=entry.templates,
        until=box.at(entry.until_s),
    )
    if entry.instruction is not None:
        box.say("registers.watched_instruction", instruction=entry.instruction)
    if entry.owner is not None:
        box.say("registers.watched_owner", owner=entry.owner)


def _called(box: Opened, kind: WatchKind) -> str:
    return catalogue.text(f"registers.kind_{kind}", box.language)


@command.command("remove")
@click.argument("entry", metavar="ID", type=click.IntRange(min=1))
@site_option
def remove(entry: int, site_file: Path | None) -> None:
    """Erase an entry of the watch-list and its templates for good."""
    with opened(site_file) as box:
        box.say_erased(watchlist.remove(box.connection, entry, now=box.now))
