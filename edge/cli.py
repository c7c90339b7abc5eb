"""The command line: `menwei COMMAND`. Each command's module is imported only when it is called."""

import sys

import click

from edge import catalogue
from edge.commands.lazy import LazyGroup
from edge.refusal import Refusal

COMMANDS = {
    "run": "edge.commands.run",
    "demo": "edge.commands.demo",
    "replay": "edge.commands.replay",
    "simulate": "edge.commands.simulate",
    "check": "edge.commands.check",
    "site": "edge.commands.site",
    "models": "edge.commands.models",
    "person": "edge.commands.person",
    "house": "edge.commands.house",
    "organisation": "edge.commands.organisation",
    "vehicle": "edge.commands.vehicle",
    "registers": "edge.commands.registers",
    "watchlist": "edge.commands.watchlist",
    "credential": "edge.commands.credential",
    "visitor": "edge.commands.visitor",
    "exception": "edge.commands.exception",
    "door": "edge.commands.door",
    "gate": "edge.commands.gate",
    "passage": "edge.commands.passage",
    "community": "edge.commands.community",
    "cameras": "edge.commands.cameras",
    "osdp": "edge.commands.osdp",
    "devices": "edge.commands.devices",
    "bench": "edge.commands.bench",
}


@click.group(cls=LazyGroup, modules=COMMANDS)
@click.version_option(package_name="menwei")
def menwei() -> None:
    """Menwei 门卫: the gate guard of a residential compound."""


def main() -> None:
    """Run the command line. A refusal is one sentence on standard error and exit code 2."""
    try:
        menwei()
    except Exception as error:
        if not isinstance(error, Refusal):
            raise
        language = catalogue.language_of()
        sentence = catalogue.explain(error, language)
        click.echo(catalogue.text("cli.refused", language, sentence=sentence), err=True)
        sys.exit(2)
