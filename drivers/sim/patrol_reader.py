"""A simulated serial RFID reader: badges as verbs, and faults."""

import random
from functools import reduce
from operator import xor
from typing import Literal

from drivers.sim.port_reader import SimulatedPortReader
from drivers.sim.serial_end import SerialEnd

Model = Literal["id12", "rdm6300", "line"]


def frame(tag: str, model: Model) -> bytes:
    """Return what a reader of this model sends for a tag: ten hexadecimal digits, any text for `line`."""
    if model == "line":
        return tag.encode("ascii") + b"\r\n"
    checksum = reduce(xor, bytes.fromhex(tag))
    end = b"\r\n" if model == "id12" else b""
    return b"\x02" + f"{tag}{checksum:02X}".encode("ascii") + end + b"\x03"


class SimulatedPatrolReader(SimulatedPortReader):
    """One reader at the end of a cable."""

    def __init__(self, end: SerialEnd, model: Model, luck: random.Random) -> None:
        super().__init__(end, luck)
        self._model: Model = model

    def badge(self, tag: str, reads: int = 1) -> None:
        """Hold a tag to the reader, which reads it so many times."""
        self.say([frame(tag, self._model)] * reads)
