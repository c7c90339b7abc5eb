"""The other ends of a probe's wires: datagrams, a broker's topic, HTTP posts. See also `serial_end`."""

import contextlib
import http.client
import socket
import ssl
from typing import Protocol

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

_WITHIN_S = 5.0


class End(Protocol):
    """Where a simulated probe sends to; what is sent while unplugged is gone."""

    def plug(self) -> None:
        """Connect."""
        ...

    def unplug(self) -> None:
        """Pull the cable; may be called again."""
        ...

    def send(self, payload: bytes) -> None:
        """Send one message."""
        ...


class UdpEnd:
    """Datagrams to an address, from `source` if given."""

    def __init__(self, host: str, port: int, source: str = "") -> None:
        self._to = host, port
        self._source = source
        self._socket: socket.socket | None = None

    def plug(self) -> None:
        """Take a socket."""
        if self._socket is None:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind((self._source, 0))

    def unplug(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, payload: bytes) -> None:
        """Send a datagram; that nobody takes it, or the cable is pulled meanwhile, is no error."""
        made = self._socket
        if made is not None:
            with contextlib.suppress(OSError):
                made.sendto(payload, self._to)


class MqttEnd:
    """Messages to a topic, with QoS 0 as such probes do; `account` is a user name and its password."""

    def __init__(
        self,
        host: str,
        port: int,
        topic: str,
        client_id: str = "probe-simulator",
        *,
        account: tuple[str, str | None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._to = host, port
        self.topic = topic
        self._client_id = client_id
        self._account = account
        self._tls = tls
        self._client: paho.Client | None = None
        self.retain = False

    def plug(self) -> None:
        """Connect, and again by itself when the broker was away."""
        if self._client is not None:
            return
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=self._client_id, protocol=MQTTProtocolVersion.MQTTv311
        )
        if self._account is not None:
            client.username_pw_set(*self._account)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        client.reconnect_delay_set(1, 2)
        client.connect_async(*self._to)
        client.loop_start()
        self._client = client

    def unplug(self) -> None:
        """Disconnect."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def send(self, payload: bytes) -> None:
        """Publish; nothing is kept for later while the broker is away."""
        client = self._client
        if client is not None and client.is_connected():
            client.publish(self.topic, payload, qos=0, retain=self.retain)


class HttpEnd:
    """Posts to a path, with a bearer token if given, from `source`; `statuses` holds the last answers."""

    def __init__(
        self, host: str, port: int, path: str = "/", token: str | None = None, source: str = ""
    ) -> None:
        self._to = host, port
        self._source = (source, 0) if source else None
        self._path = path
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._plugged = False
        self.statuses: list[int] = []

    def plug(self) -> None:
        """Be ready to post."""
        self._plugged = True

    def unplug(self) -> None:
        """Post no more."""
        self._plugged = False

    def send(self, payload: bytes) -> None:
        """Post and wait for the answer; that nobody answers is noted as 0."""
        if not self._plugged:
            return
        connection = http.client.HTTPConnection(*self._to, timeout=_WITHIN_S, source_address=self._source)
        status = 0
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("POST", self._path, payload, self._headers)
            status = connection.getresponse().status
        connection.close()
        self.statuses = [*self.statuses[-99:], status]
