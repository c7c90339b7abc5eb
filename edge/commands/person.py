"""`menwei person add | list | remove`: people known at the gate."""

from dataclasses import asdict
from pathlib import Path

import click

from edge.commands.opening import json_option, opened, print_json, site_option
from edge.registers import faces, people
from edge.registers.enrolling import engine_for, templates_of


@click.group()
def command() -> None:
    """Register people with their consent, list them, erase them."""


@command.command("add")
@click.argument("name")
@click.option(
    "--face",
    "pictures",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    metavar="FILE",
    help="Picture with this person's face alone; may be given several times.",
)
@click.option("--consent", required=True, metavar="REF", help="Where the written consent is filed.")
@site_option
def add(name: str, pictures: tuple[Path, ...], consent: str, site_file: Path | None) -> None:
    """Register NAME with faces and the reference of the consent."""
    with opened(site_file) as box:
        templates = templates_of(pictures, engine_for(box.site))
        key = faces.key_for(box.connection, box.key_file)
        person = people.add(box.connection, key, name=name, consent=consent, templates=templates, now=box.now)
        box.say(
            "registers.person_added",
            subject=person.subject,
            name=person.name,
            templates=person.templates,
            consent=person.consent,
        )


@command.command("list")
@json_option
@site_option
def list_people(site_file: Path | None, *, as_json: bool) -> None:
    """List the registered people."""
    with opened(site_file) as box:
        everyone = people.everyone(box.connection)
        if as_json:
            print_json(asdict(person) | {"subject": person.subject} for person in everyone)
            return
        for person in everyone:
            box.say("registers.person", **asdict(person) | {"added": box.at(person.added_s)})
        if not everyone:
            box.say("registers.none")


@command.command("remove")
@click.argument("person", metavar="ID", type=click.IntRange(min=1))
@site_option
def remove(person: int, site_file: Path | None) -> None:
    """Erase a person, every template and consent of theirs, for good."""
    with opened(site_file) as box:
        box.say_erased(people.remove(box.connection, person, now=box.now))
