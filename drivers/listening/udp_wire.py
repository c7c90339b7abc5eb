"""A UDP port at which datagrams arrive."""

import errno
import socket
from collections.abc import Sequence

from drivers.listening.faults import Fault, why
from drivers.listening.wire import Chunk

_LARGEST_BYTES = 65_535
# Between two looks at the clock; the rest waits in the kernel's buffer.
_MOST_DATAGRAMS = 256
_BUFFER_BYTES = 1 << 20


class UdpWire:
    """Datagrams to one address of this box; `port` 0 takes a free one, see `address`."""

    def __init__(self, host: str, port: int, fault: Fault) -> None:
        self._host = host
        self._port = port
        self._fault = fault
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """Where it listens."""
        return f"{self._host}:{self._port}"

    @property
    def address(self) -> tuple[str, int]:
        """Where it really listens, once open."""
        return (self._host, self._port) if self._socket is None else self._socket.getsockname()[:2]

    def open(self) -> None:
        """Bind the port."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        made = socket.socket(family, socket.SOCK_DGRAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            made.bind((self._host, self._port))
        except OSError as error:
            made.close()
            cause = "no_rights" if error.errno == errno.EACCES else "address_unusable"
            raise self._fault(cause, f"{self.name}: {why(error)}") from None
        self._socket = made

    def read(self, timeout_s: float) -> Sequence[Chunk]:
        """Return the datagrams that have come; each is whole."""
        if self._socket is None:
            raise self._fault("unexpected", f"{self.name}: closed")
        chunks: list[Chunk] = []
        self._socket.settimeout(timeout_s)
        try:
            while len(chunks) < _MOST_DATAGRAMS:
                data, sender = self._socket.recvfrom(_LARGEST_BYTES)
                chunks.append(Chunk(sender[0], data))
                self._socket.settimeout(0)
        except (TimeoutError, BlockingIOError):
            return chunks
        except OSError as error:
            raise self._fault("address_unusable", f"{self.name}: {why(error)}") from None
        return chunks

    def close(self) -> None:
        """Free the port."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
