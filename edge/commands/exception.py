"""`menwei exception …`: one person may, or may not, pass something for a while."""

from dataclasses import asdict
from pathlib import Path

import click

from edge import catalogue
from edge.commands.moments import end_of, start_of
from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.commands.passable import checked
from edge.registers import allowances
from edge.registers.allowances import Exempted, Exemption


@click.group()
def command() -> None:
    """Let a person pass something, or not, for a while, whatever the site file's rights say."""


@command.command("add")
@click.argument("person", type=click.IntRange(min=1))
@click.argument("opening")
@click.argument("what", type=click.Choice(["allow", "deny"]))
@click.option("--from", "begin", required=True, metavar="DATE", help="From then on.")
@click.option("--until", "end", required=True, metavar="DATE", help="Until its end.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--by", required=True, metavar="NAME", help="Who says so.")
@site_option
def add(
    person: int,
    opening: str,
    what: str,
    *,
    begin: str,
    end: str,
    reason: str,
    by: str,
    site_file: Path | None,
) -> None:
    """Let PERSON pass OPENING (a door, door group or lane), or not, whatever the rights say."""
    with opened(site_file) as box:
        exemption = Exemption(
            person=person,
            opening=checked(box.site, [opening])[0],
            allow=what == "allow",
            from_s=start_of(begin, box.zone),
            until_s=end_of(end, box.zone),
            reason=reason,
            added_by=by,
        )
        _say(box, allowances.add(box.connection, exemption, now=box.now))


@command.command("list")
@click.argument("person", metavar="[PERSON]", type=click.IntRange(min=1), required=False)
@json_option
@site_option
def list_exceptions(person: int | None, site_file: Path | None, *, as_json: bool) -> None:
    """List the exceptions of everybody, or of PERSON."""
    with opened(site_file) as box:
        found = allowances.every_exemption(box.connection, person)
        if as_json:
            print_json({"id": one.id, "name": one.name} | asdict(one.exemption) for one in found)
            return
        for one in found:
            _say(box, one)
        if not found:
            box.say("registers.none")


@command.command("remove")
@click.argument("exception", metavar="ID", type=click.IntRange(min=1))
@site_option
def remove(exception: int, site_file: Path | None) -> None:
    """Take an exception back."""
    with opened(site_file) as box:
        gone = allowances.remove(box.connection, exception)
        box.say("visitors.exception_removed", id=gone.id, name=gone.name)


def _say(box: Opened, one: Exempted) -> None:
    exemption = one.exemption
    box.say(
        "visitors.exception",
        id=one.id,
        name=one.name,
        what=catalogue.text(f"visitors.{'allowed' if exemption.allow else 'denied'}", box.language),
        opening=exemption.opening,
        begin=box.at(exemption.from_s),
        end=box.at(exemption.until_s),
        reason=exemption.reason,
        by=exemption.added_by,
    )
