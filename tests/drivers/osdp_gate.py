"""A bus of simulated readers behind a pty, the driver in front of it, and everything it tells, in order."""

import time
from contextlib import contextmanager

from drivers.base import Order
from drivers.doors.osdp_bus import OsdpBus
from drivers.doors.osdp_wiring import OsdpBusWiring, OsdpReaderWiring
from drivers.said import OrderDone, TamperChanged
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader, Plate
from tests.drivers.ear import Ear

NAMES = ("north", "south", "garage")


def key_of(number):
    return bytes([number]) * 16


def write_key(path, key, mode=0o600):
    path.touch(mode)
    path.chmod(mode)
    path.write_text(key.hex() + "\n")
    return path


class Gate(Ear):
    """Readers by name, their line, and the bus."""

    def __init__(self, folder, count=3, *, baud=38400, lost_after_s=5.0, wirings=None, seed=0, patience=None):
        super().__init__()
        self.folder = folder
        self.readers = {
            name: OsdpReader(n, key_of(n), time.monotonic, plate=Plate(serial=1000 + n))
            for n, name in enumerate(NAMES[:count], 1)
        }
        self.line = OsdpLine(
            folder / "line", list(self.readers.values()), mono=time.monotonic, baud=baud, seed=seed
        )
        self.wirings = wirings or tuple(
            OsdpReaderWiring(name, n, write_key(folder / f"{name}.key", key_of(n)), lost_after_s=lost_after_s)
            for n, name in enumerate(self.readers, 1)
        )
        self.bus = OsdpBus(OsdpBusWiring(str(self.line.path), self.wirings, baud), time.monotonic, patience)
        self._orders = 0

    def order(self, good_for_s=5.0):
        self._orders += 1
        return Order(f"order-{self._orders}", time.monotonic() + good_for_s)

    def open(self, device, pulse_ms=1000, good_for_s=5.0):
        order = self.order(good_for_s)
        self.bus.open(device, order, pulse_ms)
        return self.wait(OrderDone, order=order.id)

    def signal(self, device, what):
        order = self.order()
        self.bus.signal(device, order, what)
        return self.wait(OrderDone, order=order.id)

    def show(self, device, text, seconds):
        order = self.order()
        self.bus.show(device, order, text, seconds)
        return self.wait(OrderDone, order=order.id)

    def health(self, device):
        return next(h for h in self.bus.health() if h.device == device)

    def settle(self, *names, after=0):
        """Wait until every state of these readers was read, the housing and the supply last."""
        for name in names or self.readers:
            self.wait(TamperChanged, after, device=name, first=True)


@contextmanager
def running(gate, *, plugged=True):
    """A gate whose line and bus run; nothing is left of them afterwards."""
    try:
        if plugged:
            gate.line.start()
        gate.bus.start(gate.tell)
        yield gate
    finally:
        gate.bus.stop()
        gate.line.stop()
