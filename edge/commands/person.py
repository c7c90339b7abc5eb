"""`menwei person`: people known at the gate, their faces, and where they belong."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from edge.access.register import PersonKind
from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.commands.person_ties import tie_person, untie
from edge.commands.registered import (
    confirmed,
    key_to_read,
    person_in_words,
    say_erasure,
    tie_in_words,
    vehicle_in_words,
    word,
)
from edge.registers import confirming, erasing, faces, identities, people, ties, vehicles
from edge.registers.faces import FaceTemplate
from edge.registers.identities import Masked
from edge.registers.people import Person
from edge.registers.ties import Tie
from edge.store import layout
from edge.store.evidence import Evidence

person_argument = click.argument("person", metavar="ID", type=click.IntRange(min=1))
by_option = click.option("--by", required=True, metavar="NAME", help="Who found it to be true.")


def _details(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--kind", type=click.Choice(people.KINDS), help="What the person is here."),
            click.option("--id-number", metavar="NUMBER", help="Citizen's ID number; kept sealed."),
            click.option("--phone", metavar="NUMBER", help="Phone number; kept sealed."),
            click.option(
                "--keypad-number",
                type=click.IntRange(0, people.LARGEST_KEYPAD_NUMBER),
                metavar="NUMBER",
                help="Number to type at a keypad before the PIN.",
            ),
            click.option(
                "--face",
                "pictures",
                type=click.Path(path_type=Path),
                multiple=True,
                metavar="FILE",
                help="Picture with this person's face alone; may be given several times.",
            ),
            click.option("--consent", metavar="REF", help="Where the written consent to the face is filed."),
            site_option,
        )
    ):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """Register people, say where they belong, confirm and erase them."""


command.add_command(tie_person)
command.add_command(untie)


@command.command("add")
@click.argument("name")
@click.option("--by", metavar="NAME", help="Who met the person and confirms the entry.")
@_details
def add(
    *,
    name: str,
    by: str | None,
    kind: PersonKind | None,
    id_number: str | None,
    phone: str | None,
    keypad_number: int | None,
    pictures: tuple[Path, ...],
    consent: str | None,
    site_file: Path | None,
) -> None:
    """Register NAME. A face needs the reference of a consent."""
    with opened(site_file) as box:
        templates = _templates(box, pictures, consent)
        person = people.add(
            box.connection,
            faces.key_for(box.connection, box.key_file),
            name=name,
            consent=consent,
            templates=templates,
            kind=kind or "resident",
            id_number=id_number or "",
            phone=phone or "",
            keypad_number=keypad_number or 0,
            confirmed_by=by,
            now=box.now,
        )
        _say_added(box, person)


@command.command("change")
@person_argument
@click.option("--name", help="Another name.")
@_details
def change(
    *,
    person: int,
    name: str | None,
    kind: PersonKind | None,
    id_number: str | None,
    phone: str | None,
    keypad_number: int | None,
    pictures: tuple[Path, ...],
    consent: str | None,
    site_file: Path | None,
) -> None:
    """Change what is given of a person, add faces. An empty number or a keypad number of 0 takes it away."""
    with opened(site_file) as box:
        known = people.one(box.connection, person)
        templates = _templates(box, pictures, consent or known.consent)
        key = faces.key_for(box.connection, box.key_file)
        changed = people.change(
            box.connection,
            key,
            person,
            name=name,
            kind=kind,
            id_number=id_number,
            phone=phone,
            keypad_number=keypad_number,
            consent=consent,
            templates=templates,
            now=box.now,
        )
        box.say("registers.person_changed", subject=changed.subject, name=changed.name)


@command.command("list")
@click.argument("text", required=False)
@click.option("--kind", type=click.Choice(people.KINDS), help="Only people of this kind.")
@json_option
@site_option
def list_people(text: str | None, kind: PersonKind | None, site_file: Path | None, *, as_json: bool) -> None:
    """List the people, or whom TEXT may mean: part of a name, an id, a keypad, ID or phone number."""
    with opened(site_file) as box:
        key = key_to_read(box)
        found = people.everyone(box.connection) if text is None else people.find(box.connection, key, text)
        found = [person for person in found if kind is None or person.kind == kind]
        where = _present_ties(box)
        if as_json:
            numbers = identities.masked(box.connection, key)
            print_json(_fields(person, numbers, where.get(person.id, ())) for person in found)
            return
        for person in found:
            click.echo(person_in_words(box, person, where))
        if not found:
            box.say("registers.none")


@command.command("show")
@person_argument
@json_option
@site_option
def show(person: int, site_file: Path | None, *, as_json: bool) -> None:
    """Show a person with numbers masked, ties, those that ended too, and vehicles."""
    with opened(site_file) as box:
        known = people.one(box.connection, person)
        numbers = identities.masked(box.connection, key_to_read(box), person)
        all_ties = ties.of_person(box.connection, person)
        owned = vehicles.of_person(box.connection, person)
        if as_json:
            fields = _fields(known, numbers, all_ties)
            print_json([fields | {"vehicles": [asdict(vehicle) for vehicle in owned]}])
            return
        _say_person(box, known, numbers.get(person, Masked()))
        for line in (
            *(tie_in_words(box, tie) for tie in all_ties),
            *(vehicle_in_words(box, vehicle) for vehicle in owned),
        ):
            click.echo(f"  {line}")


@command.command("confirm")
@person_argument
@by_option
@site_option
def confirm(person: int, by: str, site_file: Path | None) -> None:
    """Note that a person and where they belong was found to be true."""
    with opened(site_file) as box:
        held = confirming.confirm_person(box.connection, person, by=by, now=box.now)
        box.say("registers.person_confirmed", subject=f"person/{person}", by=by.strip(), ties=held)


@command.command("withdraw")
@person_argument
@site_option
def withdraw(person: int, site_file: Path | None) -> None:
    """Erase the faces and consents of a person who stays registered."""
    with opened(site_file) as box:
        box.say_erased(people.withdraw(box.connection, person, now=box.now))


@command.command("remove")
@person_argument
@json_option
@site_option
def remove(person: int, site_file: Path | None, *, as_json: bool) -> None:
    """Erase a person for good, and tell what of every trace was removed, renamed and kept."""
    with opened(site_file) as box:
        evidence = Evidence(layout.evidence(box.site.storage.directory))
        erasure = erasing.erase_person(box.connection, person, evidence=evidence, now=box.now)
        if as_json:
            print_json([asdict(erasure)])
        else:
            say_erasure(box, erasure)


def _templates(box: Opened, pictures: Sequence[Path], consent: str | None) -> list[FaceTemplate]:
    if not pictures:
        return []
    if consent is None:
        raise people.face_needs_consent()
    from edge.registers.enrolling import engine_for, templates_of

    return templates_of(pictures, engine_for(box.site))


def _say_added(box: Opened, person: Person) -> None:
    if person.consent is None:
        box.say("registers.person_added_without_face", subject=person.subject, name=person.name)
        return
    box.say(
        "registers.person_added",
        subject=person.subject,
        name=person.name,
        templates=person.templates,
        consent=person.consent,
    )


def _say_person(box: Opened, person: Person, numbers: Masked) -> None:
    box.say(
        "registers.person_shown",
        subject=person.subject,
        name=person.name,
        kind=word(box, f"person_kind_{person.kind}"),
        id_number=_number(box, numbers, "id_number"),
        phone=_number(box, numbers, "phone"),
        keypad_number=person.keypad_number or "-",
        templates=person.templates,
        consent=person.consent or "-",
        added=box.at(person.added_s),
        confirmed=confirmed(box, person.confirmed_s, person.confirmed_by),
    )


def _number(box: Opened, numbers: Masked, which: str) -> str:
    if which in numbers.damaged:
        return word(box, "does_not_open")
    return getattr(numbers, which) or "-"


def _present_ties(box: Opened) -> dict[int, list[Tie]]:
    where: dict[int, list[Tie]] = {}
    for tie in ties.every_tie(box.connection):
        if tie.holds(box.now):
            where.setdefault(tie.person, []).append(tie)
    return where


def _fields(person: Person, numbers: dict[int, Masked], held: Sequence[Tie]) -> dict[str, object]:
    shown = asdict(numbers.get(person.id, Masked()))
    return asdict(person) | {"subject": person.subject} | shown | {"ties": [asdict(tie) for tie in held]}
