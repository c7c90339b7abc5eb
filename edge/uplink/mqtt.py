"""One MQTT connection at a time to the broker, over paho; what it hears goes to a callback.

The callback is called from paho's network thread and must only hand over. A failed connection is never
reopened in here: that is decided elsewhere. Every event carries the number of its connection, so that a late
word from an earlier one can be told apart.
"""

import contextlib
import json
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from drivers.base import Denied, DeviceError, Misconfigured, Transient
from drivers.listening.tls import client_context
from edge.uplink.wiring import Wiring

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
_DENIALS = frozenset({"Bad user name or password", "Not authorized", "Client identifier not valid", "Banned"})


@dataclass(frozen=True, slots=True)
class Opened:
    """The broker took the connection and the subscription: what is sent now can be answered."""

    connection: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is gone or never came to be."""

    connection: int
    error: DeviceError


@dataclass(frozen=True, slots=True)
class Received:
    """The server said something on the reply topic."""

    connection: int
    payload: bytes


LinkEvent = Opened | Closed | Received


class MqttLink:
    """Connects, publishes with QoS 1, closes. `tell` gets the events."""

    def __init__(self, wiring: Wiring, tell: Callable[[LinkEvent], None]) -> None:
        self._wiring = wiring
        self._tell = tell
        self._client: paho.Client | None = None
        self._number = 0

    @property
    def number(self) -> int:
        """The number of the present connection."""
        return self._number

    def connect(self) -> None:
        """Begin a new connection; Opened or Closed follows.

        Blocks for at most a few seconds. Raises Transient, Denied or Misconfigured when it fails at once.
        """
        self.drop()
        self._number += 1
        client = self._new_client(self._number)
        try:
            client.connect(self._wiring.host, self._wiring.port, keepalive=self._wiring.keepalive_s)
        except (OSError, ValueError) as error:
            raise self._fault(error) from error
        self._client = client
        client.loop_start()

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Hand a message to the broker with QoS 1; whether it came through is the reply topic's word."""
        if self._client is not None:
            self._client.publish(topic, payload, qos=1, retain=retain)

    def drop(self) -> None:
        """End the connection as it is; the broker publishes the last will."""
        client, self._client = self._client, None
        if client is None:
            return
        sock = client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):  # it was closed already
                sock.shutdown(socket.SHUT_RDWR)
        _join(client)

    def close(self, within_s: float = 2.0) -> None:
        """Say goodbye and end the connection."""
        client, self._client = self._client, None
        if client is None:
            return
        if client.is_connected():
            farewell = client.publish(self._status, _status("offline", "stopped"), qos=1, retain=True)
            try:
                farewell.wait_for_publish(within_s)
            except (RuntimeError, ValueError) as error:
                log.debug("the broker was gone before the goodbye: %s", error)
            client.disconnect()
        _join(client)

    def silent(self) -> Transient:
        """Return the error of a broker that took the connection and then said nothing."""
        return self._transient("uplink.silent", "no word after the connection")

    @property
    def _status(self) -> str:
        return self._wiring.topics.of("status")

    def _new_client(self, number: int) -> paho.Client:
        wiring = self._wiring
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"menwei-{wiring.topics.site}",
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        if wiring.username is not None:
            client.username_pw_set(wiring.username, wiring.password)
        if wiring.tls:
            client.tls_set_context(self._tls_context())
        client.will_set(self._status, _status("offline", "lost"), qos=1, retain=True)
        self._listen(client, number)
        return client

    def _tls_context(self) -> ssl.SSLContext:
        try:
            return client_context(None if self._wiring.ca_file is None else str(self._wiring.ca_file))
        except OSError as error:
            raise Misconfigured(
                "uplink.ca_unreadable",
                "the broker's certificate authority {path} cannot be read ({why}): "
                "correct uplink.mqtt.ca_file",
                path=self._wiring.ca_file,
                why=error.strerror or type(error).__name__,
            ) from error

    def _listen(self, client: paho.Client, number: int) -> None:
        def on_connect(c: paho.Client, _u: Any, _f: Any, reason: ReasonCode, _p: Any) -> None:
            if reason.is_failure:
                self._tell(Closed(number, self._refusal(str(reason))))
            else:
                c.subscribe(self._wiring.topics.of("acknowledgements"), qos=1)

        def on_subscribe(c: paho.Client, _u: Any, _m: int, reasons: list[ReasonCode], _p: Any) -> None:
            if any(reason.is_failure for reason in reasons):
                self._tell(Closed(number, self._refusal(str(reasons[0]))))
                return
            c.publish(self._status, _status("online"), qos=1, retain=True)
            self._tell(Opened(number))

        def on_message(_c: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
            self._tell(Received(number, bytes(message.payload)))

        def on_disconnect(_c: paho.Client, _u: Any, _f: Any, reason: ReasonCode, _p: Any) -> None:
            self._tell(Closed(number, self._transient("uplink.cut", str(reason))))

        client.on_connect = on_connect
        client.on_subscribe = on_subscribe
        client.on_message = on_message
        client.on_disconnect = on_disconnect

    def _refusal(self, reason: str) -> DeviceError:
        if reason not in _DENIALS:
            return self._transient("uplink.cut", reason)
        return Denied(
            "uplink.denied",
            "the broker {host}:{port} refuses this box ({why}): correct uplink.mqtt.username and password",
            host=self._wiring.host,
            port=self._wiring.port,
            why=reason,
        )

    def _fault(self, error: OSError | ValueError) -> DeviceError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Denied(
                "uplink.untrusted",
                "the broker {host}:{port} shows a certificate that is not trusted ({why}): "
                "correct uplink.mqtt.ca_file or the broker's certificate",
                host=self._wiring.host,
                port=self._wiring.port,
                why=error.verify_message,
            )
        return self._transient("uplink.unreachable", str(error))

    def _transient(self, key: str, why: str) -> Transient:
        sentence = {
            "uplink.cut": "the connection to the broker {host}:{port} broke off ({why}); it is tried again",
            "uplink.unreachable": "the broker {host}:{port} cannot be reached ({why}); it is tried again",
            "uplink.silent": "the broker {host}:{port} does not answer ({why}); it is tried again",
        }[key]
        return Transient(key, sentence, host=self._wiring.host, port=self._wiring.port, why=why)


def _join(client: paho.Client) -> None:
    # paho forgets its thread when that ends, which can be in the middle of loop_stop.
    with contextlib.suppress(AttributeError):
        client.loop_stop()


def _status(state: str, reason: str | None = None) -> str:
    return json.dumps({"state": state} | ({"reason": reason} if reason else {}))
