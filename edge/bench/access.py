"""`menwei bench access`: how fast it is decided who may pass, and how fast that is carried out."""

import math
import os
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click

from edge.bench import access_decisions, access_gate, crowd
from edge.bench.access_gate import LANES, Gate
from edge.bench.devices import most, p99
from edge.bench.figures import Figure, publish
from edge.box_events import PassageDecided
from edge.events import PlateRead
from edge.store import journal, layout
from edge.store.database import open_database

CARD_BAUD, SLOW_BAUD = 38_400, 9_600
_LONGEST_PAUSE_S = 0.7
_CHANGED_WITHIN_S = 5.0
_SHOWN_EVERY_S = 0.07
_QUIET_S = 0.6


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    people: int = 20_000
    cards: int = 150
    slow_cards: int = 60
    changes: int = 15
    cars: int = 20
    cars_within_s: float = 240.0


SIZES = Sizes()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Measure decisions about passing, and how long a card and a plate take to the lock and the barrier."""
    figures = [*access_decisions.figures(SIZES.people), *gate_figures(SIZES), *slow_figures(SIZES)]
    ctx.exit(publish(figures, as_json=as_json))


def gate_figures(sizes: Sizes) -> list[Figure]:
    """Return the figures of a gate whose cameras are recognised meanwhile."""
    with (
        tempfile.TemporaryDirectory() as folder,
        access_gate.running(Path(folder), CARD_BAUD, sizes.people) as gate,
    ):
        began_s, before = time.monotonic(), access_gate.frames(gate.standing())
        took_s = _cards(gate, sizes.cards)
        analysed = access_gate.frames(gate.standing()) - before
        per_s = analysed / (time.monotonic() - began_s)
        effective_s = [_change(gate, number) for number in range(sizes.changes)]
        changing_s = _while_changing(gate, sizes.slow_cards)
        cars_s = _cars(gate, sizes)
        start_s = gate.answered_s - gate.started_s
    return [
        Figure("load average", os.getloadavg()[0], ""),
        Figure("start-up to the first answer", start_s, "s", 2.0, "at most"),
        Figure("cameras' frames decoded meanwhile", per_s, "1/s", 3.0),
        Figure("cards", len(took_s), "cards"),
        Figure("card to lock order, p99", 1000 * p99(took_s), "ms", 150.0, "at most"),
        Figure("card to lock order, max", 1000 * most(took_s), "ms"),
        Figure("card to lock order, registers changing, p99", 1000 * p99(changing_s), "ms"),
        Figure("change of the registers to the door, max", most(effective_s), "s", 1.0, "at most"),
        Figure("cars let through", len(cars_s), "cars", sizes.cars),
        Figure("deciding frame to barrier order, p99", 1000 * p99(cars_s), "ms", 200.0, "at most"),
    ]


def slow_figures(sizes: Sizes) -> list[Figure]:
    """Return what is told of a slow wire: three readers need 119 ms of it for one card."""
    with (
        tempfile.TemporaryDirectory() as folder,
        access_gate.running(Path(folder), SLOW_BAUD, sizes.people) as gate,
    ):
        took_s = _cards(gate, sizes.slow_cards)
    return [Figure(f"card to lock order, {SLOW_BAUD} baud, p99", 1000 * p99(took_s), "ms")]


def _cards(gate: Gate, count: int) -> Sequence[float]:
    luck = random.Random(1)  # noqa: S311 - who comes when
    took_s = []
    for _ in range(count):
        # Uneven pauses, so that cards meet polls and frames at every phase.
        time.sleep(luck.uniform(0.0, _LONGEST_PAUSE_S))
        took = gate.hold(crowd.card(luck.randint(1, gate.people)))
        took_s.append(math.nan if took is None else took)
    return took_s


def _change(gate: Gate, number: int) -> float:
    """Give a person a further card; return how long until it opens a door, NaN: never."""
    card = crowd.spare_card(number)
    time.sleep(_QUIET_S)  # no earlier card's opening is on its way
    before = gate.openings()
    access_gate.register_card(gate.site, 1, card)
    changed_s = time.monotonic()
    while time.monotonic() - changed_s < _CHANGED_WITHIN_S:
        gate.show(card)
        time.sleep(_SHOWN_EVERY_S)
        if len(opened := gate.openings()) > len(before):
            return min(opened[len(before) :]) - changed_s
    return math.nan


def _while_changing(gate: Gate, count: int) -> Sequence[float]:
    """Hold cards while another process changes the registers all the time."""
    over = threading.Event()

    def change() -> None:
        number = 1000
        while not over.wait(0.2):
            number += 1
            access_gate.register_card(gate.site, 1, crowd.spare_card(number))

    changing = threading.Thread(target=change, name="changing-registers")
    changing.start()
    try:
        return _cards(gate, count)
    finally:
        over.set()
        changing.join()


def _cars(gate: Gate, sizes: Sizes) -> Sequence[float]:
    """Return how long each car's barrier order took from the frame that decided."""
    until_s = time.monotonic() + sizes.cars_within_s
    read = _let_through(gate)
    while len(read) < sizes.cars and time.monotonic() < until_s:
        time.sleep(0.5)
        read = _let_through(gate)
    time.sleep(1.0)  # the last car's order may be on its way
    return [_raised(gate, lane, frame_s) - frame_s for lane, frame_s in read]


def _let_through(gate: Gate) -> list[tuple[str, float]]:
    """Return the lane and the moment of the deciding frame of each car that was let through."""
    with closing(open_database(layout.database(gate.site.storage.directory))) as connection:
        rows = [row.observation for row in journal.read(connection, 0, 100_000)]
    frames: dict[str, float] = {}
    found = []
    for row in rows:
        if isinstance(row, PlateRead):
            frames[row.camera] = row.mono_s
        if isinstance(row, PassageDecided) and row.granted and row.lane in LANES:
            found.append((row.lane, frames[f"lane-{row.lane}"]))
    return found


def _raised(gate: Gate, lane: str, frame_s: float) -> float:
    channel = access_gate.raise_channel(lane)
    return next(
        (at_s for at_s, pulsed in gate.board.pulsed if pulsed == channel and at_s >= frame_s), math.nan
    )
