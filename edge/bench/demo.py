"""`menwei bench demo`: the demo as a newcomer runs it, its latencies and memory beside their goals."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import click

from edge.bench.figures import Figure, publish
from edge.refusal import Refused

START_AND_END_S = 300.0  # the first time draws the videos
_DEMO = "from edge.cli import main; main()"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(min=40, max=3600),
    default=60.0,
    metavar="SECONDS",
    help="How long to watch; a round takes 40 s.",
)
def command(seconds: float, *, as_json: bool) -> None:
    """Run the demo and judge its alerts, latencies and memory."""
    sys.exit(publish(figures(last_line(seconds)), as_json=as_json))


def last_line(seconds: float) -> Mapping[str, Any]:
    """Return what `menwei demo` said at its end. Refused: it said nothing of the kind."""
    demo = subprocess.run(
        [sys.executable, "-c", _DEMO, "demo", "--for", str(seconds)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds + START_AND_END_S,
        check=False,
    )
    try:
        summary: Mapping[str, Any] = json.loads(demo.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise Refused(
            "demo.no_summary",
            "the demo ended with status {code} and without its figures",
            code=demo.returncode,
        ) from None
    return summary


def figures(summary: Mapping[str, Any]) -> list[Figure]:
    """Return the figures of a demo's last line."""
    alerts, latency = summary["alerts"], summary["latency_ms"]
    return [
        Figure("alerts", alerts, "alerts", 4),
        Figure("alerts acknowledged", summary["acknowledged"] / alerts if alerts else 0.0, "share", 1.0),
        Figure("frame to acknowledgement, p50", _number(latency["p50"]), "ms"),
        Figure("frame to acknowledgement, p99", _number(latency["p99"]), "ms", 1000, "at most"),
        Figure("frame to acknowledgement, max", _number(latency["max"]), "ms"),
        Figure("controller, peak resident", summary["controller_rss_mb"], "MB", 120, "at most"),
        Figure("vision worker, peak resident", summary["worker_rss_mb"], "MB", 450, "at most"),
    ]


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
