"""`menwei person tie | untie`: who owns, rents, lives or works where."""

from pathlib import Path

import click

from edge.commands.moments import end_of, start_of
from edge.commands.opening import opened, site_option
from edge.commands.registered import tie_in_words
from edge.refusal import Refused
from edge.registers import ties
from edge.registers.ties import TieKind


@click.command("tie")
@click.argument("person", metavar="ID", type=click.IntRange(min=1))
@click.argument("tie", type=click.Choice(ties.KINDS))
@click.argument("where")
@click.option("--since", metavar="ISO", help="Since when, 2026-01-31; else since now.")
@click.option("--until", metavar="ISO", help="Until when; else without end.")
@click.option("--by", metavar="NAME", help="Who found it to be true.")
@site_option
def tie_person(
    *,
    person: int,
    tie: TieKind,
    where: str,
    since: str | None,
    until: str | None,
    by: str | None,
    site_file: Path | None,
) -> None:
    """Say that a person owns, rents, lives or works at WHERE: 3-1-201, house/5, or an organisation."""
    with opened(site_file) as box:
        tied = ties.add(
            box.connection,
            person=person,
            tie=tie,
            to=ties.place_called(box.connection, where),
            since_s=box.now if since is None else start_of(since, box.zone),
            until_s=None if until is None else end_of(until, box.zone),
            confirmed_by=by,
            now=box.now,
        )
        click.echo(tie_in_words(box, tied))


@click.command("untie")
@click.argument("tie", metavar="TIE", type=click.IntRange(min=1))
@click.option("--until", metavar="ISO", help="Until when it held; else until now.")
@click.option("--mistaken", is_flag=True, help="It was never true: delete it.")
@site_option
def untie(tie: int, until: str | None, site_file: Path | None, *, mistaken: bool) -> None:
    """Say that a tie (`menwei person show`) has ended."""
    if mistaken and until is not None:
        raise Refused("registers.until_or_mistaken", "what was never true has no end: leave out --until")
    with opened(site_file) as box:
        if mistaken:
            gone = ties.remove(box.connection, tie)
            box.say("registers.tie_deleted", id=gone.id, name=gone.name, where=gone.where)
            return
        until_s = box.now if until is None else end_of(until, box.zone)
        click.echo(tie_in_words(box, ties.end(box.connection, tie, until_s=until_s)))
