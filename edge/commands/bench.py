"""`menwei bench NAME`: measure, print each figure beside its goal, exit 1 when one falls short."""

import click

from edge.commands.lazy import LazyGroup

BENCHES = {
    "faces": "edge.bench.faces",
    "plates": "edge.bench.plates",
    "vision": "edge.bench.vision",
    "devices": "edge.bench.devices",
    "alarm": "edge.bench.alarm",
    "access": "edge.bench.access",
    "demo": "edge.bench.demo",
    "faults": "edge.bench.faults",
}


@click.group(cls=LazyGroup, modules=BENCHES)
def command() -> None:
    """Measure what Menwei promises, each figure beside its goal."""
