"""A simulated UHPPOTE controller on this machine's loopback, the driver in front of it, and what it tells."""

import socket
import time
from contextlib import contextmanager

from drivers.base import Order
from drivers.doors.uhppote_controllers import UhppoteControllers
from drivers.doors.uhppote_wiring import UhppoteDoorWiring, UhppoteNetworkWiring, UhppoteWiring
from drivers.said import DoorChanged, OrderDone
from drivers.sim.uhppote_controller import UhppoteController
from tests.drivers.ear import Ear

SERIAL = 405_419_896
DOORS = (UhppoteDoorWiring("east", 1), UhppoteDoorWiring("west", 3))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def box(serial=SERIAL, skew_s=0.0):
    """A controller whose own clock may be wrong."""
    return UhppoteController(serial, mono=time.monotonic, wall=lambda: time.time() + skew_s)


class Driver(Ear):
    """The driver for one controller; another one may take its place later."""

    def __init__(self, controller, *, lost_after_s=2.0, poll_s=0.1, listen_port=None, **more):
        super().__init__()
        self.wiring = UhppoteNetworkWiring(
            (
                UhppoteWiring(
                    "gate-box",
                    more.get("serial", SERIAL),
                    "127.0.0.1",
                    DOORS,
                    port=controller.port,
                    poll_s=poll_s,
                    lost_after_s=lost_after_s,
                ),
            ),
            "127.0.0.1",
            free_port() if listen_port is None else listen_port,
        )
        self.driver = UhppoteControllers(self.wiring, time.monotonic)
        self._orders = 0

    def order(self, good_for_s=5.0):
        self._orders += 1
        return Order(f"order-{self._orders}", time.monotonic() + good_for_s)

    def open(self, device, pulse_ms=3000, good_for_s=5.0):
        order = self.order(good_for_s)
        self.driver.open(device, order, pulse_ms)
        return self.wait(OrderDone, order=order.id)

    def health(self, device="gate-box"):
        return next(h for h in self.driver.health() if h.device == device)

    def settle(self, after=0):
        """Wait until the doors were read."""
        for door in DOORS:
            self.wait(DoorChanged, after, device=door.id, first=True)


@contextmanager
def answering(controller):
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


@contextmanager
def running(controller, **how):
    """A driver that runs in front of a controller that was started."""
    driver = Driver(controller, **how)
    driver.driver.start(driver.tell)
    try:
        yield driver
    finally:
        driver.driver.stop()
