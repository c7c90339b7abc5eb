"""`menwei credential …`: the cards and PINs that people show at doors."""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from edge import catalogue
from edge.commands.moments import end_of, start_of
from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.refusal import Refused
from edge.registers import credentials
from edge.registers.cards import typed
from edge.registers.credentials import Credential, Terms

person_argument = click.argument("person", metavar="PERSON", type=click.IntRange(min=1))
credential_argument = click.argument("credential", metavar="ID", type=click.IntRange(min=1))
by_option = click.option("--by", required=True, metavar="NAME", help="Who gives it out.")
from_option = click.option("--from", "begin", metavar="DATE", help="Good from then on; else at once.")
until_option = click.option("--until", "end", metavar="DATE", help="Good until its end; else for ever.")
duress_option = click.option(
    "--duress", is_flag=True, help="Opens as usual, and alerts silently that somebody is forced to."
)


@click.group()
def command() -> None:
    """Give people cards and PINs, report them lost, block them."""


@command.command("add-card")
@person_argument
@click.argument("card")
@by_option
@from_option
@until_option
@duress_option
@site_option
def add_card(
    person: int,
    card: str,
    by: str,
    begin: str | None,
    end: str | None,
    *,
    site_file: Path | None,
    duress: bool,
) -> None:
    """Give PERSON the CARD: facility and number as printed on it, like 17:1042."""
    code = typed(card)
    with opened(site_file) as box:
        terms = _terms(box, by, begin, end, duress=duress)
        _say(box, credentials.add_card(box.connection, person=person, card=code, terms=terms, now=box.now))


@command.command("add-pin")
@person_argument
@by_option
@from_option
@until_option
@duress_option
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the PIN from standard input, once.")
@site_option
def add_pin(
    person: int,
    by: str,
    begin: str | None,
    end: str | None,
    *,
    site_file: Path | None,
    duress: bool,
    from_stdin: bool,
) -> None:
    """Give PERSON a PIN, which is asked for and never shown."""
    digits = sys.stdin.readline().strip() if from_stdin else _asked_twice()
    with opened(site_file) as box:
        terms = _terms(box, by, begin, end, duress=duress)
        _say(box, credentials.add_pin(box.connection, person=person, digits=digits, terms=terms, now=box.now))


@command.command("list")
@click.argument("person", metavar="[PERSON]", type=click.IntRange(min=1), required=False)
@json_option
@site_option
def list_credentials(person: int | None, site_file: Path | None, *, as_json: bool) -> None:
    """List the cards and PINs of everybody, or of PERSON; never what a PIN is."""
    with opened(site_file) as box:
        every = credentials.every_credential(box.connection, person)
        if as_json:
            print_json(asdict(credential) | {"kind": credential.kind} for credential in every)
            return
        for credential in every:
            _say(box, credential)
        if not every:
            box.say("registers.none")


@command.command("lost")
@credential_argument
@site_option
def lost(credential: int, site_file: Path | None) -> None:
    """Note that a card was lost: it opens nothing, and whoever shows it is an alert."""
    with opened(site_file) as box:
        _say(box, credentials.set_status(box.connection, credential, "lost", None))


@command.command("block")
@credential_argument
@click.option("--why", required=True, metavar="TEXT", help="Why.")
@site_option
def block(credential: int, why: str, site_file: Path | None) -> None:
    """Let a credential open nothing until it is restored."""
    with opened(site_file) as box:
        _say(box, credentials.set_status(box.connection, credential, "blocked", why))


@command.command("restore")
@credential_argument
@site_option
def restore(credential: int, site_file: Path | None) -> None:
    """Let a credential that was lost or blocked open again."""
    with opened(site_file) as box:
        _say(box, credentials.set_status(box.connection, credential, "active", None))


@command.command("remove")
@credential_argument
@site_option
def remove(credential: int, site_file: Path | None) -> None:
    """Take a credential away for good."""
    with opened(site_file) as box:
        gone = credentials.remove(box.connection, credential)
        box.say("credentials.removed", id=gone.id, name=gone.name)


def _terms(box: Opened, by: str, begin: str | None, end: str | None, *, duress: bool) -> Terms:
    return Terms(
        by,
        None if begin is None else start_of(begin, box.zone),
        None if end is None else end_of(end, box.zone),
        duress,
    )


def _asked_twice() -> str:
    language = catalogue.language_of()
    first = click.prompt(catalogue.text("credentials.ask_pin", language), hide_input=True)
    again = click.prompt(catalogue.text("credentials.ask_pin_again", language), hide_input=True)
    if first != again:
        raise Refused("credentials.pins_differ", "these were two different PINs: begin again")
    return str(first)


def _say(box: Opened, credential: Credential) -> None:
    def words(key: str, **values: object) -> str:
        return catalogue.text(f"credentials.{key}", box.language, **values)

    told = [words(f"status_{credential.status}")]
    told += [words("for_duress")] if credential.duress else []
    told += [words("good_from", at=box.at(credential.from_s))] if credential.from_s is not None else []
    told += [words("good_until", at=box.at(credential.until_s))] if credential.until_s is not None else []
    told += [credential.status_why] if credential.status_why else []
    box.say(
        f"credentials.{credential.kind}",
        id=credential.id,
        name=credential.name,
        card=credential.card or "",
        told=words("between").join(told),
    )
