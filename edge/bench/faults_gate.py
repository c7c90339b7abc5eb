"""The gate that `menwei bench faults` kills: the real controller, store and uplink, fed with unknown plates.

Run as `python -m edge.bench.faults_gate DIRECTORY PORT`. It gets ready, then obeys lines on its standard
input: `observe` takes in plates one after the other, `deliver` only carries out what waits. It ends with its
standard input.
"""

import logging
import os
import select
import sys
import time
from pathlib import Path

from edge.clock import SystemClock
from edge.controller import Controller
from edge.events import Box, PlateRead, Report
from edge.linkage.knowledge import Knowledge
from edge.site.schema import Site
from edge.store.store import Store
from edge.uplink.courier import Courier
from edge.uplink.wiring import wiring_of

SITE = "faults"
EVERY_S = 1 / 60
PICTURE_EVERY = 4
PICTURE_BYTES = 4000


def site_of(directory: Path, port: int) -> Site:
    """Return a gate whose uplink ends at a broker on this machine."""
    camera = {"name": "G", "place": "G", "source": "gate.mp4", "roles": ["plate"], "purpose": "security"}
    return Site.model_validate(
        {
            "site": {"id": SITE, "name": SITE},
            "cameras": {"gate": camera},
            "uplink": {"mqtt": {"host": "127.0.0.1", "port": port, "tls": False, "resend_after_s": 1}},
            "storage": {"directory": str(directory)},
        }
    )


def plate(number: int, mono_s: float) -> Report:
    """Return the report of a plate that nobody registered; each number has its own."""
    read = PlateRead(
        camera="gate",
        mono_s=mono_s,
        track=number,
        text=f"鄂A{number:05d}",
        plate_type="civil",
        colour="blue",
        confidence=0.99,
        exact_reads=3,
        box=Box(0.4, 0.4, 0.1, 0.05),
        picture_score=1.0,
    )
    picture = number.to_bytes(4) * (PICTURE_BYTES // 4) if number % PICTURE_EVERY == 0 else None
    return Report(read, picture)


def main(directory: Path, port: int) -> None:
    """Obey until standard input ends."""
    site = site_of(directory, port)
    order = sys.stdin.readline().strip()
    if not order:
        return
    logging.disable(logging.WARNING)  # that the broker breaks off is the point
    clock = SystemClock()
    store = Store.open(directory)
    controller = Controller.resume(
        site=site, store=store, clock=clock, boot=f"boot-{os.getpid()}", knowledge=Knowledge()
    )
    courier = Courier(directory, wiring_of(site, directory, os.environ), clock)
    courier.start()
    while not select.select([sys.stdin], [], [], EVERY_S)[0]:
        if order == "observe":
            controller.observe([plate(controller.state.last_seq + 1, time.monotonic())])
            courier.wake()
    courier.stop()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
