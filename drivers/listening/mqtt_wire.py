"""Topics of a broker that are only listened to (paho-mqtt, MQTT 3.1.1, clean session).

Retained messages are dropped: nobody knows how old they are.
"""

import contextlib
import queue
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from drivers.base import DeviceError
from drivers.listening.faults import Fault, why
from drivers.listening.tls import client_context
from drivers.listening.wire import Chunk

_CONNECT_WITHIN_S = 5.0
_LARGEST_BYTES = 256 * 1024
_MOST_WAITING = 1024
_DENIALS = frozenset({"Bad user name or password", "Not authorized", "Client identifier not valid", "Banned"})


@dataclass(frozen=True, slots=True)
class BrokerWiring:
    """A broker and the topics (wildcards allowed) to listen to; `client_id` is this box's own name there."""

    host: str
    port: int
    topics: tuple[str, ...]
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None
    keepalive_s: int = 20


class MqttWire:
    """One connection at a time; it never reconnects by itself."""

    def __init__(self, broker: BrokerWiring, fault: Fault) -> None:
        self._broker = broker
        self._fault = fault
        self._client: paho.Client | None = None
        self._heard: queue.Queue[Chunk | DeviceError] = queue.Queue(_MOST_WAITING)
        self.dropped = 0

    @property
    def name(self) -> str:
        """The broker's address."""
        return f"{self._broker.host}:{self._broker.port}"

    def open(self) -> None:
        """Connect and subscribe; that it failed is told by `open` or, later, by `read`."""
        self.close()
        self._heard = queue.Queue(_MOST_WAITING)
        client = self._new_client(self._heard)
        try:
            client.connect(self._broker.host, self._broker.port, keepalive=self._broker.keepalive_s)
        except (OSError, ValueError) as error:
            untrusted = isinstance(error, ssl.SSLCertVerificationError)
            cause = "broker_untrusted" if untrusted else "broker_unreachable"
            raise self._fault(cause, f"{self.name}: {why(error)}") from None
        self._client = client
        client.loop_start()

    def read(self, timeout_s: float) -> Sequence[Chunk]:
        """Return the messages that have come."""
        chunks: list[Chunk] = []
        try:
            while len(chunks) < _MOST_WAITING:
                got = self._heard.get(timeout=timeout_s) if not chunks else self._heard.get_nowait()
                if isinstance(got, DeviceError):
                    raise got
                chunks.append(got)
        except queue.Empty:
            return chunks
        return chunks

    def close(self) -> None:
        """Disconnect and end paho's thread."""
        client, self._client = self._client, None
        if client is None:
            return
        if client.is_connected():
            client.disconnect()
        sock = client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):  # it was closed already
                sock.shutdown(socket.SHUT_RDWR)
        # paho forgets its thread when that ends, which can be in the middle of loop_stop.
        with contextlib.suppress(AttributeError):
            client.loop_stop()

    def _new_client(self, heard: "queue.Queue[Chunk | DeviceError]") -> paho.Client:
        broker = self._broker
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = _CONNECT_WITHIN_S
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set_context(self._tls_context())
        self._listen(client, heard)
        return client

    def _tls_context(self) -> ssl.SSLContext:
        try:
            return client_context(self._broker.ca_file)
        except OSError as error:
            raise self._fault("ca_unreadable", f"{self._broker.ca_file}: {why(error)}") from None

    def _listen(self, client: paho.Client, heard: "queue.Queue[Chunk | DeviceError]") -> None:
        def on_connect(c: paho.Client, _u: Any, _f: Any, reason: ReasonCode, _p: Any) -> None:
            if reason.is_failure:
                self._end(heard, self._refusal(str(reason)))
            else:
                c.subscribe([(topic, 0) for topic in self._broker.topics])

        def on_subscribe(_c: paho.Client, _u: Any, _m: int, reasons: list[ReasonCode], _p: Any) -> None:
            for reason in reasons:
                if reason.is_failure:
                    self._end(heard, self._fault("broker_denied", f"{self.name}: subscription"))

        def on_message(_c: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
            self._keep(heard, message)

        def on_disconnect(_c: paho.Client, _u: Any, _f: Any, reason: ReasonCode, _p: Any) -> None:
            self._end(heard, self._fault("broker_cut", f"{self.name}: {reason}"))

        client.on_connect = on_connect
        client.on_subscribe = on_subscribe
        client.on_message = on_message
        client.on_disconnect = on_disconnect

    def _keep(self, heard: "queue.Queue[Chunk | DeviceError]", message: paho.MQTTMessage) -> None:
        if message.retain or len(message.payload) > _LARGEST_BYTES:
            self.dropped += 1
            return
        try:
            heard.put_nowait(Chunk(message.topic, bytes(message.payload)))
        except queue.Full:
            self.dropped += 1

    def _end(self, heard: "queue.Queue[Chunk | DeviceError]", error: DeviceError) -> None:
        # The end must be heard even where the reader has fallen behind.
        while True:
            try:
                heard.put_nowait(error)
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    heard.get_nowait()
                    self.dropped += 1
            else:
                return

    def _refusal(self, reason: str) -> DeviceError:
        cause = "broker_denied" if reason in _DENIALS else "broker_unreachable"
        return self._fault(cause, f"{self.name}: {reason}")
