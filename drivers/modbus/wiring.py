"""How a Modbus bus is wired: its line, and how fast it may be talked on."""

from dataclasses import dataclass
from typing import Literal

from drivers.base import Misconfigured

# Start, eight data bits, parity or second stop bit, stop (Modbus over Serial Line V1.02, 2.5.1).
_BITS_A_BYTE = 11


@dataclass(frozen=True, slots=True)
class SerialLine:
    """An RS-485 adapter. `answer_s` is how long a station may think before it has answered in full.

    The bytes' own time on the wire is not part of it.
    """

    port: str
    baud: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    answer_s: float = 0.1

    def wire_s(self, count: int) -> float:
        """Return how long `count` bytes take on the wire."""
        return count * _BITS_A_BYTE / self.baud

    @property
    def gap_s(self) -> float:
        """The silence between two frames: 3.5 characters, and never under 1.75 ms."""
        return max(0.00175, self.wire_s(7) / 2)

    @property
    def place(self) -> str:
        """What the line is called in errors."""
        return self.port


@dataclass(frozen=True, slots=True)
class TcpLine:
    """A serial server that passes RTU frames through. `baud` is the speed of the wire behind it."""

    host: str
    port: int = 4196
    baud: int = 9600
    answer_s: float = 0.2
    # A lost first packet is sent again after a second.
    connect_s: float = 1.5

    def wire_s(self, count: int) -> float:
        """Return how long `count` bytes take on the wire behind the server."""
        return count * _BITS_A_BYTE / self.baud

    @property
    def gap_s(self) -> float:
        """The silence between two frames."""
        return max(0.00175, self.wire_s(7) / 2)

    @property
    def place(self) -> str:
        """What the line is called in errors."""
        return f"{self.host}:{self.port}"


Line = SerialLine | TcpLine


@dataclass(frozen=True, slots=True)
class Pace:
    """How a bus is polled; every time in seconds.

    A station is read again after `every_s` at the earliest. After `misses` unanswered polls in a row it is
    dead and asked once in `dead_every_s`, and the bus spends a time-out on dead stations at most once in
    `dead_apart_s`.
    """

    every_s: float = 0.1
    misses: int = 3
    dead_every_s: float = 5.0
    dead_apart_s: float = 1.0


def refuse_unit(device: str, unit: int) -> None:
    """Raise Misconfigured unless `unit` is an address that a station may have."""
    if not 1 <= unit <= 247:
        raise Misconfigured(
            "modbus.bad_unit",
            "{device}: a station's address is 1 to 247, not {unit}",
            device=device,
            unit=unit,
        )
