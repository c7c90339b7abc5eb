"""What simulated readers on a serial port of their own share: the cable, and faults as verbs."""

import random
from collections.abc import Sequence

from drivers.sim.faulty_line import FaultyLine
from drivers.sim.serial_end import SerialEnd


class SimulatedPortReader:
    """One reader at the end of a cable."""

    def __init__(self, end: SerialEnd, luck: random.Random) -> None:
        self.end = end
        self.line = FaultyLine(luck)
        end.plug()

    def say(self, messages: Sequence[bytes]) -> None:
        """Send messages, or what the line's faults leave of them."""
        for message in self.line.pass_on(messages):
            self.end.send(message)

    def unplug(self) -> None:
        """Pull the cable."""
        self.end.unplug()

    def plug(self) -> None:
        """Put the cable back."""
        self.end.plug()

    def stall(self) -> None:
        """Say nothing any more."""
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
