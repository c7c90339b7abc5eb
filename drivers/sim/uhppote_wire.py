"""The network of a simulated UHPPOTE controller: UDP, and what can happen to packets on their way."""

import random
import socket
import threading
from collections.abc import Callable


class UhppoteWire:
    """A UDP socket on a thread of its own; `answer` returns the reply to a packet, None for silence.

    `copies` says how often each packet arrives, `lost` which share never does, either way; with `swapped`
    every second packet that is told unasked overtakes the one before. An answer takes `slow_s` longer. A
    `dead` wire carries nothing.
    """

    def __init__(
        self, host: str, port: int, answer: Callable[[bytes], bytes | None], luck: random.Random
    ) -> None:
        self.host = host
        self.port = port
        self.dead = False
        self.copies = 1
        self.lost = 0.0
        self.swapped = False
        self.slow_s = 0.0
        self._answer = answer
        self._luck = luck
        self._overtaken: bytes | None = None
        self._socket: socket.socket | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uhppote-wire", daemon=True)

    def start(self) -> None:
        """Begin to answer; `port` is the one that was taken."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.host, self.port))
        self._socket.settimeout(0.05)
        self.port = int(self._socket.getsockname()[1])
        self._thread.start()

    def stop(self) -> None:
        """Take it away."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(2.0)
        if self._socket is not None:
            self._socket.close()

    def tell(self, packet: bytes, to: tuple[str, int]) -> None:
        """Send a packet that nobody asked for."""
        if self.swapped and self._overtaken is None:
            self._overtaken = packet
            return
        overtaken, self._overtaken = self._overtaken, None
        self._send(packet, to)
        if overtaken is not None:
            self._send(overtaken, to)

    def _run(self) -> None:
        while not self._stopping.is_set() and self._socket is not None:
            try:
                packet, sender = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            reply = None if self.dead or self._is_lost() else self._answer(packet)
            if reply is not None and not self._stopping.wait(self.slow_s):
                self._send(reply, sender)

    def _send(self, packet: bytes, to: tuple[str, int]) -> None:
        for _ in range(self.copies):
            if self._socket is not None and not self.dead and not self._is_lost():
                self._socket.sendto(packet, to)

    def _is_lost(self) -> bool:
        return self._luck.random() < self.lost
