"""`menwei bench devices`: how fast and how sure the wires to devices are, with their other ends simulated."""

import math
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from drivers.sim import modbus_figures, noise_figures, osdp_figures, probe_figures
from edge.bench.figures import Figure, publish

READERS = 3
ZONES = 8
NOISE = 0.2
# A secured poll and its answer are 28 bytes, a card's answer 30: at 9600 baud the wire alone takes up to
# 119 ms for a card where three readers share it, so that speed is told beside the one with the goal.
CARD_BAUD, SLOW_BAUD = 38400, 9600
CARD_MS = 100.0
CYCLE_MS = 650.0
ALARM_MS = 300.0
SECURE_S = 5.0
LINES_PER_S = 20_000.0
# A dead module is asked again within 6.25 s, and one a second at most.
FENCE_BACK_S = 8.0
READERS_BACK_S = 5.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    cards: int = 210
    away_s: tuple[float, ...] = (0.3, 0.8, 1.4, 2.1, 2.9, 3.8, 6.2)
    modules: int = 16
    cycles_for_s: float = 12.0
    alarms: int = 100
    lines: int = 60_000
    packets: int = 40_000
    garbled: int = 1_000_000
    noisy_for_s: float = 6.0


SIZES = Sizes()


def card_figures(sizes: Sizes) -> list[Figure]:
    """Return how long a card takes where three readers share a bus."""
    found = []
    for baud, goal in ((CARD_BAUD, CARD_MS), (SLOW_BAUD, None)):
        with tempfile.TemporaryDirectory() as folder:
            taken_s = osdp_figures.card_latencies_s(Path(folder), READERS, baud, sizes.cards)
        name = f"card to observation, {baud} baud"
        found += [
            Figure(f"{name}, p99", 1000 * p99(taken_s), "ms", goal, "at most"),
            Figure(f"{name}, max", 1000 * most(taken_s), "ms"),
        ]
    return found


def power_figures(sizes: Sizes) -> list[Figure]:
    """Return how a reader comes back after its power was away, and what that costs the others."""
    with tempfile.TemporaryDirectory() as folder:
        cycled = osdp_figures.power_cycles(Path(folder), READERS, SLOW_BAUD, sizes.away_s)
    lost = sum(math.isnan(taken_s) for taken_s in cycled.others_s)
    came_s = [taken_s for taken_s in cycled.others_s if not math.isnan(taken_s)]
    return [
        Figure("reader power-cycled", len(cycled.back_s), "times"),
        Figure("secure again after power came back, max", most(cycled.back_s), "s", SECURE_S, "at most"),
        Figure("cards at the other readers meanwhile", len(cycled.others_s), "cards", 1),
        Figure("cards lost there", lost, "cards", 0, "at most"),
        Figure("other readers told lost", cycled.others_lost, "times", 0, "at most"),
        Figure("card to observation there, p99", 1000 * p99(came_s), "ms"),
    ]


def fence_figures(sizes: Sizes) -> list[Figure]:
    """Return how often each module is polled while one is dead, and how long an alarm takes."""
    cycles_s = modbus_figures.cycles_s(sizes.modules, SLOW_BAUD, sizes.cycles_for_s, dead=1)
    alarms_s = modbus_figures.alarm_latencies_s(ZONES, SLOW_BAUD, sizes.alarms)
    name = f"{sizes.modules} fence modules, one dead: cycle"
    return [
        Figure(f"{name}, p99", 1000 * p99(cycles_s), "ms", CYCLE_MS, "at most"),
        Figure(f"{name}, max", 1000 * most(cycles_s), "ms", CYCLE_MS, "at most"),
        Figure(
            f"alarm contact to observation, {ZONES} zones, p99",
            1000 * p99(alarms_s),
            "ms",
            ALARM_MS,
            "at most",
        ),
        Figure(f"alarm contact to observation, {ZONES} zones, max", 1000 * most(alarms_s), "ms"),
    ]


def line_figures(sizes: Sizes) -> list[Figure]:
    """Return how fast probes are understood, by processor time: parsed, hashed, counted."""
    stream = probe_figures.lines_in_a_stream(sizes.lines)
    datagrams = probe_figures.lines_in_datagrams(sizes.lines)
    with tempfile.TemporaryDirectory() as folder:
        capture = probe_figures.packets_of_a_capture(Path(folder), sizes.packets)
    uncounted = sum(one.sent - one.counted for one in (stream, datagrams, capture))
    return [
        Figure("probe lines from a serial port", stream.per_s, "1/s", LINES_PER_S),
        Figure("probe lines, one a datagram", datagrams.per_s, "1/s", LINES_PER_S),
        Figure("frames of a capture", capture.per_s, "1/s"),
        Figure("lines and frames not counted", uncounted, "lines", 0, "at most"),
    ]


def garbled_figures(sizes: Sizes) -> list[Figure]:
    """Return what comes of answers with a fifth of their bytes garbled, decoded without a wire."""
    fence = noise_figures.fence_answers(sizes.garbled, NOISE)
    reader = noise_figures.reader_answers(sizes.garbled, NOISE)
    found = 1 - reader.missed / reader.intact if reader.intact else math.nan
    return [
        Figure("fence answers, bytes garbled: 20 %", fence.answers, "frames"),
        Figure("fence answers wrong under a right checksum", fence.unnoticed, "frames"),
        Figure("false fence events", fence.false_events, "events", 0, "at most"),
        Figure("fence events missed", fence.missed, "events", 0, "at most"),
        Figure("fence events that happened", fence.happened, "events", 1),
        Figure("reader answers, bytes garbled: 20 %", reader.answers, "frames"),
        Figure("reader answers wrong under a right checksum", reader.unnoticed, "frames"),
        Figure("false reader events", reader.false_events, "events", 0, "at most"),
        Figure("whole reader answers found", found, "share", 0.99),
    ]


def noise_on_the_wire_figures(sizes: Sizes) -> list[Figure]:
    """Return how buses come back by themselves after seconds of noise."""
    fence = modbus_figures.disturbed(ZONES, SLOW_BAUD, NOISE, sizes.noisy_for_s)
    with tempfile.TemporaryDirectory() as folder:
        readers = osdp_figures.disturbed(Path(folder), READERS, SLOW_BAUD, NOISE, sizes.noisy_for_s)
    return [
        Figure("fence modules told lost in noise", fence.told_lost, "times"),
        Figure("false fence events in noise", fence.false_events, "events", 0, "at most"),
        Figure("fence modules back after noise", fence.back_s, "s", FENCE_BACK_S, "at most"),
        Figure("cards held in noise", readers.cards, "cards", 1),
        Figure("cards told in noise that nobody held", readers.false_cards, "cards", 0, "at most"),
        Figure("readers back after noise", readers.back_s, "s", READERS_BACK_S, "at most"),
    ]


FIGURES: tuple[Callable[[Sizes], Iterable[Figure]], ...] = (
    card_figures,
    power_figures,
    fence_figures,
    line_figures,
    garbled_figures,
    noise_on_the_wire_figures,
)


@click.command("devices")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Measure the wires to doors, fences and probes: latency, recovery, and what noise does to them."""
    figures = [figure for measure in FIGURES for figure in measure(SIZES)]
    ctx.exit(publish(figures, as_json=as_json))


def p99(values: Sequence[float]) -> float:
    """Return the value that 99 of 100 do not exceed (nearest rank); NaN for none, or where one is NaN."""
    return _ranked(values, 0.99)


def most(values: Sequence[float]) -> float:
    """Return the largest value; NaN for none, or where one is NaN."""
    return _ranked(values, 1.0)


def _ranked(values: Sequence[float], share: float) -> float:
    if not values or any(math.isnan(value) for value in values):
        return math.nan
    return sorted(values)[math.ceil(share * len(values)) - 1]
