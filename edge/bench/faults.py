"""`menwei bench faults`: kill the gate and the broker while alerts flow, then count what arrived."""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import click
import msgspec

from drivers.sim.broker import Broker
from drivers.sim.community import CommunityServer
from drivers.sim.community_ledger import Arrival
from edge.bench.faults_gate import SITE
from edge.bench.figures import Figure, publish
from edge.events import PlateRead
from edge.refusal import Refused
from edge.store import alert_rows, counters, journal, layout, outbox
from edge.store.database import open_database

KILLS = 50
BROKER_KILLS = 10
LEAST_RATE = 20.0
LONGEST_LIFE_S = 0.4
START_WITHIN_S = 30.0
END_WITHIN_S = 10.0
DELIVER_WITHIN_S = 60.0
MOST_ROWS = 1_000_000


class KillableBroker(Protocol):
    """A broker that can be ended as a power cut would, and started again on its port."""

    port: int

    def start(self) -> None:
        """Start and return when it accepts connections."""

    def kill(self) -> None:
        """End it at once."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run came to. Each count but the first four should be zero."""

    kills: int
    broker_kills: int
    alerts: int
    alerts_per_s: float
    missing: int
    under_two_ids: int
    changed: int
    out_of_order: int
    pictures_missing: int
    damaged: int


def torment(directory: Path, broker: KillableBroker, *, kills: int, broker_kills: int, seed: int) -> Tally:
    """Kill the gate `kills` times and the started `broker` `broker_kills` times while alerts flow."""
    chance = random.Random(seed)  # noqa: S311 - moments to kill at, no secrets
    community = CommunityServer("127.0.0.1", broker.port, site=SITE)
    try:
        community.start()
        flowed_s = _kill_again_and_again(directory, broker, chance, kills, broker_kills)
        with _ended(_spawn(directory, broker.port)) as gate:
            _order(gate, "deliver")
            _wait_until_delivered(directory)
    finally:
        community.stop()
    return _count(directory, community, flowed_s=flowed_s, kills=kills, broker_kills=broker_kills)


def figures(tally: Tally) -> tuple[Figure, ...]:
    """Return the figures with their goals."""
    return (
        Figure("controller killed", tally.kills, "times"),
        Figure("broker killed", tally.broker_kills, "times"),
        Figure("alerts journalled", tally.alerts, "alerts", goal=1),
        Figure("alerts while it lived", tally.alerts_per_s, "1/s", goal=LEAST_RATE),
        Figure("alerts missing", tally.missing, "alerts", 0, "at most"),
        Figure("alerts under two ids", tally.under_two_ids, "alerts", 0, "at most"),
        Figure("alerts with changed content", tally.changed, "alerts", 0, "at most"),
        Figure("alerts out of order", tally.out_of_order, "alerts", 0, "at most"),
        Figure("pictures missing", tally.pictures_missing, "pictures", 0, "at most"),
        Figure("damages in the database", tally.damaged, "damages", 0, "at most"),
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--seed", type=int, default=1, help="Seed of the moments to kill at.")
def command(*, as_json: bool, seed: int) -> None:
    """Kill the controller 50 times and the broker 10 times while alerts flow; count what arrived."""
    with tempfile.TemporaryDirectory(prefix="menwei-faults-") as folder, Broker() as broker:
        tally = torment(Path(folder), broker, kills=KILLS, broker_kills=BROKER_KILLS, seed=seed)
    sys.exit(publish(figures(tally), as_json=as_json))


def _kill_again_and_again(
    directory: Path, broker: KillableBroker, chance: random.Random, kills: int, broker_kills: int
) -> float:
    """Return how many seconds alerts flowed."""
    broker_dies_in = frozenset(chance.sample(range(kills), broker_kills))
    flowed_s = 0.0
    # Each gate loads itself while the one before it still lives.
    following = _spawn(directory, broker.port)
    try:
        for life in range(kills):
            gate, following = following, _spawn(directory, broker.port)
            with _ended(gate):
                _order(gate, "observe")
                began_s = _wait_until_alerts_flow(directory)
                time.sleep(chance.uniform(0.0, LONGEST_LIFE_S))
                if life in broker_dies_in:
                    broker.kill()
                    broker.start()
                    time.sleep(chance.uniform(0.0, LONGEST_LIFE_S))
                gate.kill()
                flowed_s += time.monotonic() - began_s
    finally:
        following.kill()
        with _ended(following):
            pass
    return flowed_s


def _spawn(directory: Path, port: int) -> subprocess.Popen[str]:
    command_line = [sys.executable, "-m", "edge.bench.faults_gate", str(directory), str(port)]
    return subprocess.Popen(command_line, stdin=subprocess.PIPE, text=True)


@contextmanager
def _ended(gate: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """End the gate with the block, gently if it still runs."""
    try:
        yield gate
    finally:
        if gate.stdin is not None:
            gate.stdin.close()
        try:
            gate.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            gate.kill()
            gate.wait()


def _order(gate: subprocess.Popen[str], order: str) -> None:
    if gate.stdin is not None:
        gate.stdin.write(f"{order}\n")
        gate.stdin.flush()


def _wait_until_alerts_flow(directory: Path) -> float:
    """Return when (monotonic) the journal grew."""
    before = None
    deadline = time.monotonic() + START_WITHIN_S
    with closing(open_database(layout.database(directory))) as database:
        while time.monotonic() < deadline:
            now = counters.last(database, "journal")
            if before is not None and now > before:
                return time.monotonic()
            before = now
            time.sleep(0.01)
    raise Refused(
        "faults.gate_silent", "the gate journalled nothing within {seconds} s", seconds=START_WITHIN_S
    )


def _wait_until_delivered(directory: Path) -> None:
    """Wait until nothing waits; what still does after that is counted as missing."""
    deadline = time.monotonic() + DELIVER_WITHIN_S
    with closing(open_database(layout.database(directory))) as database:
        while time.monotonic() < deadline and outbox.backlog(database).oldest_wall_s is not None:
            time.sleep(0.05)


def _count(
    directory: Path, community: CommunityServer, *, flowed_s: float, kills: int, broker_kills: int
) -> Tally:
    with closing(open_database(layout.database(directory))) as database:
        seen = {
            row.seq
            for row in journal.read(database, limit=MOST_ROWS)
            if isinstance(row.observation, PlateRead)
        }
        alerts = tuple(alert_rows.read(database, limit=MOST_ROWS))
        (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
        texts = {alert.id: outbox.content(database, alert.id).event for alert in alerts}
    raised = [a for a in community.ledger.arrivals if a.lane == "alerts"]
    shown = [a for a in community.ledger.arrivals if a.lane == "pictures"]
    came = {a.id for a in raised}
    causes = Counter(a.event["data"]["subject"] for a in raised)
    with_picture = {a.id for a in alerts if a.picture is not None}
    return Tally(
        kills=kills,
        broker_kills=broker_kills,
        alerts=len(alerts),
        alerts_per_s=len(alerts) / flowed_s,
        missing=len(seen - {a.cause_seq for a in alerts}) + len({a.id for a in alerts} - came),
        under_two_ids=sum(count - 1 for count in causes.values()) + len(came - set(texts)),
        changed=community.conflicts
        + sum(a.event != msgspec.json.decode(texts[a.id]) for a in raised if a.id in texts),
        out_of_order=_out_of_order(raised) + _out_of_order(shown),
        pictures_missing=len(with_picture - {a.event["alert"] for a in shown if a.event.get("data_base64")}),
        damaged=int(verdict != "ok"),
    )


def _out_of_order(arrivals: Sequence[Arrival]) -> int:
    return sum(a.sequence + 1 != b.sequence for a, b in pairwise(arrivals))
