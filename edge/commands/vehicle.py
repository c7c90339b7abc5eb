"""`menwei vehicle add | list | remove`: vehicles that belong here."""

from dataclasses import asdict
from pathlib import Path

import click

from edge.commands.opening import json_option, opened, print_json, site_option
from edge.registers import vehicles
from edge.registers.plates import normalised


@click.group()
def command() -> None:
    """Register vehicles with their owners, list them, erase them."""


@command.command("add")
@click.argument("plate")
@click.option("--owner", required=True, metavar="NAME", help="Whose vehicle it is.")
@site_option
def add(plate: str, owner: str, site_file: Path | None) -> None:
    """Register the vehicle with PLATE."""
    exact = normalised(plate)
    with opened(site_file) as box:
        vehicle = vehicles.add(box.connection, plate=exact, owner=owner, now=box.now)
        box.say("registers.vehicle_added", id=vehicle.id, plate=vehicle.plate, owner=vehicle.owner)


@command.command("list")
@json_option
@site_option
def list_vehicles(site_file: Path | None, *, as_json: bool) -> None:
    """List the registered vehicles."""
    with opened(site_file) as box:
        every = vehicles.every_vehicle(box.connection)
        if as_json:
            print_json(asdict(vehicle) for vehicle in every)
            return
        for vehicle in every:
            box.say("registers.vehicle", **asdict(vehicle) | {"added": box.at(vehicle.added_s)})
        if not every:
            box.say("registers.none")


@command.command("remove")
@click.argument("vehicle", metavar="ID", type=click.IntRange(min=1))
@site_option
def remove(vehicle: int, site_file: Path | None) -> None:
    """Erase a vehicle."""
    with opened(site_file) as box:
        box.say_erased(vehicles.remove(box.connection, vehicle, now=box.now))
