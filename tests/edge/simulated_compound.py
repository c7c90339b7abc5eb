"""A simulated compound at one end of the wires, the real drivers at the other, and what the hub is told."""

import os
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from edge.clock import SystemClock
from edge.devices.building import build
from edge.devices.hub import Hub
from edge.simulation.compound import SimulatedCompound
from edge.site.schema import Site
from tests.drivers.ear import Ear

CAMERAS = {
    "lane-view": {
        "name": "车道",
        "place": "南门",
        "source": "lane.mp4",
        "roles": ["plate"],
        "purpose": "security",
    }
}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def site(wires, cameras=CAMERAS):
    return Site.model_validate(
        {
            "site": {"id": "s", "name": "小区"},
            "cameras": cameras,
            "wires": wires,
            "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
            "storage": {"directory": "."},
        }
    )


def named(**more):
    return {"name": "设备", "place": "门房", **more}


class Rehearsal(Ear):
    """One site, both ends of its wires."""

    def __init__(self, wires, *, clock=None, environment=os.environ):
        super().__init__()
        clock = clock or SystemClock()
        self.site = site(wires)
        self.compound = SimulatedCompound(self.site, environment)
        self.hub = Hub(build(self.site, clock, environment), time.monotonic)

    def happen(self, *words):
        """Let things happen, and return the mark before them."""
        mark = self.mark()
        for line in words:
            self.compound.tell(line)
        return mark

    def online(self, *devices, within_s=30.0, so=True):
        """Wait until these devices are online, or are not."""
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            health = self.hub.health()
            if all(health[device].online == so for device in devices or health):
                return True
            time.sleep(0.05)
        raise AssertionError(f"not within {within_s} s: {devices} online {so}; {self.hub.health()}")


def running_threads():
    # pytest's own time-out is a timer, another one in each test.
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading.Timer)}


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def rehearsed(wires, **how):
    """Both ends at work; nothing of them is left afterwards: no thread, no port, no descriptor."""
    threads, descriptors = running_threads(), open_descriptors()
    rehearsal = Rehearsal(wires, **how)
    with rehearsal.compound:
        rehearsal.hub.start(rehearsal.tell)
        try:
            yield rehearsal
        finally:
            rehearsal.hub.stop()
    assert running_threads() - threads == set()
    assert [port for rig in rehearsal.compound.rigs.values() for port in rig.ports if port.is_symlink()] == []
    assert open_descriptors() <= descriptors


@contextmanager
def trouble(rehearsal, begin, end):
    """Let a trouble begin, and end whatever comes of it; gives the mark before it."""
    try:
        yield rehearsal.happen(begin)
    finally:
        rehearsal.happen(end)
