"""`menwei gate …`: raise a lane's barrier by hand, and see which vehicles are inside."""

from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from edge import catalogue
from edge.access import ledger
from edge.access.ledger import Ledger
from edge.access.policy_of import access_policy_of
from edge.clock import DAY_S
from edge.commands import tables
from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.commands.operating import operator_options, order, site_of
from edge.commands.tables import Column
from edge.orders import Open, Pulse
from edge.refusal import Refused
from edge.registers import access_register, vehicles
from edge.store import passing, stays
from edge.store.stays import Stay

OPEN_MS = 3000
_COLUMNS = ("plate", "owner", "entered", "entry", "left", "exit")


@click.group()
def command() -> None:
    """Raise a barrier by hand; see which vehicles are inside, and which were."""


@command.command("open")
@click.argument("lane")
@operator_options
@site_option
def open_lane(lane: str, by: str, why: str, site_file: Path | None) -> None:
    """Raise the barrier of LANE now."""
    site = site_of(site_file)
    if lane not in site.access.lanes:
        raise Refused(
            "operating.no_lane",
            "the site file names no lane {lane}: correct its id ({lanes})",
            lane=lane,
            lanes=", ".join(site.access.lanes) or "-",
        )
    at = access_policy_of(site).lanes[lane]
    what = Open(OPEN_MS) if at.opened_by == "open" else Pulse("raise", at.pulse_ms)
    done = order(site, at.barrier, what, by, why)
    click.echo(
        catalogue.text(
            "operating.barrier_raised", catalogue.language_of(), lane=lane, took=f"{done.took_s:.2f}"
        )
    )


@command.command("inside")
@json_option
@site_option
def list_inside(site_file: Path | None, *, as_json: bool) -> None:
    """List the vehicles that are inside, the longest first."""
    with opened(site_file) as box:
        _show(box, stays.inside(box.connection), as_json=as_json)


@command.command("occupancy")
@json_option
@site_option
def show_occupancy(site_file: Path | None, *, as_json: bool) -> None:
    """Count the vehicles that are inside, by their parking right."""
    with opened(site_file) as box:
        inside = Ledger.of(passing.read(box.connection).inside)
        kinds = ledger.occupancy(inside, access_register.gather(box.connection, box.now))
        capacity = box.site.access.capacity
        if as_json:
            print_json(
                [{"inside": inside.inside, "capacity": capacity, "kinds": dict(sorted(kinds.items()))}]
            )
            return
        for kind, count in sorted(kinds.items()):
            click.echo(f"{catalogue.text(f'lanes.kind_{kind}', box.language)}\t{count}")
        box.say("lanes.inside", inside=inside.inside, capacity="-" if capacity is None else capacity)


@command.command("stays")
@click.option(
    "--days", type=click.FloatRange(0.01, 365), default=1.0, show_default=True, help="How far to look back."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, help="At most so many; else 50.")
@json_option
@site_option
def list_stays(days: float, limit: int, site_file: Path | None, *, as_json: bool) -> None:
    """List the stays of vehicles, the newest first."""
    with opened(site_file) as box:
        _show(box, stays.latest(box.connection, box.now - days * DAY_S, limit), as_json=as_json)


def _show(box: Opened, found: list[Stay], *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(stay) for stay in found)
        return
    if not found:
        box.say("stays.none")
        return
    owners = {vehicle.plate: vehicle.owner for vehicle in vehicles.every_vehicle(box.connection)}
    columns = [Column(catalogue.text(f"stays.column_{name}", box.language)) for name in _COLUMNS]
    tables.show(
        columns, [[Text(cell) for cell in _cells(box, stay, owners.get(stay.plate))] for stay in found]
    )


def _cells(box: Opened, stay: Stay, owner: str | None) -> tuple[str, ...]:
    def at(wall_s: float | None) -> str:
        return "" if wall_s is None else box.at(wall_s)

    return (
        stay.plate,
        owner or "",
        at(stay.entered_wall_s),
        stay.entry or "",
        at(stay.left_wall_s),
        stay.exit or "",
    )
