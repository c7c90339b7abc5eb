"""A simulated serial RFID reader: badges as verbs, and faults."""

import random
from functools import reduce
from operator import xor
from typing import Literal

from drivers.sim.faulty_line import FaultyLine
from drivers.sim.serial_end import SerialEnd

Model = Literal["id12", "rdm6300", "line"]


def frame(tag: str, model: Model) -> bytes:
    """Return what a reader of this model sends for a tag: ten hexadecimal digits, any text for `line`."""
    if model == "line":
        return tag.encode("ascii") + b"\r\n"
    checksum = reduce(xor, bytes.fromhex(tag))
    end = b"\r\n" if model == "id12" else b""
    return b"\x02" + f"{tag}{checksum:02X}".encode("ascii") + end + b"\x03"


class SimulatedPatrolReader:
    """One reader at the end of a cable."""

    def __init__(self, end: SerialEnd, model: Model, luck: random.Random) -> None:
        self.end = end
        self.line = FaultyLine(luck)
        self._model: Model = model
        end.plug()

    def badge(self, tag: str, reads: int = 1) -> None:
        """Hold a tag to the reader, which reads it so many times."""
        for message in self.line.pass_on([frame(tag, self._model)] * reads):
            self.end.send(message)

    def unplug(self) -> None:
        """Pull the cable."""
        self.end.unplug()

    def plug(self) -> None:
        """Put the cable back."""
        self.end.plug()

    def stall(self) -> None:
        """Read no tag any more."""
        self.line.stalled = True

    def resume(self) -> None:
        """Work again, without faults."""
        self.line.stalled = self.line.duplicated = False
        self.line.noise = 0.0

    def noise(self, share: float) -> None:
        """Let this share of the bytes be others."""
        self.line.noise = share

    def duplicate(self) -> None:
        """Say everything twice."""
        self.line.duplicated = True

    def stop(self) -> None:
        """Take the reader away for good."""
        self.end.close()
