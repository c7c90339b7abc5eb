"""How fast it is decided who may pass, with the registers of a large compound. Nothing here waits."""

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from drivers.said import CardPresented
from edge.access import access as passages
from edge.access.access import Access
from edge.access.deciding import Situation, decide
from edge.access.lanes import AtLane, decide_vehicle
from edge.access.passing_state import Passing
from edge.access.policy_of import access_policy_of
from edge.access.request import Request, Shown
from edge.bench import crowd
from edge.bench.devices import p99
from edge.bench.figures import Figure
from edge.clock import Moment
from edge.events import Box, PlateRead
from edge.registers import access_register
from edge.site.loading import load
from edge.site.schema import Site
from edge.store import layout
from edge.store.database import open_database

PEOPLE, SCHEDULES = 20_000, 200
DECISIONS = 20_000
DOORS = 24
# A Tuesday afternoon in Shanghai.
WALL_S = 1_793_772_000.0


@dataclass(frozen=True, slots=True)
class Timed:
    """How long each of many calls took by the wall clock, and all of them by the processor's."""

    each_s: tuple[float, ...]
    processor_s: float

    @property
    def per_s(self) -> float:
        """How many a second one core does."""
        return len(self.each_s) / self.processor_s


def figures(people: int = PEOPLE, decisions: int = DECISIONS) -> list[Figure]:
    """Return the figures of decisions."""
    with tempfile.TemporaryDirectory() as folder:
        site = large_site(Path(folder))
        site.storage.directory.mkdir()
        with closing(open_database(layout.database(site.storage.directory))) as connection:
            crowd.fill(connection, people)
            access = _access(site, connection)
    luck = random.Random(1)  # noqa: S311 - who comes to which door
    decided = timed(_requests(access, people, luck), decisions)
    stepped = timed(_cards(access, people, luck), decisions)
    driven = timed(_cars(access, people, luck), decisions)
    return [
        Figure("people, credentials registered", people + 3 * people, "rows"),
        Figure("schedules", len(access.policy.schedules), "hours"),
        Figure("decide, p99", 1000 * p99(decided.each_s), "ms", 1.0, "at most"),
        Figure("decisions a second on one core", decided.per_s, "1/s", 10_000),
        Figure("a card's whole step, p99", 1000 * p99(stepped.each_s), "ms"),
        Figure("a card's whole steps a second", stepped.per_s, "1/s"),
        Figure("decide_vehicle, p99", 1000 * p99(driven.each_s), "ms"),
    ]


def timed(calls: Iterator[Callable[[], object]], count: int) -> Timed:
    """Make so many calls, and time each."""
    each_s = []
    began_s = time.process_time()
    preparing_s = 0.0
    for _ in range(count):
        at_s = time.process_time()
        call = next(calls)
        preparing_s += time.process_time() - at_s
        at_s = time.perf_counter()
        call()
        each_s.append(time.perf_counter() - at_s)
    return Timed(tuple(each_s), time.process_time() - began_s - preparing_s)


def large_site(folder: Path) -> Site:
    """Write and read the site file of a compound with many doors and schedules."""
    schedules = {
        f"s{n}": {
            "name": f"s{n}",
            "weekly": [
                {"days": ["mon", "tue", "wed", "thu", "fri"], "hours": [f"{n % 24:02}:00-{n % 24:02}:59"]}
            ],
        }
        for n in range(SCHEDULES)
    }
    doors = [f"door-{n}" for n in range(DOORS)]
    rights: list[dict[str, Any]] = [
        {"buildings": [str(n % crowd.BUILDINGS + 1)], "openings": [doors[n % DOORS]], "schedule": f"s{n}"}
        for n in range(SCHEDULES)
    ]
    rights.append({"kinds": ["resident"], "openings": [*doors[: DOORS // 2], "in"]})
    data: dict[str, Any] = {
        "site": {"id": "large", "name": "large"},
        "cameras": {
            "lane": {
                "name": "lane",
                "place": "lane",
                "source": "x.mp4",
                "roles": ["plate"],
                "purpose": "access",
            }
        },
        "wires": {
            "bus": {
                "kind": "osdp",
                "port": "bus",
                "readers": {
                    door: {"name": door, "place": door, "address": n, "key_file": f"key-{n}"}
                    for n, door in enumerate(doors)
                },
            },
            "board-bus": _board(),
        },
        "access": {
            "schedules": schedules,
            "rights": rights,
            "doors": {door: {"ways": [["card"]], "fail": "secure"} for door in doors},
            "lanes": {
                "in": {
                    "name": "in",
                    "place": "lane",
                    "cameras": ["lane"],
                    "barrier": "arm",
                    "direction": "in",
                }
            },
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
        "storage": {"directory": "store"},
    }
    with (folder / "site.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    return load(folder / "site.yaml")


def _board() -> dict[str, Any]:
    barrier = {
        "name": "arm",
        "place": "lane",
        "raise_output": "up",
        "lower_output": "down",
        "guards": ["loop"],
    }
    board = {
        "name": "board",
        "place": "lane",
        "unit": 1,
        "outputs": {"up": {"channel": 0}, "down": {"channel": 1}},
        "contacts": {"loop": {"address": 0}},
        "barriers": {"arm": barrier},
    }
    return {"kind": "modbus", "port": "board", "relay_boards": {"board": board}}


def _access(site: Site, connection: sqlite3.Connection) -> Access:
    return Access(access_policy_of(site), access_register.gather(connection, WALL_S), Passing("bench"))


def _requests(access: Access, people: int, luck: random.Random) -> Iterator[Callable[[], object]]:
    at = Situation(access.policy, access.register, access.passing)
    doors = list(access.policy.doors)
    now = Moment(WALL_S, 100.0)
    while True:
        person = luck.randint(1, people)
        card = access.register.cards["{}:{}".format(*crowd.card(person))]
        shown = Shown("card", card.subject, f"card/{card.id}", 99.9)
        request = Request(luck.choice(doors), (shown,), 99.9)
        yield partial(decide, at, request, now)


def _cards(access: Access, people: int, luck: random.Random) -> Iterator[Callable[[], object]]:
    doors = list(access.policy.doors)
    now = Moment(WALL_S, 100.0)
    while True:
        # One in ten cards is nobody's.
        person = luck.randint(1, people * 11 // 10)
        facility, number = crowd.card(person)
        seen = CardPresented(
            device=luck.choice(doors), mono_s=99.9, bits=26, data=b"", facility=facility, number=number
        )
        yield partial(passages.step, access, seen, now)


def _cars(access: Access, people: int, luck: random.Random) -> Iterator[Callable[[], object]]:
    at = AtLane(access.policy, access.register, access.policy.lanes["in"])
    now = Moment(WALL_S, 100.0)
    while True:
        seen = PlateRead(
            camera="lane",
            mono_s=99.9,
            track=1,
            text=crowd.plate(luck.randint(1, people * 11 // 10)),
            plate_type="civil",
            colour="blue",
            confidence=0.99,
            exact_reads=2,
            box=Box(0, 0, 1, 1),
        )
        yield partial(decide_vehicle, at, seen, now)
