"""`menwei devices …`: what the installer does with the devices of a site."""

import click

from edge.commands.lazy import LazyGroup

COMMANDS = {
    "scan": "edge.commands.devices_scan",
    "diagnostics": "edge.commands.devices_diagnostics",
    "watch": "edge.commands.devices_watch",
    "test": "edge.commands.devices_test",
}


@click.group(cls=LazyGroup, modules=COMMANDS)
def command() -> None:
    """Find devices, see how they are, test them one by one, and tell support about them."""
