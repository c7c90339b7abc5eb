"""`menwei run SITE`: the daemon, in the foreground."""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import click

from edge.clock import SystemClock
from edge.daemon import Daemon
from edge.site.loading import load
from models.weights import weights_folder

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@click.command()
@click.argument("site_file", metavar="SITE", type=click.Path(path_type=Path))
def command(site_file: Path) -> None:
    """Guard the gate that SITE describes, until stopped by SIGTERM or Ctrl-C."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    daemon = Daemon(
        load(site_file),
        weights=weights_folder(),
        clock=SystemClock(),
        boot=BOOT_ID.read_text(encoding="ascii").strip(),
        environment=os.environ,
    )
    asyncio.run(_until_signalled(daemon))


async def _until_signalled(daemon: Daemon) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await daemon.run(stop)
