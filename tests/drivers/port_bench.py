"""A driver on a simulated serial port and what it told: what the benches of such drivers share."""

import time

from drivers.cameras.reconnecting import Patience
from drivers.said import DeviceFound

EAGER = Patience(first_s=0.1, cap_s=0.2)


class PortBench:
    """`driver` is the driver's; its clock can be set `ahead_s`."""

    driver = None

    def __init__(self):
        self.told, self.ahead_s = [], 0.0

    def mono(self):
        return time.monotonic() + self.ahead_s

    def of(self, kind):
        return [t for t in self.told if isinstance(t, kind)]

    def until(self, condition, within_s=6.0):
        deadline = time.monotonic() + within_s
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert condition(), self.told

    def start(self):
        self.driver.start(self.told.append)
        self.until(lambda: self.of(DeviceFound))
        return self
