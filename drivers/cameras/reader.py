"""Keeps one stream open on a thread of its own and hands its packets to a sink."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from drivers.base import DeviceError
from drivers.cameras.faults import fault
from drivers.cameras.pacing import Timeline, paced
from drivers.cameras.packets import READ_TIMEOUT_S, Description, Packet, Session, open_session
from drivers.cameras.reconnecting import (
    Due,
    Event,
    Failed,
    Finished,
    Link,
    Opened,
    Order,
    Patience,
    begin,
    step,
)
from drivers.cameras.wiring import CameraWiring, is_stream

# A blocked read ends by its own time-out; joining waits a little longer.
_JOIN_S = READ_TIMEOUT_S + 1.5


class Sink(Protocol):
    """Takes what a stream says; called by the stream's thread alone."""

    def begin(self, description: Description) -> None:
        """Take note that a session was opened."""
        ...

    def take(self, packet: Packet) -> None:
        """Take a packet. Raises Transient where the session is worth opening anew."""
        ...

    def finish(self) -> None:
        """Take note that the session is over."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """What a stream's thread has seen; replaced as a whole, so that any thread may read it."""

    link: Link
    packets: int = 0
    malformed: int = 0
    last_packet_s: float | None = None
    fault: DeviceError | None = None
    stopped: bool = False


class StreamReader:
    """One stream and the thread that keeps it open; `start` once, `stop` ends it within seconds."""

    def __init__(
        self,
        wiring: CameraWiring,
        source: str,
        sink: Sink,
        mono: Callable[[], float],
        patience: Patience,
    ) -> None:
        self._wiring = wiring
        self._source = source
        self._sink = sink
        self._mono = mono
        self._patience = patience
        self._random = random.Random(wiring.id)  # noqa: S311 - spreads retries, protects nothing
        self._timeline = Timeline()
        self._stopping = threading.Event()
        # A daemon, so that a file system that hangs in the kernel cannot keep the process alive.
        self._thread = threading.Thread(target=self._run, name=f"camera-{wiring.id}", daemon=True)
        self.progress = Progress(begin(mono()), stopped=True)

    def start(self) -> None:
        """Start the thread."""
        self.progress = Progress(begin(self._mono()))
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._stopping.set()

    def stop(self) -> bool:
        """End the thread; return whether it had ended within the bound of a blocked read."""
        self.ask_to_stop()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        order = Order.OPEN
        while not self._stopping.is_set() and order is not Order.LEAVE:
            order = self._wait() if order is Order.WAIT else self._advance(self._session_outcome())
        self.progress = replace(self.progress, stopped=self._stopping.is_set())

    def _wait(self) -> Order:
        until_s = self.progress.link.retry_at_s
        self._stopping.wait(max(0.0, (until_s or 0.0) - self._mono()))
        return self._advance(Due())

    def _advance(self, event: Event) -> Order:
        link, order = step(self.progress.link, event, self._mono(), self._patience)
        self.progress = replace(self.progress, link=link)
        return order

    def _session_outcome(self) -> Event:
        """Open the stream and read it to its end; return what became of it."""
        try:
            failure = self._read_session()
            while failure is None and self._loops():
                failure = self._read_session()
        except DeviceError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - FFmpeg's own text may hold the password: keep the kind only
            failure = fault("camera.unexpected", self._wiring.id, type(error).__name__)
        if failure is None:
            return Finished()
        self.progress = replace(self.progress, fault=failure)
        return Failed(type(failure), self._random.random())

    def _read_session(self) -> DeviceError | None:
        session = open_session(self._wiring, self._source, self._mono, self._stopping.is_set)
        try:
            self._advance(Opened())
            self._timeline.begin()
            self._sink.begin(session.description)
            return self._at_end(self._pass_on(session))
        finally:
            self._sink.finish()
            session.close()

    def _pass_on(self, session: Session) -> int:
        before, malformed = self.progress.packets, self.progress.malformed
        for packet in self._arriving(session):
            joined = self._timeline.join(packet)
            self.progress = replace(
                self.progress,
                packets=self.progress.packets + 1,
                malformed=malformed + session.malformed,
                last_packet_s=joined.arrival_s,
                fault=None,
            )
            self._sink.take(joined)
            if self._stopping.is_set():
                break
        return self.progress.packets - before

    def _arriving(self, session: Session) -> Iterator[Packet]:
        if self._is_file():
            return paced(session.packets(), self._mono, self._stopping.wait)
        return session.packets()

    def _at_end(self, packets: int) -> DeviceError | None:
        if self._stopping.is_set():
            return None
        if not self._is_file():
            return fault("camera.ended", self._wiring.id, self._source)
        return None if packets else fault("camera.broken_file", self._wiring.id, self._source)

    def _loops(self) -> bool:
        return self._wiring.loop and self._is_file() and not self._stopping.is_set()

    def _is_file(self) -> bool:
        return not is_stream(self._source) and Path(self._source).is_file()
