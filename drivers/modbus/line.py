"""The bytes' way out and in, over a serial adapter or a TCP serial server.

pymodbus' own clients measure their time-outs by the wall clock, which may step; here it is monotonic.
"""

import select
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

import serial

from drivers.modbus.faults import fault
from drivers.modbus.wiring import Line, SerialLine, TcpLine

_LARGEST = 512
# A line that babbles without a pause is drained for so long at most.
_DRAIN_S = 0.2

# pyserial lets termios' own errors through.
try:
    from termios import error as _TerminalError  # noqa: N812 - it is a class
except ImportError:  # pragma: no cover - only where there is no terminal interface
    _TerminalError = OSError  # type: ignore[misc,assignment]
_FAILURES = (OSError, ValueError, _TerminalError)


class Wire(Protocol):
    """An open line."""

    def fileno(self) -> int:
        """Return what to wait on."""
        ...

    def send(self, data: bytes) -> None:
        """Write all of it."""
        ...

    def receive(self) -> bytes:
        """Return what is there, b"" at the end of the line."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class _SerialWire:
    def __init__(self, line: SerialLine) -> None:
        self._port: Any = serial.Serial(
            line.port,
            line.baud,
            parity=line.parity,
            stopbits=line.stop_bits,
            timeout=0,
            write_timeout=1.0,
            exclusive=True,
        )

    def fileno(self) -> int:
        return int(self._port.fileno())

    def send(self, data: bytes) -> None:
        self._port.write(data)

    def receive(self) -> bytes:
        return bytes(self._port.read(_LARGEST))

    def close(self) -> None:
        self._port.close()


class _TcpWire:
    def __init__(self, line: TcpLine) -> None:
        self._socket = socket.create_connection((line.host, line.port), timeout=line.connect_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self) -> bytes:
        return self._socket.recv(_LARGEST)

    def close(self) -> None:
        self._socket.close()


def open_line(line: Line) -> Wire:
    """Return the opened line. Raises Transient when it cannot be opened."""
    try:
        return _SerialWire(line) if isinstance(line, SerialLine) else _TcpWire(line)
    except _FAILURES as error:
        raise fault("modbus.line_missing", line.place, _cause(line, error)) from None


def exchange(
    wire: Wire,
    line: Line,
    frame: bytes,
    expected: int,
    complete: Callable[[bytes], bool],
    *,
    mono: Callable[[], float] = time.monotonic,
) -> bytes:
    """Send a frame after the line's silence and return what came back; b"" when nothing did.

    Waits until `complete` or the line's time for both frames is over. Raises Transient when the line broke.
    """
    try:
        _drain(wire, line.gap_s, mono)
        wire.send(frame)
        end_s = mono() + line.answer_s + line.wire_s(len(frame) + expected)
        received = b""
        while not (received and complete(received)):
            left_s = end_s - mono()
            if left_s <= 0 or not select.select([wire], [], [], left_s)[0]:
                break
            received += _received(wire)
    except _FAILURES as error:
        raise fault("modbus.line_broken", line.place, _cause(line, error)) from None
    return received


def _drain(wire: Wire, silence_s: float, mono: Callable[[], float]) -> None:
    """Throw away what nobody asked for, until the line has been silent."""
    end_s = mono() + _DRAIN_S
    while mono() < end_s and select.select([wire], [], [], silence_s)[0]:
        _received(wire)


def _received(wire: Wire) -> bytes:
    data = wire.receive()
    if not data:
        raise ConnectionResetError(0, "the other end hung up")
    return data


def _cause(line: Line, error: BaseException) -> str:
    return f"{line.place}: {getattr(error, 'strerror', None) or type(error).__name__}"
