"""`menwei osdp keyset`: give an OSDP reader its own Secure Channel key."""

import time
from pathlib import Path

import click

from drivers.doors.osdp_keyset import install_key
from drivers.doors.osdp_wiring import BAUD_RATES, OsdpBusWiring, OsdpReaderWiring
from edge import catalogue


@click.group()
def command() -> None:
    """Look after OSDP readers."""


@command.command("keyset")
@click.argument("port", metavar="PORT")
@click.argument("address", type=click.IntRange(0, 126))
@click.option(
    "--key",
    "key_file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File for the key; it must not exist yet.",
)
@click.option(
    "--baud", type=click.Choice([str(rate) for rate in BAUD_RATES]), default="9600", show_default=True
)
@click.option("--replace", is_flag=True, help="The reader holds the key in this file: change it.")
def keyset(port: str, address: int, key_file: Path, baud: str, *, replace: bool) -> None:
    """Give the reader at ADDRESS on PORT a fresh random key and write it to a file only you can read.

    Put the reader into install mode first, on a wire that nobody else listens to. Stop `menwei run` before:
    two programs cannot share a port.
    """
    reader = OsdpReaderWiring(f"osdp-{address}", address, key_file)
    wiring = OsdpBusWiring(port, (reader,), int(baud))
    _tell("osdp.talking", port=port, address=address)
    known = install_key(wiring.port, wiring.baud, reader, time.monotonic, replace=replace)
    _tell(
        "osdp.key_installed",
        address=address,
        maker=known.maker,
        model=known.model,
        serial=known.serial,
        firmware=known.firmware,
        file=key_file,
    )


def _tell(key: str, **values: object) -> None:
    click.echo(catalogue.text(key, catalogue.language_of(), **values))
