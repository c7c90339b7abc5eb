"""`menwei vehicle`: vehicles that belong here."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import tzinfo
from pathlib import Path
from typing import Any

import click

from edge.access.register import Parking
from edge.commands.moments import end_of
from edge.commands.opening import json_option, opened, print_json, site_option
from edge.commands.registered import vehicle_in_words
from edge.registers import confirming, vehicles
from edge.registers.plates import normalised

vehicle_argument = click.argument("vehicle", metavar="ID", type=click.IntRange(min=1))


def _details(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--owner", metavar="NAME", help="Whose vehicle it is."),
            click.option(
                "--person",
                metavar="ID",
                type=click.IntRange(min=1),
                help="The owner's id, where the owner is registered.",
            ),
            click.option("--parking", type=click.Choice(vehicles.PARKING), help="By which right it parks."),
            click.option("--until", metavar="ISO", help="Until when it may park; `never` for without end."),
            site_option,
        )
    ):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """Register vehicles with their owners and parking rights, confirm and erase them."""


@command.command("add")
@click.argument("plate")
@click.option(
    "--type", "plate_type", type=click.Choice(vehicles.PLATE_TYPES), help="Type; else as the plate shows it."
)
@click.option("--colour", type=click.Choice(vehicles.COLOURS), help="Ground of the plate.")
@click.option("--by", metavar="NAME", help="Who saw the vehicle and its licence and confirms the entry.")
@_details
def add(
    *,
    plate: str,
    owner: str | None,
    person: int | None,
    plate_type: str | None,
    colour: str | None,
    parking: Parking | None,
    until: str | None,
    by: str | None,
    site_file: Path | None,
) -> None:
    """Register the vehicle with PLATE."""
    exact = normalised(plate)
    with opened(site_file) as box:
        vehicle = vehicles.add(
            box.connection,
            plate=exact,
            owner=owner,
            person=person,
            plate_type=plate_type,
            colour=colour,
            parking=parking or "resident",
            until_s=_end(until, box.zone),
            confirmed_by=by,
            now=box.now,
        )
        box.say("registers.vehicle_added", id=vehicle.id, plate=vehicle.plate, owner=vehicle.owner)


@command.command("change")
@vehicle_argument
@click.option("--colour", type=click.Choice([*vehicles.COLOURS, ""]), help="Ground of the plate.")
@_details
def change(
    *,
    vehicle: int,
    owner: str | None,
    person: int | None,
    colour: str | None,
    parking: Parking | None,
    until: str | None,
    site_file: Path | None,
) -> None:
    """Change what is given of a vehicle."""
    with opened(site_file) as box:
        changed = vehicles.change(
            box.connection,
            vehicle,
            owner=owner,
            person=person,
            colour=colour,
            parking=parking,
            until_s=_end(until, box.zone),
            endless=until == "never",
        )
        click.echo(vehicle_in_words(box, changed))


@command.command("list")
@click.argument("plate", required=False)
@json_option
@site_option
def list_vehicles(plate: str | None, site_file: Path | None, *, as_json: bool) -> None:
    """List the registered vehicles, or the one with PLATE."""
    exact = None if plate is None else normalised(plate)
    with opened(site_file) as box:
        every = vehicles.every_vehicle(box.connection)
        found = [vehicle for vehicle in every if exact is None or vehicle.plate == exact]
        if as_json:
            print_json(asdict(vehicle) for vehicle in found)
            return
        for vehicle in found:
            click.echo(vehicle_in_words(box, vehicle))
        if not found:
            box.say("registers.none")


@command.command("confirm")
@vehicle_argument
@click.option("--by", required=True, metavar="NAME", help="Who found it to be true.")
@site_option
def confirm(vehicle: int, by: str, site_file: Path | None) -> None:
    """Note that the entry of a vehicle was found to be true."""
    with opened(site_file) as box:
        confirming.confirm(box.connection, "vehicle", vehicle, by=by, now=box.now)
        box.say("registers.entry_confirmed", subject=f"vehicle/{vehicle}", by=by.strip())


@command.command("remove")
@vehicle_argument
@site_option
def remove(vehicle: int, site_file: Path | None) -> None:
    """Erase a vehicle."""
    with opened(site_file) as box:
        box.say_erased(vehicles.remove(box.connection, vehicle, now=box.now))


def _end(until: str | None, zone: tzinfo) -> float | None:
    return None if until in {None, "never"} else end_of(str(until), zone)
