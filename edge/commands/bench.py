"""`menwei bench NAME`: measure, print each figure beside its goal, exit 1 when one falls short."""

import importlib

import click

BENCHES = {
    "faces": "edge.bench.faces",
    "plates": "edge.bench.plates",
    "vision": "edge.bench.vision",
    "devices": "edge.bench.devices",
    "alarm": "edge.bench.alarm",
    "demo": "edge.bench.demo",
    "faults": "edge.bench.faults",
}


class Benches(click.Group):
    """A group whose commands are the modules of edge.bench, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the benches."""
        del ctx
        return list(BENCHES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the bench that was asked for."""
        del ctx
        if cmd_name not in BENCHES:
            return None
        command: click.Command = importlib.import_module(BENCHES[cmd_name]).command
        return command


@click.group(cls=Benches)
def command() -> None:
    """Measure what Menwei promises, each figure beside its goal."""
