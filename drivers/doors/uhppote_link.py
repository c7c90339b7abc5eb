"""Questions and answers with one UHPPOTE controller over UDP."""

import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from uhppoted import encode

from drivers.base import DeviceError, Malformed
from drivers.doors import uhppote_packets
from drivers.doors.faults import fault
from drivers.doors.uhppote_wiring import UhppoteWiring

Fits = Callable[[bytes], bool]
_TIMEOUT_S = 1.0
_MAX_STRAY = 32


def timeout_s(wiring: UhppoteWiring) -> float:
    """Return how long to wait for an answer, so that several fit into the controller's deadline."""
    return min(_TIMEOUT_S, wiring.lost_after_s / 5)


class UhppoteLink:
    """A socket that hears one controller only. Used by one thread; closes when left."""

    def __init__(self, wiring: UhppoteWiring) -> None:
        """Open the socket. Raises Transient."""
        self._wiring = wiring
        self.malformed = 0
        self._socket = self._open()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Free the socket."""
        self._socket.close()

    def local_host(self) -> str:
        """Return the address under which the controller sees this box."""
        return str(self._socket.getsockname()[0])

    def ask(self, request: bytes, fits: Fits = lambda _: True) -> bytes:
        """Send once and return the answer. Raises Transient without one, Misconfigured for another's answer.

        A question is never repeated here: an order to open must not arrive twice. `fits` refuses an answer
        to an earlier question of the same kind.
        """
        try:
            self._drain()
            self._socket.send(request)
            return self._answer(request[1], fits)
        except OSError as error:
            failure = self._unreachable(error)
        # An answer that comes after all goes to the socket that is closed here.
        self._socket.close()
        self._socket = self._open()
        raise failure

    def anybody(self) -> bytes:
        """Return who the controller says it is, asked by address alone: under 0 any controller answers.

        Raises Misconfigured where another one does, Transient where none does.
        """
        return self.ask(encode.get_controller_request(0))

    def _open(self) -> socket.socket:
        link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            # A connected socket passes over whatever comes from elsewhere.
            link.connect((self._wiring.host, self._wiring.port))
        except OSError as error:
            link.close()
            failure = self._unreachable(error)
        else:
            return link
        raise failure

    def _drain(self) -> None:
        """Drop late answers to earlier questions."""
        self._socket.settimeout(0)
        for _ in range(_MAX_STRAY):
            try:
                self._socket.recv(2048)
            except BlockingIOError:
                return

    def _answer(self, function: int, fits: Fits) -> bytes:
        until_s = time.monotonic() + timeout_s(self._wiring)
        while (left_s := until_s - time.monotonic()) > 0:
            self._socket.settimeout(left_s)
            packet = self._socket.recv(2048)
            try:
                serial = uhppote_packets.serial(self._wiring.id, packet)
            except Malformed:
                self.malformed += 1
                continue
            if packet[1] != function or not fits(packet):
                self.malformed += 1
                continue
            if serial != self._wiring.serial:
                raise fault("door.other_controller", self._wiring.id, str(serial))
            return packet
        raise TimeoutError

    def _unreachable(self, error: OSError) -> DeviceError:
        cause = error.strerror or "no answer"
        return fault("door.unreachable", self._wiring.id, f"{self._wiring.host}: {cause}")
