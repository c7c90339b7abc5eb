"""One Modbus bus, one thread: polls its stations, carries out orders, says who is lost and who is found."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from drivers.base import DeviceError, DeviceHealth, Identity, Order, Tell, WrongState
from drivers.modbus import schedule
from drivers.modbus.commands import Arm, Bypass, Command, Pulse, Switch, too_late
from drivers.modbus.faults import of_device
from drivers.modbus.frames import Request
from drivers.modbus.ordering import Queue, Queued, done, send
from drivers.modbus.roll import Entry, Roll
from drivers.modbus.schedule import Poll, Schedule
from drivers.modbus.station import Answers, Station
from drivers.modbus.talking import Conversation, peace_s
from drivers.modbus.wiring import Line, Pace
from drivers.said import Said

_LOG = logging.getLogger(__name__)

# How often losses are looked for while nothing else is to be done.
_LONGEST_REST_S = 0.1
_REOPEN_FIRST_S = 0.25
_REOPEN_CAP_S = 2.0
_STOPPED_WITHIN_S = 5.0
_REFLEX_TRIES = 5


class ModbusBus:
    """A Driver, Lock, Relay and FenceHost (drivers.base) for everything on one line."""

    def __init__(
        self,
        line: Line,
        stations: Sequence[Station],
        pace: Pace = Pace(),  # noqa: B008 - frozen
        *,
        mono: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._line = line
        self._pace = pace
        self._mono = mono
        self._jitter = jitter
        self._roll = Roll(stations)
        self._talk = Conversation(line, mono)
        self._queue = Queue()
        self._schedule = Schedule(())
        self._reopen_s = _REOPEN_FIRST_S
        self._reopen_at_s = 0.0
        self._tell: Tell = _nobody
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of everything on this bus."""
        return self._roll.devices

    def deadline_s(self, device: str) -> float:
        """Return after how long a silence a device is lost. Raises Misconfigured for an unknown id."""
        return self._roll.of(device).station.lost_after_s

    def start(self, tell: Tell) -> None:
        """Begin to poll; every state is told with `first`. Raises WrongState when called twice."""
        if self._thread is not None:
            raise WrongState("modbus.started_twice", "the bus is started already")
        self._tell = tell
        self._stopping.clear()
        self._roll.begin(self._mono())
        self._schedule = schedule.begin(self._roll.entries, self._mono())
        self._thread = threading.Thread(target=self._run, name="modbus", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and free the line; orders still waiting are refused. May be called again."""
        thread, self._thread = self._thread, None
        self._stopping.set()
        self._queue.wake.set()
        if thread is not None:
            thread.join(_STOPPED_WITHIN_S)
            if thread.is_alive():
                _LOG.error("modbus bus: its thread did not end within %s s", _STOPPED_WITHIN_S)

    def health(self) -> tuple[DeviceHealth, ...]:
        """Return how each device is."""
        return self._roll.health(self._mono())

    def probe(self, device: str) -> Identity:
        """Read a device once. Raises one of the four families; WrongState while the bus runs."""
        if self._thread is not None:
            raise WrongState("modbus.probe_running", "the bus is running: its health says how devices are")
        entry = self._roll.of(device)
        try:
            began_s = self._mono()
            answers = self._read(entry)
            latency_s = (self._mono() - began_s) / len(answers)
            self._learn_firmware(entry)
        finally:
            self._talk.close()
        maker, model = entry.station.maker_and_model
        return Identity(maker, model, f"{entry.station.unit}", entry.firmware, latency_s)

    def open(self, device: str, order: Order, pulse_ms: int) -> None:
        """Queue the opening of a lock. Raises Misconfigured for what can never be, WrongState unstarted."""
        self._put(Pulse(device=device, order=order, output="", pulse_ms=pulse_ms))

    def pulse(self, device: str, output: str, order: Order, pulse_ms: int) -> None:
        """Queue a pulse that the board ends; a barrier has outputs `raise` and `lower`. Raises as `open`."""
        self._put(Pulse(device=device, order=order, output=output, pulse_ms=pulse_ms))

    def switch(self, device: str, output: str, order: Order, *, on: bool) -> None:
        """Queue a lasting change; a sounder's `on` lasts as long as it may sound. Raises as `open`."""
        self._put(Switch(device=device, order=order, output=output, on=on))

    def arm(self, device: str, order: Order, *, armed: bool) -> None:
        """Queue the arming of a fence host. Raises as `open`."""
        self._put(Arm(device=device, order=order, armed=armed))

    def bypass(self, device: str, zone: str, order: Order, *, bypassed: bool) -> None:
        """Queue the bypass of a zone. Raises as `open`."""
        self._put(Bypass(device=device, order=order, zone=zone, bypassed=bypassed))

    def _put(self, command: Command) -> None:
        if self._thread is None:
            raise WrongState("modbus.not_started", "the bus is not started: it takes no orders")
        self._roll.of(command.device).station.check(command)
        self._queue.put(command, self._mono())

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except DeviceError as error:
                self._line_down(error)
            except Exception:  # noqa: BLE001 - nothing may end this thread but stop()
                # A defect of ours must not silence a fence for good: it is logged and the bus goes on.
                _LOG.exception("modbus bus: unexpected failure, starting again")
                self._talk.close()
                self._stopping.wait(1.0)
            self._tell_all(self._roll.judged(self._mono()))
        self._refuse_rest()
        self._talk.close()

    def _turn(self) -> None:
        """Do one thing: open the line or wait for it, carry out an order, poll a station, or rest."""
        if not self._talk.is_open:
            closed_s = self._reopen_at_s - self._mono()
            if closed_s > 0:
                self._refuse_late()
                self._stopping.wait(min(_LONGEST_REST_S, closed_s))
                return
            self._talk.open()
        queued = self._queue.take()
        if queued is not None:
            self._carry_out(queued)
            return
        following = schedule.following(self._schedule, self._mono(), self._pace)
        if isinstance(following, Poll):
            self._poll(self._roll.entries[following.station])
        else:
            rest_s = min(_LONGEST_REST_S, following.until_s - self._mono())
            self._queue.wake.wait(max(0.0, rest_s))

    def _line_down(self, error: DeviceError) -> None:
        for entry in self._roll.entries.values():
            self._roll.failed(entry, error)
        self._reopen_at_s = self._mono() + self._reopen_s
        self._reopen_s = min(_REOPEN_CAP_S, 2 * self._reopen_s)

    def _poll(self, entry: Entry) -> None:
        try:
            answers = self._read(entry)
            if not entry.presence.online:
                self._learn_firmware(entry)
        except DeviceError as error:
            rest_s = peace_s(self._line, entry.station.reads) if error.key == "modbus.silent" else 0.0
            self._schedule = schedule.missed(
                self._schedule, entry.station.id, self._mono(), self._pace, self._jitter(), rest_s=rest_s
            )
            if not self._talk.is_open:
                raise
            return
        self._take(entry, answers)

    def _read(self, entry: Entry) -> Answers:
        return [(read, self._ask(entry, read)) for read in entry.station.reads]

    def _ask(self, entry: Entry, request: Request) -> tuple[int, ...]:
        try:
            return self._talk.ask(entry.station.unit, request)
        except DeviceError as error:
            self._roll.failed(entry, error)
            entry.station.doubt()
            raise of_device(error, entry.station.id) from None

    def _take(self, entry: Entry, answers: Answers) -> None:
        now_s = self._mono()
        self._reopen_s = _REOPEN_FIRST_S
        self._tell_all(self._roll.heard(entry, now_s))
        looked = entry.station.look(answers, now_s)
        sent = [self._reflex_sent(entry, reflex) for reflex in looked.reflexes]
        if sent and all(sent):
            entry.station.reflexes_sent()
        self._tell_all(looked.said)
        self._schedule = schedule.answered(
            self._schedule, entry.station.id, now_s, self._pace, unsettled=looked.unsettled
        )

    def _learn_firmware(self, entry: Entry) -> None:
        version = entry.station.version
        if version is None:
            return
        try:
            value = self._ask(entry, version.read)[0]
        except DeviceError:
            # Clones of the same board often lack the register; they work all the same.
            entry.firmware = ""
        else:
            entry.firmware = f"{value * version.scale:.2f}" if version.scale < 1 else str(value)

    def _carry_out(self, queued: Queued) -> None:
        entry = self._roll.of(queued.command.device)
        if too_late(queued.command.order, self._mono()):
            refused: str | None = "relay.expired"
        else:
            refused = self._attempt(entry, queued.command)
        self._tell(done(queued, refused, self._mono()))

    def _attempt(self, entry: Entry, command: Command) -> str | None:
        if entry.station.wants_look(command):
            try:
                self._take(entry, self._read(entry))
            except DeviceError:
                return "relay.below_unknown"
        planned = entry.station.plan(command, self._mono())
        if planned.refused is not None:
            return planned.refused
        return send(partial(self._ask, entry), planned.requests, command, self._mono)

    def _reflex_sent(self, entry: Entry, reflex: Request) -> bool:
        for _ in range(_REFLEX_TRIES):
            try:
                self._ask(entry, reflex)
            except DeviceError:
                # Opening a line that broke may take long; the next look asks for the reflex again.
                if not self._talk.is_open:
                    return False
            else:
                return True
        return False

    def _refuse_late(self) -> None:
        for late in self._queue.take_late(self._mono()):
            self._tell(done(late, "relay.expired", self._mono()))

    def _refuse_rest(self) -> None:
        while (queued := self._queue.take()) is not None:
            self._tell(done(queued, "relay.stopped", self._mono()))

    def _tell_all(self, said: Iterable[Said]) -> None:
        for one in said:
            self._tell(one)


def _nobody(said: Said) -> None:
    del said
