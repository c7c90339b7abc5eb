"""`menwei house`: the houses of the compound, and who belongs to them."""

from dataclasses import asdict
from pathlib import Path

import click

from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.commands.registered import confirmed, tie_in_words
from edge.registers import confirming, houses, ties
from edge.registers.houses import House

house_argument = click.argument("house", metavar="ID", type=click.IntRange(min=1))
entrance_option = click.option("--entrance", metavar="NAME", help="单元; left out where there is only one.")


@click.group()
def command() -> None:
    """Register houses, confirm them with their households, erase them."""


@command.command("add")
@click.argument("building")
@click.argument("room")
@entrance_option
@click.option("--by", metavar="NAME", help="Who visited the house and confirms the entry.")
@site_option
def add(building: str, room: str, entrance: str | None, by: str | None, site_file: Path | None) -> None:
    """Register the house in BUILDING with ROOM."""
    address = houses.addressed(building, entrance, room)
    with opened(site_file) as box:
        house = houses.add(box.connection, address, confirmed_by=by, now=box.now)
        box.say("registers.house_added", subject=house.subject, address=house.address)


@command.command("change")
@house_argument
@click.argument("building")
@click.argument("room")
@entrance_option
@site_option
def change(*, house: int, building: str, room: str, entrance: str | None, site_file: Path | None) -> None:
    """Correct the address of a house."""
    address = houses.addressed(building, entrance, room)
    with opened(site_file) as box:
        _say_house(box, houses.change(box.connection, house, address))


@command.command("list")
@click.option("--building", metavar="NAME", help="Only the houses of this building.")
@json_option
@site_option
def list_houses(building: str | None, site_file: Path | None, *, as_json: bool) -> None:
    """List the houses."""
    wanted = None if building is None else houses.building_called(building)
    with opened(site_file) as box:
        found = houses.every_house(box.connection, building=wanted)
        if as_json:
            print_json(asdict(house) | {"address": house.address} for house in found)
            return
        for house in found:
            _say_house(box, house)
        if not found:
            box.say("registers.none")


@command.command("show")
@house_argument
@json_option
@site_option
def show(house: int, site_file: Path | None, *, as_json: bool) -> None:
    """Show a house and who belongs or belonged to it."""
    with opened(site_file) as box:
        known = houses.one(box.connection, house)
        held = ties.to_place(box.connection, known)
        if as_json:
            fields = asdict(known) | {"address": known.address, "ties": [asdict(tie) for tie in held]}
            print_json([fields])
            return
        _say_house(box, known)
        for tie in held:
            click.echo(f"  {tie_in_words(box, tie)}")


@command.command("confirm")
@house_argument
@click.option("--by", required=True, metavar="NAME", help="Who found it to be true.")
@click.option("--household", is_flag=True, help="Also everybody who belongs to it now.")
@site_option
def confirm(house: int, by: str, site_file: Path | None, *, household: bool) -> None:
    """Note that a house, or the whole household, was found to be as registered."""
    with opened(site_file) as box:
        subject = f"house/{house}"
        if household:
            people = confirming.confirm_household(box.connection, house, by=by, now=box.now)
            box.say("registers.household_confirmed", subject=subject, by=by.strip(), people=people)
            return
        confirming.confirm(box.connection, "house", house, by=by, now=box.now)
        box.say("registers.entry_confirmed", subject=subject, by=by.strip())


@command.command("remove")
@house_argument
@site_option
def remove(house: int, site_file: Path | None) -> None:
    """Erase a house to which nobody belongs any longer."""
    with opened(site_file) as box:
        box.say_erased(houses.remove(box.connection, house, now=box.now))


def _say_house(box: Opened, house: House) -> None:
    told = confirmed(box, house.confirmed_s, house.confirmed_by)
    box.say("registers.house", id=house.id, address=house.address, confirmed=told)
