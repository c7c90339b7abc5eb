"""A bus full of simulated stations, on a pty or behind a TCP port, at the real baud rate, with its faults."""

import heapq
import itertools
import os
import random
import select
import socket
import threading
import time
import tty
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from drivers.sim.modbus_frames import parse
from drivers.sim.modbus_memory import Slave

# Start, eight data bits, parity or second stop bit, stop.
_BITS_A_BYTE = 11
# What a station takes to think: usual boards answer within a few milliseconds.
_TURNAROUND_S = 0.002
_TICK_S = 0.05


@dataclass(slots=True)
class Faults:
    """What is wrong with the wire. `noise` is the share of bytes that are garbled, both ways."""

    unplugged: set[int] = field(default_factory=set)
    cut_short: set[int] = field(default_factory=set)
    slow_s: dict[int, float] = field(default_factory=dict)
    stalled: bool = False
    noise: float = 0.0
    duplicate: bool = False
    reorder: bool = False


class SimulatedBus:
    """Stations on one wire: a context manager that serves until it is left."""

    def __init__(
        self, slaves: Sequence[Slave], baud: int = 9600, seed: int = 1, faults: Faults | None = None
    ) -> None:
        self._slaves = {slave.unit: slave for slave in slaves}
        self._baud = baud
        self._random = random.Random(seed)  # noqa: S311 - noise on a wire
        self._faults = faults or Faults()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._due: list[tuple[float, int, bytes]] = []
        self._order = itertools.count()
        self._held = b""
        # How often each address was asked, whether anybody answered or not.
        self.asked: Counter[int] = Counter()

    def unplug(self, unit: int) -> None:
        """Take a station off the wire."""
        self._faults.unplugged.add(unit)

    def plug(self, unit: int) -> None:
        """Put it back."""
        self._faults.unplugged.discard(unit)

    def cut_short(self, unit: int, *, on: bool = True) -> None:
        """Let a station break off its answers in the middle."""
        (self._faults.cut_short.add if on else self._faults.cut_short.discard)(unit)

    def swap(self, slave: Slave) -> None:
        """Put another device at the address of one that is there."""
        self._slaves[slave.unit] = slave

    def stall(self, *, stalled: bool = True) -> None:
        """Leave the line open, but let nothing answer any more."""
        self._faults.stalled = stalled

    def slow(self, unit: int, seconds: float) -> None:
        """Let a station take so long to answer."""
        self._faults.slow_s[unit] = seconds

    def noise(self, share: float) -> None:
        """Garble this share of all bytes, 0.0 to 1.0."""
        self._faults.noise = share

    def duplicate(self, *, on: bool = True) -> None:
        """Send every answer twice."""
        self._faults.duplicate = on

    def reorder(self, *, on: bool = True) -> None:
        """Let every second answer be overtaken by the one after it."""
        self._faults.reorder = on

    def _serve(self, descriptor: int) -> None:
        """Answer what comes in until it ends or the bus is left."""
        buffer, heard_s = b"", 0.0
        self._due.clear()
        while not self._stopping.is_set():
            rest_s = self._send_due(descriptor)
            if select.select([descriptor], [], [], min(_TICK_S, rest_s))[0]:
                data = os.read(descriptor, 512)
                if not data:
                    return
                heard_s = time.monotonic()
                buffer = self._answer_all(buffer + self._garbled(data))
            elif time.monotonic() - heard_s > _TICK_S:
                buffer = b""

    def _answer_all(self, buffer: bytes) -> bytes:
        """Let the stations answer every whole request; return what is left."""
        parsed = parse(buffer)
        while parsed.used:
            length, buffer = parsed.used, buffer[parsed.used :]
            if parsed.asked is not None:
                self.asked[parsed.asked.unit] += 1
                slave = self._slaves.get(parsed.asked.unit)
                if slave is not None and self._answers(slave.unit):
                    self._reply(slave.unit, length, slave.answer(parsed.asked))
            parsed = parse(buffer)
        return buffer

    def _answers(self, unit: int) -> bool:
        return unit not in self._faults.unplugged and not self._faults.stalled

    def _reply(self, unit: int, asked_bytes: int, reply: bytes) -> None:
        """Lay down when which half of a reply goes out: no faster than the wire carries request and reply.

        A slow station holds nobody up: its answer comes when it comes, perhaps into another's.
        """
        thinking_s = _TURNAROUND_S + self._faults.slow_s.get(unit, 0.0)
        begin_s = time.monotonic() + self._wire_s(asked_bytes) + thinking_s
        if unit in self._faults.cut_short:
            reply = reply[: len(reply) // 2]
        sent = self._garbled(reply * 2 if self._faults.duplicate else reply)
        if self._faults.reorder and not self._held:
            self._held = sent
            return
        sent, self._held = sent + self._held, b""
        half = len(sent) // 2
        for part, until in ((sent[:half], half), (sent[half:], len(sent))):
            heapq.heappush(self._due, (begin_s + self._wire_s(until), next(self._order), part))

    def _send_due(self, descriptor: int) -> float:
        """Send what is due, and return for how long nothing is."""
        while self._due:
            rest_s = self._due[0][0] - time.monotonic()
            if rest_s > 0:
                return rest_s
            os.write(descriptor, heapq.heappop(self._due)[2])
        return _TICK_S

    def _wire_s(self, count: int) -> float:
        return count * _BITS_A_BYTE / self._baud

    def _garbled(self, data: bytes) -> bytes:
        if not self._faults.noise:
            return data
        return bytes(
            byte ^ self._random.randrange(1, 256) if self._random.random() < self._faults.noise else byte
            for byte in data
        )


class SerialBus(SimulatedBus):
    """The stations behind a pty: open `port` as the RS-485 adapter."""

    port: str = ""

    def __enter__(self) -> Self:
        self._master, self._slave_end = os.openpty()
        tty.setraw(self._slave_end)
        self.port = os.ttyname(self._slave_end)
        self._thread = threading.Thread(target=self._serve, args=(self._master,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2.0)
        os.close(self._master)
        os.close(self._slave_end)


class TcpBus(SimulatedBus):
    """The stations behind a serial server on loopback: one client at a time, as such servers are set."""

    host: str = "127.0.0.1"
    port: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, self.port))
        self._listener.settimeout(_TICK_S)
        self.port = int(self._listener.getsockname()[1])
        self._client: socket.socket | None = None
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2.0)
        self._listener.close()

    def hang_up(self) -> None:
        """Cut the connection, as a serial server that restarts."""
        client = self._client
        if client is not None:
            client.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            self._client = client
            with client:
                try:
                    self._serve(client.fileno())
                except OSError:
                    # The client went away in the middle of a sentence; the next one is waited for.
                    continue
                finally:
                    self._client = None
