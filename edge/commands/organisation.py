"""`menwei organisation`: shops, the management and whoever else has people who belong to it."""

from dataclasses import asdict
from pathlib import Path

import click

from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.commands.registered import confirmed, tie_in_words
from edge.registers import confirming, organisations, ties
from edge.registers.organisations import Organisation

organisation_argument = click.argument("organisation", metavar="ID", type=click.IntRange(min=1))
contact_option = click.option("--contact", metavar="TEXT", help="Whom to speak to; an empty text for nobody.")


@click.group()
def command() -> None:
    """Register organisations, confirm and erase them. Who works there: `menwei person tie`."""


@command.command("add")
@click.argument("name")
@contact_option
@click.option("--by", metavar="NAME", help="Who visited the organisation and confirms the entry.")
@site_option
def add(name: str, contact: str | None, by: str | None, site_file: Path | None) -> None:
    """Register the organisation NAME."""
    with opened(site_file) as box:
        added = organisations.add(box.connection, name=name, contact=contact, confirmed_by=by, now=box.now)
        box.say("registers.organisation_added", subject=added.subject, name=added.name)


@command.command("change")
@organisation_argument
@click.option("--name", help="Another name.")
@contact_option
@site_option
def change(organisation: int, name: str | None, contact: str | None, site_file: Path | None) -> None:
    """Change what is given of an organisation."""
    with opened(site_file) as box:
        _say(box, organisations.change(box.connection, organisation, name=name, contact=contact))


@command.command("list")
@json_option
@site_option
def list_organisations(site_file: Path | None, *, as_json: bool) -> None:
    """List the organisations."""
    with opened(site_file) as box:
        every = organisations.every_organisation(box.connection)
        if as_json:
            print_json(asdict(organisation) for organisation in every)
            return
        for organisation in every:
            _say(box, organisation)
        if not every:
            box.say("registers.none")


@command.command("show")
@organisation_argument
@json_option
@site_option
def show(organisation: int, site_file: Path | None, *, as_json: bool) -> None:
    """Show an organisation and who belongs or belonged to it."""
    with opened(site_file) as box:
        known = organisations.one(box.connection, organisation)
        held = ties.to_place(box.connection, known)
        if as_json:
            print_json([asdict(known) | {"ties": [asdict(tie) for tie in held]}])
            return
        _say(box, known)
        for tie in held:
            click.echo(f"  {tie_in_words(box, tie)}")


@command.command("confirm")
@organisation_argument
@click.option("--by", required=True, metavar="NAME", help="Who found it to be true.")
@site_option
def confirm(organisation: int, by: str, site_file: Path | None) -> None:
    """Note that the entry of an organisation was found to be true."""
    with opened(site_file) as box:
        confirming.confirm(box.connection, "organisation", organisation, by=by, now=box.now)
        box.say("registers.entry_confirmed", subject=f"organisation/{organisation}", by=by.strip())


@command.command("remove")
@organisation_argument
@site_option
def remove(organisation: int, site_file: Path | None) -> None:
    """Erase an organisation to which nobody belongs any longer."""
    with opened(site_file) as box:
        box.say_erased(organisations.remove(box.connection, organisation, now=box.now))


def _say(box: Opened, organisation: Organisation) -> None:
    box.say(
        "registers.organisation",
        id=organisation.id,
        name=organisation.name,
        contact=organisation.contact or "-",
        confirmed=confirmed(box, organisation.confirmed_s, organisation.confirmed_by),
    )
