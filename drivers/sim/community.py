"""A stand-in for the community server: takes events in, acknowledges each id, and has faults as verbs.

It speaks the protocol that `edge.uplink.topics` documents, from the other end. One thread of its own does
all the network; faults are drawn from a seeded generator.
"""

import json
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from drivers.sim.community_ledger import Arrival, Ledger, Verdict

log = logging.getLogger(__name__)

RECONNECT_AFTER_S = 0.2
LOOP_S = 0.05
LANES = ("alerts", "pictures")


@dataclass(frozen=True, slots=True)
class Manners:
    """How it misbehaves: acknowledges `slow_s` late; loses a message or an answer with a probability."""

    slow_s: float = 0.0
    forgetful: float = 0.0
    seed: int = 0


class CommunityServer:
    """Receives from every site below `prefix`, or from one. `tell` is called from its thread."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        prefix: str = "menwei",
        site: str = "+",
        username: str | None = None,
        password: str | None = None,
        manners: Manners | None = None,
        tell: Callable[[Arrival], None] | None = None,
    ) -> None:
        self._address = (host, port)
        self._credentials = (username, password)
        self._prefix = prefix
        self._site = site
        self._manners = manners or Manners()
        self._tell = tell
        self._chance = random.Random(self._manners.seed)  # noqa: S311 - faults, no secrets
        self._sites: set[str] = set() if site == "+" else {site}
        self._gaps: set[tuple[str, str]] = set()
        self._answers: deque[tuple[float, str, str]] = deque()
        self._away_until_s = 0.0
        self._stopping = threading.Event()
        self._subscribed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="community", daemon=True)
        self.ledger = Ledger()
        self.conflicts = 0
        self.malformed = 0
        self.online: dict[str, bool] = {}

    def start(self, within_s: float = 10.0) -> bool:
        """Begin to receive; return whether it is subscribed within `within_s`."""
        self._thread.start()
        return self._subscribed.wait(within_s)

    def stop(self) -> None:
        """End the connection and the thread."""
        self._stopping.set()
        self._thread.join()

    def be_away(self, seconds: float) -> None:
        """Leave the broker for a while."""
        self._away_until_s = time.monotonic() + seconds

    def _work(self) -> None:
        while not self._stopping.is_set():
            if time.monotonic() >= self._away_until_s:
                self._serve()
            self._stopping.wait(RECONNECT_AFTER_S)

    def _serve(self) -> None:
        client = self._new_client()
        try:
            client.connect(*self._address, keepalive=15)
        except OSError as error:
            log.debug("the broker cannot be reached: %s", error)
            return
        while not self._stopping.is_set() and time.monotonic() >= self._away_until_s:
            if client.loop(self._pause()) is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
            self._answer(client)
        self._subscribed.clear()
        client.disconnect()

    def _pause(self) -> float:
        if not self._answers:
            return LOOP_S
        return max(0.0, min(LOOP_S, self._answers[0][0] - time.monotonic()))

    def _new_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"community-{self._prefix}-{self._site.replace('+', 'all')}".replace("/", "-"),
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        if self._credentials[0] is not None:
            client.username_pw_set(*self._credentials)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: paho.Client, _u: Any, _f: Any, reason: ReasonCode, _p: Any) -> None:
        if reason.is_failure:
            log.warning("the broker refuses the community stand-in: %s", reason)
            return
        client.subscribe([(f"{self._prefix}/{self._site}/{topic}", 1) for topic in (*LANES, "status")])

    def _on_subscribe(self, client: paho.Client, *_: Any) -> None:
        self._subscribed.set()
        self._gaps.clear()
        for site in sorted(self._sites):
            self._ask_resend(client, site)

    def _on_message(self, client: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
        site, topic = message.topic.removeprefix(f"{self._prefix}/").rsplit("/", 1)
        try:
            event = json.loads(message.payload)
            if topic == "status":
                self._note_status(client, site, online=event["state"] == "online", retained=message.retain)
                return
            arrival = Arrival(
                event["id"], event["type"], site, topic, int(event["sequence"]), time.monotonic(), event
            )
        except (ValueError, KeyError, TypeError):
            self.malformed += 1
            return
        self._receive(client, arrival)

    def _note_status(self, client: paho.Client, site: str, *, online: bool, retained: bool) -> None:
        self._sites.add(site)
        self.online[site] = online
        # A retained word is older than this connection: what the site sent meanwhile went to nobody.
        if online and retained:
            self._ask_resend(client, site)

    def _receive(self, client: paho.Client, arrival: Arrival) -> None:
        if self._forgets():
            return
        if self.ledger.conflicts(arrival):
            self.conflicts += 1
        lane = (arrival.site, arrival.lane)
        verdict = self.ledger.offer(arrival)
        if verdict is Verdict.OUT_OF_ORDER:
            if lane not in self._gaps:
                self._gaps.add(lane)
                self._ask_resend(client, arrival.site)
            return
        self._gaps.discard(lane)
        if not self._forgets():
            self._answers.append((time.monotonic() + self._manners.slow_s, arrival.site, arrival.id))
        if verdict is Verdict.TAKEN and self._tell is not None:
            self._tell(arrival)

    def _answer(self, client: paho.Client) -> None:
        while self._answers and self._answers[0][0] <= time.monotonic():
            _, site, event_id = self._answers.popleft()
            client.publish(self._replies(site), json.dumps({"ids": [event_id]}), qos=1)

    def _ask_resend(self, client: paho.Client, site: str) -> None:
        client.publish(self._replies(site), json.dumps({"ids": [], "resend": True}), qos=1)

    def _replies(self, site: str) -> str:
        return f"{self._prefix}/{site}/acknowledgements"

    def _forgets(self) -> bool:
        return self._manners.forgetful > 0 and self._chance.random() < self._manners.forgetful
