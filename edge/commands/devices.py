"""`menwei devices …`: what the installer does with the devices of a site."""

import importlib

import click

COMMANDS = {
    "scan": "edge.commands.devices_scan",
    "diagnostics": "edge.commands.devices_diagnostics",
    "watch": "edge.commands.devices_watch",
    "test": "edge.commands.devices_test",
}


class _Lazy(click.Group):
    """A group whose commands are modules with a click command named `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they are met."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of the command that was asked for."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=_Lazy)
def command() -> None:
    """See how the devices of the running daemon are, and test them one by one."""
