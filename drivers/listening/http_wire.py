"""A small HTTP server that takes posts of bounded size, for devices on the gate's own network."""

import contextlib
import errno
import hmac
import queue
import socket
import socketserver
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from drivers.listening.faults import Fault, why
from drivers.listening.wire import Chunk

_LARGEST_BYTES = 256 * 1024
_MOST_WAITING = 256
_MOST_AT_ONCE = 16
_WHOLE_REQUEST_S = 10.0


@dataclass(frozen=True, slots=True)
class HttpWiring:
    """Where to listen. `token` is taken as bearer or, from devices that cannot, as the path's last part."""

    host: str
    port: int
    token: str | None = field(default=None, repr=False)


class HttpWire:
    """Takes POST requests at any path; `port` 0 takes a free one, see `address`."""

    def __init__(self, wiring: HttpWiring, fault: Fault) -> None:
        self._wiring = wiring
        self._fault = fault
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._heard: queue.Queue[Chunk] = queue.Queue(_MOST_WAITING)

    @property
    def name(self) -> str:
        """Where it listens."""
        return f"{self._wiring.host}:{self._wiring.port}"

    @property
    def address(self) -> tuple[str, int]:
        """Where it really listens, once open."""
        if self._server is None:
            return self._wiring.host, self._wiring.port
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def open(self) -> None:
        """Bind the port and begin to answer."""
        self.close()
        try:
            self._server = _Server(self._wiring, self._heard)
        except OSError as error:
            cause = "no_rights" if error.errno == errno.EACCES else "address_unusable"
            raise self._fault(cause, f"{self.name}: {why(error)}") from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name=f"http-{self.name}", daemon=True
        )
        self._thread.start()

    def read(self, timeout_s: float) -> Sequence[Chunk]:
        """Return the bodies of the posts that have come."""
        chunks: list[Chunk] = []
        with contextlib.suppress(queue.Empty):
            chunks.append(self._heard.get(timeout=timeout_s))
            while len(chunks) < _MOST_WAITING:
                chunks.append(self._heard.get_nowait())
        return chunks

    def close(self) -> None:
        """Stop answering, cut what is under way and free the port."""
        server, self._server = self._server, None
        thread, self._thread = self._thread, None
        if server is None or thread is None:
            return
        server.shutdown()
        thread.join()
        server.cut_all()
        server.server_close()


class _Server(HTTPServer):
    """A bounded number of threads, each with a bounded time for its whole request."""

    daemon_threads = True
    request_queue_size = _MOST_AT_ONCE

    def __init__(self, wiring: HttpWiring, heard: "queue.Queue[Chunk]") -> None:
        self.token = wiring.token
        self.heard = heard
        self._slots = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._lock = threading.Lock()
        self._live: dict[threading.Thread, Any] = {}
        if ":" in wiring.host:
            self.address_family = socket.AF_INET6
        super().__init__((wiring.host, wiring.port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server for this box's name, as the base class does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, or hang up where all are busy."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        thread = threading.Thread(target=self._answer, args=(request, client_address), daemon=True)
        with self._lock:
            self._live[thread] = request
        thread.start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is no news, and a traceback may hold what it sent."""

    def cut_all(self) -> None:
        """Hang up on everybody and wait for the threads."""
        with self._lock:
            live = dict(self._live)
        for thread, request in live.items():
            _hang_up(request)
            thread.join(_WHOLE_REQUEST_S)

    def _answer(self, request: Any, client_address: Any) -> None:
        limit = threading.Timer(_WHOLE_REQUEST_S, _hang_up, (request,))
        limit.daemon = True
        limit.start()
        try:
            self.finish_request(request, client_address)
        except OSError:
            self.handle_error(request, client_address)
        finally:
            limit.cancel()
            self.shutdown_request(request)
            with self._lock:
                self._live.pop(threading.current_thread(), None)
            self._slots.release()


class _Handler(BaseHTTPRequestHandler):
    server_version = "menwei"
    sys_version = ""
    timeout = _WHOLE_REQUEST_S
    server: _Server

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not self._knows_the_token():
            self._reply(HTTPStatus.UNAUTHORIZED)
        elif not (length.isascii() and length.isdigit()) or len(length) > 9:
            self._reply(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > _LARGEST_BYTES:
            self._reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._take(self.rfile.read(int(length)), int(length))

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing: a request may hold addresses."""

    def _take(self, body: bytes, length: int) -> None:
        if len(body) < length:
            self._reply(HTTPStatus.BAD_REQUEST)
            return
        try:
            self.server.heard.put_nowait(Chunk(str(self.client_address[0]), body))
        except queue.Full:
            self._reply(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._reply(HTTPStatus.OK)

    def _knows_the_token(self) -> bool:
        token = self.server.token
        if token is None:
            return True
        shown = (
            self.headers.get("Authorization", "").removeprefix("Bearer "),
            self.path.rpartition("/")[2],
        )
        return any(hmac.compare_digest(s.encode("utf-8", "replace"), token.encode()) for s in shown)

    def _reply(self, status: HTTPStatus) -> None:
        said = b"ok" if status is HTTPStatus.OK else b""
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said)


def _hang_up(request: Any) -> None:
    with contextlib.suppress(OSError):  # it hung up first
        request.shutdown(socket.SHUT_RDWR)
