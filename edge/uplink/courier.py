"""The thread that carries the outbox to the community server.

It has a database connection of its own and one inbox; everything that concerns it arrives there: new rows,
the broker's word, the order to stop. So it wakes at once and never polls for what can tell.
"""

import logging
import queue
import random
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.base import DeviceError, Malformed
from edge.clock import Clock
from edge.store import layout, outbox
from edge.store.database import open_database, transaction
from edge.store.evidence import Evidence
from edge.store.outbox import Waiting
from edge.uplink import cloudevents, connection, delivery
from edge.uplink.answers import read_answer
from edge.uplink.connection import Connection, Phase
from edge.uplink.delivery import Delivery, Pace
from edge.uplink.mqtt import Closed, LinkEvent, MqttLink, Opened, Received
from edge.uplink.wiring import Wiring

log = logging.getLogger(__name__)

MOST_EVENTS = 256
LONGEST_SLEEP_S = 1.0
AFTER_FAILURE_S = 1.0
BACKLOG_EVERY_S = 0.2
# A broker may refuse a message for its size by cutting the connection; the picture then stays on the box.
PICTURE_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class UplinkState:
    """What the uplink tells of itself.

    `error` is what last went wrong, until it goes right again. `alerts` and `pictures` wait to be
    acknowledged, the oldest for `oldest_age_s` (None where nothing waits). `malformed` counts replies that
    could not be read.
    """

    phase: Phase = Phase.WAITING
    error: DeviceError | None = None
    alerts: int = 0
    pictures: int = 0
    oldest_age_s: float | None = None
    malformed: int = 0

    @property
    def connected(self) -> bool:
        """Whether events can be sent now."""
        return self.phase is Phase.UP


class Courier:
    """Delivers what waits in the outbox of a store's directory until it is stopped."""

    def __init__(
        self,
        directory: Path,
        wiring: Wiring,
        clock: Clock,
        luck: Callable[[], float] = random.random,
    ) -> None:
        self._directory = directory
        self._topics = wiring.topics
        self._clock = clock
        self._luck = luck
        self._pace = Pace(resend_after_s=wiring.resend_after_s)
        self._inbox: queue.SimpleQueue[LinkEvent | None] = queue.SimpleQueue()
        self._link = MqttLink(wiring, self._inbox.put)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection = Connection()
        self._delivery = Delivery()
        self._state = UplinkState()
        self._counted_s = float("-inf")

    def start(self) -> None:
        """Begin to deliver. Raises Refused when the database cannot be opened."""
        database = open_database(layout.database(self._directory))
        self._thread = threading.Thread(target=self._work, args=(database,), name="uplink", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something new in the outbox. Thread-safe, never waits."""
        self._inbox.put(None)

    @property
    def alive(self) -> bool:
        """Whether the thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    def state(self) -> UplinkState:
        """Return how the uplink does. Thread-safe; at most about a second old."""
        return self._state

    def stop(self) -> None:
        """Say goodbye to the broker and end the thread."""
        self._stopping.set()
        self.wake()
        if self._thread is not None:
            self._thread.join()

    def _work(self, database: sqlite3.Connection) -> None:
        try:
            while not self._stopping.is_set():
                self._turn(database)
        finally:
            self._link.close()
            database.close()

    def _turn(self, database: sqlite3.Connection) -> None:
        try:
            self._hear(database, self._collect())
            self._connect(database)
            self._send(database)
            self._count(database)
        except (sqlite3.Error, OSError) as error:
            log.warning("the outbox cannot be worked on, trying again: %s", error)
            self._stopping.wait(AFTER_FAILURE_S)

    def _collect(self) -> list[LinkEvent]:
        """Wait for the first word or deadline, then take all that is there."""
        events: list[LinkEvent] = []
        timeout = self._until_deadline()
        for _ in range(MOST_EVENTS):
            try:
                event = self._inbox.get(timeout=timeout) if timeout > 0 else self._inbox.get_nowait()
            except queue.Empty:
                break
            timeout = 0.0
            if event is not None and event.connection == self._link.number:
                events.append(event)
        return events

    def _until_deadline(self) -> float:
        deadlines = [BACKLOG_EVERY_S if self._state.oldest_age_s is not None else LONGEST_SLEEP_S]
        if self._connection.phase is not Phase.UP:
            deadlines.append(self._connection.deadline_s - self._clock.mono())
        if self._delivery.due_s is not None:
            deadlines.append(self._delivery.due_s - self._clock.mono())
        return max(0.0, min(deadlines))

    def _hear(self, database: sqlite3.Connection, events: Sequence[LinkEvent]) -> None:
        answered: set[str] = set()
        for event in events:
            match event:
                case Opened():
                    self._connection, self._delivery = connection.opened(), delivery.connected(self._delivery)
                case Closed(error=error):
                    self._failed(database, error)
                case Received(payload=payload):
                    answered |= self._answered(payload)
        if answered:
            with transaction(database):
                outbox.acknowledge(database, sorted(answered), self._clock.wall())

    def _answered(self, payload: bytes) -> frozenset[str]:
        try:
            answer = read_answer(payload)
        except Malformed as error:
            log.warning("%s", error)
            self._state = replace(self._state, malformed=self._state.malformed + 1)
            return frozenset()
        self._delivery = delivery.acknowledged(self._delivery, answer.ids, self._clock.mono(), self._pace)
        if answer.resend:
            self._delivery = delivery.resend_asked(self._delivery)
        return frozenset(answer.ids)

    def _connect(self, database: sqlite3.Connection) -> None:
        now = self._clock.mono()
        if connection.overdue(self._connection, now):
            self._failed(database, self._link.silent())
        if not connection.may_connect(self._connection, now):
            return
        self._connection = connection.connecting(self._connection, now)
        try:
            self._link.connect()
        except DeviceError as error:
            self._failed(database, error)

    def _failed(self, database: sqlite3.Connection, error: DeviceError) -> None:
        if self._connection.phase not in {Phase.CONNECTING, Phase.UP}:
            return
        if self._connection.error is None or self._connection.error.key != error.key:
            log.warning("%s", error)
        now = self._clock.mono()
        self._connection = connection.failed(self._connection, error, now, self._luck())
        self._delivery, unanswered = delivery.disconnected(self._delivery, now)
        _note(database, unanswered)

    def _send(self, database: sqlite3.Connection) -> None:
        now = self._clock.mono()
        self._delivery, unanswered = delivery.expired(self._delivery, now)
        _note(database, unanswered)
        if not self._delivery.connected:
            return
        alerts = outbox.waiting(database, "alerts", self._pace.window)
        pictures = outbox.waiting(database, "pictures", self._pace.pictures)
        chosen, rows = delivery.choose(self._delivery, alerts, pictures, now, self._pace)
        for row in rows:
            self._link.publish(self._topics.of(row.lane), self._payload(database, row))
        self._delivery = chosen

    def _payload(self, database: sqlite3.Connection, row: Waiting) -> str:
        content = outbox.content(database, row.id)
        if content.picture is None:
            return content.event
        if content.attempts >= PICTURE_ATTEMPTS:
            log.warning(
                "picture %s was sent %d times in vain, its event goes without", row.id, content.attempts
            )
            return cloudevents.with_picture(content.event, None)
        try:
            jpeg = Evidence(layout.evidence(self._directory)).read(content.picture)
        except FileNotFoundError:
            log.warning("evidence picture %s is gone, its event goes without", content.picture)
            return cloudevents.with_picture(content.event, None)
        return cloudevents.with_picture(content.event, jpeg)

    def _count(self, database: sqlite3.Connection) -> None:
        now = self._clock.mono()
        if now - self._counted_s >= BACKLOG_EVERY_S or self._state.phase is not self._connection.phase:
            self._counted_s = now
            waiting = outbox.backlog(database)
            oldest = waiting.oldest_wall_s
            self._state = replace(
                self._state,
                phase=self._connection.phase,
                error=self._connection.error,
                alerts=waiting.alerts,
                pictures=waiting.pictures,
                oldest_age_s=None if oldest is None else max(0.0, self._clock.wall() - oldest),
            )


def _note(database: sqlite3.Connection, unanswered: Sequence[Waiting]) -> None:
    if unanswered:
        with transaction(database):
            outbox.note_unanswered(database, [row.id for row in unanswered])
