"""What every simulated Modbus station is: coils, inputs and registers that are read and written."""

import struct
import threading
from typing import Protocol

from drivers.sim.modbus_frames import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    Asked,
    bits_reply,
    echo,
    exception,
    registers_reply,
)

ON = 0xFF00
"""What function 05 writes to close a relay."""
PULSE = 0x0200
"""Function 05 at this address + channel closes a relay for its value x 100 ms."""
# What one write may set at most (Modbus Application Protocol V1.1b3, 6.11 and 6.12).
_MOST_COILS = 1968
_MOST_REGISTERS = 123


class Slave(Protocol):
    """A station that answers requests to its unit."""

    @property
    def unit(self) -> int:
        """Its address."""
        ...

    def answer(self, asked: Asked) -> bytes:
        """Return the reply's frame."""
        ...


class Memory:
    """A station's coils (1), discrete inputs (2), holding (3) and input registers (4); absent is illegal."""

    def __init__(self, unit: int) -> None:
        self.unit = unit
        self._lock = threading.Lock()
        self._table: dict[tuple[int, int], int] = {}
        self.writes: list[Asked] = []

    def get(self, function: int, address: int) -> int:
        """Return what is stored. KeyError: nothing is there."""
        with self._lock:
            return self._table[function, address]

    def put(self, function: int, address: int, value: int) -> None:
        """Store a value, and from now on allow it to be read."""
        with self._lock:
            self._table[function, address] = value

    def put_bit(self, function: int, address: int, bit: int, *, on: bool) -> None:
        """Set or clear one bit of a register."""
        with self._lock:
            before = self._table.get((function, address), 0)
            self._table[function, address] = before | 1 << bit if on else before & ~(1 << bit)

    def answer(self, asked: Asked) -> bytes:
        """Return the reply to a request, an exception where it asks for what is not there."""
        if asked.function in (1, 2, 3, 4):
            return self._read(asked)
        if asked.function in (5, 6, 15, 16):
            return self._write(asked)
        return exception(asked, ILLEGAL_FUNCTION)

    def _read(self, asked: Asked) -> bytes:
        if not 1 <= asked.value <= (2000 if asked.function < 3 else 125):
            return exception(asked, ILLEGAL_VALUE)
        try:
            values = [self.get(asked.function, asked.address + i) for i in range(asked.value)]
        except KeyError:
            return exception(asked, ILLEGAL_ADDRESS)
        if asked.function < 3:
            return bits_reply(asked, [bool(value) for value in values])
        return registers_reply(asked, values)

    def _write(self, asked: Asked) -> bytes:
        if not _sound(asked):
            return exception(asked, ILLEGAL_VALUE)
        self.writes.append(asked)
        written = _written(asked)
        if any((function, address) not in self._table for function, address, _ in written):
            return exception(asked, ILLEGAL_ADDRESS)
        for function, address, value in written:
            self.put(function, address, value)
        return echo(asked)


def _sound(asked: Asked) -> bool:
    """Say whether a write's value is one that its function knows, and its data as many as it says."""
    if asked.function == 5:
        return asked.value in {0, ON} or asked.address >= PULSE
    if asked.function == 15:
        return 1 <= asked.value <= _MOST_COILS and len(asked.data) == (asked.value + 7) // 8
    if asked.function == 16:
        return 1 <= asked.value <= _MOST_REGISTERS and len(asked.data) == 2 * asked.value
    return True


def _written(asked: Asked) -> list[tuple[int, int, int]]:
    """Return (table, address, value) of everything that a write stores."""
    if asked.function == 5:
        return [(1, asked.address, int(asked.value == ON))]
    if asked.function == 6:
        return [(3, asked.address, asked.value)]
    if asked.function == 15:
        return [(1, asked.address + i, asked.data[i // 8] >> i % 8 & 1) for i in range(asked.value)]
    values = struct.unpack(f">{len(asked.data) // 2}H", asked.data)
    return [(3, asked.address + i, value) for i, value in enumerate(values)]
