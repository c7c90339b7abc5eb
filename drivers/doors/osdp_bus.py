"""OSDP readers and door controllers on one RS-485 bus, with Secure Channel."""

import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from drivers.base import DeviceError, DeviceHealth, Identity, Misconfigured, Order, Tell
from drivers.doors import faults, osdp_commands
from drivers.doors.faults import fault
from drivers.doors.osdp_attempt import secure, until
from drivers.doors.osdp_commands import Report
from drivers.doors.osdp_conversation import Conversation, note, tell_lost
from drivers.doors.osdp_keys import read_key
from drivers.doors.osdp_link import Link, Request, done, refusal
from drivers.doors.osdp_panel import OsdpPanel
from drivers.doors.osdp_port import open_port
from drivers.doors.osdp_reports import identity
from drivers.doors.osdp_supervising import Patience, begin
from drivers.doors.osdp_wiring import OsdpBusWiring, OsdpReaderWiring

_FIRST_RETRY_S, _RETRY_CAP_S = 0.5, 5.0
_PROBE_S = 6.0
_JOIN_S = 5.0


class OsdpBus:
    """A Driver, a Lock, a Feedback and a Display for the readers of one bus.

    `mono` returns monotonic seconds. An order that is past its expiry is refused and never sent; one that a
    reader did not confirm is cut off, so that it cannot open the door later.
    """

    def __init__(
        self, wiring: OsdpBusWiring, mono: Callable[[], float], patience: Patience | None = None
    ) -> None:
        self.wiring = wiring
        self._mono = mono
        self._patience = patience or Patience()
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._links: list[Link] = []
        self._left_out: dict[str, DeviceError] = {}

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of the readers."""
        return tuple(reader.id for reader in self.wiring.readers)

    def deadline_s(self, device: str) -> float:
        """Return after how long a silence the reader counts as lost."""
        return self._reader(device).lost_after_s

    def start(self, tell: Tell) -> None:
        """Read the keys and begin to talk. A reader without a usable key stays out and is told lost."""
        if self._thread is not None:
            raise fault("door.started", self.wiring.port, "start")
        now_s = self._mono()
        for reader in self.wiring.readers:
            try:
                key = read_key(reader.id, reader.key_file)
            except Misconfigured as error:
                self._left_out[reader.id] = error
                tell_lost(Link(reader, b"", begin(now_s)), error, now_s, tell)
            else:
                self._links.append(Link(reader, key, begin(now_s)))
        self._thread = threading.Thread(
            target=self._run, args=(tell,), name=f"osdp-{self.wiring.port}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the conversation and free the port."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_JOIN_S)

    def open(self, device: str, order: Order, pulse_ms: int) -> None:
        """Release the lock for 100 to 25500 ms; the reader itself ends the pulse. OrderDone follows."""
        reader = self._reader(device)
        command = osdp_commands.timed_output(device, reader.lock_output, pulse_ms)
        self._ask(Request(device, order, (command,), self._mono(), pulse_ms / 1000 + 0.2))

    def signal(self, device: str, order: Order, what: Literal["granted", "refused", "wait"]) -> None:
        """Show and sound the answer at the reader. OrderDone follows."""
        self._reader(device)
        self._ask(Request(device, order, osdp_commands.answer(what), self._mono()))

    def show(self, device: str, order: Order, text: str, seconds: float) -> None:
        """Show up to 32 characters of ASCII for 1 to 255 s. OrderDone follows."""
        self._reader(device)
        command = osdp_commands.text(device, text, seconds)
        self._ask(Request(device, order, (command,), self._mono(), shows=True))

    def health(self) -> tuple[DeviceHealth, ...]:
        """Return how each reader is."""
        now_s = self._mono()
        links = {link.wiring.id: link for link in self._links}
        return tuple(self._health_of(device, links.get(device), now_s) for device in self.devices)

    def probe(self, device: str) -> Identity:
        """Open a Secure Channel to one reader, ask who it is, and leave. Raises one of the four families."""
        if self._thread is not None:
            raise fault("door.started", device, "probe")
        reader = self._reader(device)
        key = read_key(device, reader.key_file)
        port = open_port(self.wiring.port, self.wiring.baud, device, self._mono)
        try:
            panel: OsdpPanel[str] = OsdpPanel(port, [(reader, key)])
            secure(port, panel, reader, self._mono, _PROBE_S)
            asked_s = self._mono()
            panel.submit(0, osdp_commands.ask(Report.LOCAL), "latency")
            until(port, panel, lambda: bool(panel.done()), self._mono, _PROBE_S)
            return identity(panel.identity(0), self._mono() - asked_s)
        finally:
            port.close()

    def _health_of(self, device: str, link: Link | None, now_s: float) -> DeviceHealth:
        if link is None:
            error = self._left_out.get(device)
            key = None if error is None else error.key
            return DeviceHealth(
                device, online=False, last_word_age_s=None, words=0, malformed=0, reconnects=0, reason=key
            )
        age_s = None if link.word_s is None else max(0.0, now_s - link.word_s)
        return DeviceHealth(
            device,
            online=link.watch.found,
            last_word_age_s=age_s,
            words=link.words,
            malformed=link.malformed,
            reconnects=link.watch.reconnects,
            reason=link.reason,
            detail=link.detail,
        )

    def _reader(self, device: str) -> OsdpReaderWiring:
        for reader in self.wiring.readers:
            if reader.id == device:
                return reader
        raise fault("door.unknown_device", device, self.wiring.port)

    def _ask(self, request: Request) -> None:
        if self._thread is None or self._stopping.is_set():
            raise fault("door.not_started", request.device, "order")
        self._requests.put(request)

    def _run(self, tell: Tell) -> None:
        failures = 0
        while not self._stopping.is_set():
            began_s = self._mono()
            error = self._converse(tell)
            if error is None:
                break
            failures = 1 if self._mono() - began_s > 10 else failures + 1
            self._break_off(error, tell)
            self._idle(min(_RETRY_CAP_S, _FIRST_RETRY_S * 2.0 ** min(failures - 1, 10)), tell)
        self._idle(0.0, tell)

    def _converse(self, tell: Tell) -> DeviceError | None:
        """Talk until asked to stop; return what broke the conversation."""
        if not self._links:
            self._idle(1.0, tell)
            return None if self._stopping.is_set() else fault("door.no_key", self.wiring.port, "")
        try:
            port = open_port(self.wiring.port, self.wiring.baud, self.wiring.port, self._mono)
        except DeviceError as error:
            return error
        try:
            self._begin_anew()
            conversation = Conversation(port, self._links, tell, self._mono, self._patience)
            while not self._stopping.is_set():
                self._hand_over(conversation, tell)
                conversation.turn()
        except DeviceError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave every door of the bus dead
            return fault("door.unexpected", self.wiring.port, type(error).__name__)
        finally:
            port.close()
        return None

    def _begin_anew(self) -> None:
        for link in self._links:
            link.watch = replace(link.watch, attempt_s=self._mono(), tries=0, resting_s=None, secure=False)

    def _hand_over(self, conversation: Conversation, tell: Tell) -> None:
        while (request := self._next(0.0)) is not None:
            if request.device in self._left_out:
                self._refuse(request, tell)
            else:
                conversation.request(request)

    def _break_off(self, error: DeviceError, tell: Tell) -> None:
        """Tell every reader of a broken wire lost, once, and give up what was asked of them."""
        now_s = self._mono()
        for link in self._links:
            for sent in tuple(link.sent.values()):
                tell(done(sent.request, faults.NO_ANSWER, now_s))
            link.sent.clear()
            link.rereads.clear()
            note(link, error)
            if link.watch.lost_s is None:
                tell_lost(link, error, now_s, tell)
                link.watch = replace(link.watch, lost_s=now_s, found=False, secure=False)

    def _idle(self, seconds: float, tell: Tell) -> None:
        """Wait, refusing what is asked meanwhile."""
        until_s = self._mono() + seconds
        while (request := self._next(0.05)) is not None or self._mono() < until_s:
            if request is not None:
                self._refuse(request, tell)
            if self._stopping.is_set():
                until_s = 0.0

    def _refuse(self, request: Request, tell: Tell) -> None:
        now_s = self._mono()
        tell(done(request, refusal(request, alive=False, now_s=now_s), now_s))

    def _next(self, timeout_s: float) -> Request | None:
        try:
            return self._requests.get(block=timeout_s > 0, timeout=timeout_s or None)
        except queue.Empty:
            return None
