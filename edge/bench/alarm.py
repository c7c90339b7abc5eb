"""`menwei bench alarm`: from a climber at the fence to the alert, with the uplink there and away.

The daemon runs as at a gate, in its own process; fence hosts, broker and community server are the other ends
of its real wires.
"""

import math
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML

from drivers.said import DeviceFound
from drivers.sim.broker import Broker
from drivers.sim.community import CommunityServer
from edge.bench.figures import Figure, publish
from edge.demo.children import Children
from edge.demo.record import Record
from edge.demo.tally import percentile
from edge.simulation.compound import SimulatedCompound
from edge.site.loading import load
from edge.site.schema import Site
from edge.store import layout

GOAL_S = 0.5
HOSTS, ZONES = 4, 12
# Uneven pauses, so that alarms meet the poll and the uplink at every phase.
APART_S = (0.37, 0.41, 0.53)
_READY_WITHIN_S = 60.0
_ARRIVED_WITHIN_S = 10.0
_MENWEI = (sys.executable, "-c", "from edge.cli import main; main()")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def command(*, as_json: bool) -> None:
    """Measure how long an alarm at the fence takes to become an alert, here and at the community server."""
    sys.exit(publish(figures(*measure()), as_json=as_json))


def figures(arrived_s: Sequence[float], decided_s: Sequence[float]) -> list[Figure]:
    """Return the figures of alarms that arrived at the community server, and of those decided without it.

    An alarm that did not come is a NaN, and no goal is reached with it.
    """
    return [
        Figure("fence alarms with the uplink there", len(arrived_s), "alarms"),
        _p99("alarm to community server, p99", arrived_s),
        Figure("alarm to community server, p50", _ms(percentile(arrived_s, 50)), "ms"),
        Figure("fence alarms with the uplink away", len(decided_s), "alarms"),
        _p99("alarm to alert while the uplink is away, p99", decided_s),
    ]


def measure(hosts: int = HOSTS, zones: int = ZONES) -> tuple[list[float], list[float]]:
    """Return how long alarms took: half of them to the community server, the others while it is away."""
    alarms = [(f"fence-{host}", str(zone)) for zone in range(1, zones + 1) for host in range(1, hosts + 1)]
    half = len(alarms) // 2
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory()))
        broker = Broker()
        broker.start()
        open_things.callback(broker.stop)
        site = _site(folder, broker.port, hosts, zones)
        community = CommunityServer(broker.host, broker.port)
        community.start()
        open_things.callback(community.stop)
        compound = open_things.enter_context(SimulatedCompound(site, os.environ, {}))
        children = open_things.enter_context(Children(folder))
        children.start("menwei", [*_MENWEI, "run", str(folder / "site.yaml")])
        record = open_things.enter_context(closing(_ready(layout.database(site.storage.directory), hosts)))
        began_s = _climb(compound, alarms[:half])
        arrived_s = _arrived(community, record, began_s)
        broker.stop()
        began_s = _climb(compound, alarms[half:])
        return arrived_s, _decided(record, began_s)


def _site(folder: Path, port: int, hosts: int, zones: int) -> Site:
    data: dict[str, Any] = {
        "site": {"id": "alarm", "name": "alarm"},
        "cameras": {
            "none": {
                "name": "none",
                "place": "nowhere",
                "source": "missing.mp4",
                "roles": ["overview"],
                "purpose": "security",
            }
        },
        "wires": {
            "bus": {
                "kind": "modbus",
                "port": "port",
                "fences": {
                    f"fence-{unit}": {
                        "name": f"fence-{unit}",
                        "place": "wall",
                        "unit": unit,
                        "profile": "generic-16di",
                        "zones": {str(zone): {"name": str(zone)} for zone in range(1, zones + 1)},
                    }
                    for unit in range(1, hosts + 1)
                },
            }
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "port": port, "tls": False}},
        "storage": {"directory": "store"},
    }
    with (folder / "site.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    return load(folder / "site.yaml")


def _ready(database: Path, hosts: int) -> Record:
    """Return a reader of the daemon's database once it has found every host. Raises TimeoutError."""
    until_s = time.monotonic() + _READY_WITHIN_S
    while (record := _opened(database)) is None:
        _wait_until(until_s)
    found = 0
    while found < hosts:
        found += sum(isinstance(row.observation, DeviceFound) for row in record.observations())
        _wait_until(until_s)
    return record


def _opened(database: Path) -> Record | None:
    try:
        return Record.open(database) if database.exists() else None
    except sqlite3.OperationalError:
        return None  # the daemon is still making its tables


def _wait_until(until_s: float) -> None:
    if time.monotonic() > until_s:
        raise TimeoutError("the daemon did not find its fence hosts")
    time.sleep(0.1)


def _climb(compound: SimulatedCompound, alarms: Sequence[tuple[str, str]]) -> dict[tuple[str, str], float]:
    began_s = {}
    for number, (host, zone) in enumerate(alarms):
        time.sleep(APART_S[number % len(APART_S)])
        began_s[host, zone] = time.monotonic()
        compound.tell(f"climb zone {zone} of {host}")
    return began_s


def _arrived(
    community: CommunityServer, record: Record, began_s: dict[tuple[str, str], float]
) -> list[float]:
    """Return the time from each climb to its alert's arrival."""
    _decided(record, began_s)
    until_s = time.monotonic() + _ARRIVED_WITHIN_S
    alerts = {alert.id: (str(alert.device), str(alert.zone)) for alert in record.alerts()}
    while time.monotonic() < until_s:
        at_s = {alerts.get(arrival.id): arrival.at_s for arrival in tuple(community.ledger.arrivals)}
        if all(zone in at_s for zone in began_s):
            break
        time.sleep(0.1)
    return [at_s.get(zone, math.nan) - began for zone, began in began_s.items()]


def _decided(record: Record, began_s: dict[tuple[str, str], float]) -> list[float]:
    """Return the time from each climb to its alert."""
    until_s = time.monotonic() + _ARRIVED_WITHIN_S
    at_s: dict[tuple[str, str], float] = {}
    while time.monotonic() < until_s and not all(zone in at_s for zone in began_s):
        at_s = {(str(alert.device), str(alert.zone)): alert.first_mono_s for alert in record.alerts()}
        time.sleep(0.1)
    return [at_s.get(zone, math.nan) - began for zone, began in began_s.items()]


def _p99(name: str, taken_s: Sequence[float]) -> Figure:
    worst = math.nan if any(math.isnan(s) for s in taken_s) else _ms(percentile(taken_s, 99))
    return Figure(name, worst, "ms", 1000 * GOAL_S, "at most")


def _ms(taken_s: float | None) -> float:
    return math.nan if taken_s is None else 1000 * taken_s
