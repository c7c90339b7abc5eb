"""A simulated serial QR scanner: scans as verbs, and faults."""

import random
from typing import Literal

from drivers.sim.port_reader import SimulatedPortReader
from drivers.sim.serial_end import SerialEnd

LineEnd = Literal["cr", "lf", "crlf"]
_ENDS: dict[LineEnd, bytes] = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n"}


class SimulatedCodeScanner(SimulatedPortReader):
    """One scanner at the end of a cable."""

    def __init__(self, end: SerialEnd, luck: random.Random, line_end: LineEnd = "cr") -> None:
        super().__init__(end, luck)
        self._line_end = _ENDS[line_end]

    def scan(self, text: str, reads: int = 1) -> None:
        """Hold a code before the scanner, which reads it so many times."""
        self.say([text.encode() + self._line_end] * reads)
