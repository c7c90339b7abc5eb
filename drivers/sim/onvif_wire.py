"""The network of a simulated ONVIF camera: HTTP on this machine's loopback, and what can happen to it."""

import contextlib
import re
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from drivers.sim.onvif_answers import Answer, fault

_POLL_S = 0.05
_JOIN_S = 5.0
_LARGEST_REQUEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the operation in the SOAP body, empty where there is none, and the whole of it."""

    operation: str
    path: str
    body: str
    authorization: str


class OnvifWire:
    """A server whose `answer` returns what a request gets. Its verbs may be called from any thread.

    `asked` are all requests so far. Unplugged, nobody listens and open connections are cut; stalled, it takes
    requests and answers none until `resume`.
    """

    def __init__(self, answer: Callable[[Request], Answer], host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self.asked: list[Request] = []
        self._answer = answer
        self._awake = threading.Event()
        self._awake.set()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def plugged(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    def plug(self) -> None:
        """Listen; `port` is the one that was taken. OSError: it cannot be had."""
        if self._server is not None:
            return
        self._server = _Server((self.host, self.port), self)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="onvif-wire", daemon=True
        )
        self._thread.start()

    def unplug(self) -> None:
        """Listen no more, and cut what is connected; may be called again."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is None or thread is None:
            return
        server.shutdown()
        thread.join(_JOIN_S)
        server.cut()
        server.server_close()

    def stall(self) -> None:
        """Answer nothing from now on."""
        self._awake.clear()

    def resume(self) -> None:
        """Answer again, also what was asked meanwhile."""
        self._awake.set()

    def answered(self, request: Request, is_cut: threading.Event) -> Answer | None:
        """Return the answer, None where the connection was cut before there was one."""
        self.asked.append(request)
        while not self._awake.wait(_POLL_S):
            if is_cut.is_set():
                return None
        return self._answer(request)


class _Server(ThreadingHTTPServer):
    # Threads are waited for: none outlives the simulator.
    daemon_threads = False

    def __init__(self, address: tuple[str, int], wire: OnvifWire) -> None:
        self.wire = wire
        self.is_cut = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def cut(self) -> None:
        """Break every connection off."""
        self.is_cut.set()
        with self._guard:
            for connection in self._open:
                # The other end may have left already.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that leaves in the middle is no fault of the simulator's.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Head and body go out as two packets: the second must not wait for the first to be acknowledged.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), _LARGEST_REQUEST)
        body = self.rfile.read(length).decode("utf-8", "replace")
        found = re.search(r"<\w+:Body><\w+:(\w+)", body)
        request = Request(
            operation=found[1] if found else "",
            path=self.path,
            body=body,
            authorization=self.headers.get("Authorization", ""),
        )
        answer = self.server.wire.answered(request, self.server.is_cut) if found else fault("no SOAP")
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: `asked` remembers."""
