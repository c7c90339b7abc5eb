"""A serial port that is only read (pyserial)."""

import contextlib
import termios
import time
from collections.abc import Sequence
from typing import Any

import serial

from drivers.listening.faults import Fault, cause_of_port, why
from drivers.listening.wire import Chunk

_MOST_BYTES = 4096
# Waking up for every byte of a line costs more than the line.
_GATHER_S = 0.02


class SerialWire:
    """A port such as /dev/serial/by-id/..., 8N1, held by nobody else."""

    def __init__(self, port: str, baud: int, fault: Fault) -> None:
        self._port = port
        self._baud = baud
        self._fault = fault
        self._serial: Any = None

    @property
    def name(self) -> str:
        """The port's path."""
        return self._port

    def open(self) -> None:
        """Open the port and drop what was waiting in it."""
        try:
            self._serial = serial.Serial(self._port, self._baud, timeout=0, exclusive=True)
            self._serial.reset_input_buffer()
        except (OSError, ValueError, termios.error) as error:
            failure = self._failure(error)
        else:
            return
        raise failure

    def read(self, timeout_s: float) -> Sequence[Chunk]:
        """Return the bytes that have come."""
        try:
            data = self._read(timeout_s)
        except (OSError, TypeError, termios.error) as error:
            failure = self._failure(error)
        else:
            return (Chunk("", data),) if data else ()
        raise failure

    def close(self) -> None:
        """Close the port."""
        port, self._serial = self._serial, None
        if port is not None:
            with contextlib.suppress(OSError, termios.error):  # it is gone already
                port.close()

    def _read(self, timeout_s: float) -> bytes:
        self._serial.timeout = timeout_s
        first: bytes = self._serial.read(1)
        if not first:
            return first
        time.sleep(_GATHER_S)
        self._serial.timeout = 0
        rest: bytes = self._serial.read(_MOST_BYTES)
        return first + rest

    def _failure(self, error: Exception) -> Exception:
        return self._fault(cause_of_port(error), f"{self._port}: {why(error)}")
