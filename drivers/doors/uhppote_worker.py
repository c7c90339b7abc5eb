"""The thread that talks to one UHPPOTE controller."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address

from uhppoted import encode

from drivers.base import DeviceError, DeviceHealth, Malformed, Order, Tell
from drivers.doors import faults, uhppote_packets
from drivers.doors.faults import fault
from drivers.doors.uhppote_link import UhppoteLink, timeout_s
from drivers.doors.uhppote_memory import changes, late_s, said_of, untold
from drivers.doors.uhppote_packets import DoorStatus, Entry, Status
from drivers.doors.uhppote_wiring import UhppoteWiring
from drivers.said import DeviceFound, DeviceLost, OrderDone

_CONTROLLED = 3
_JOIN_S = 5.0
# Entries fetched before the next order or poll has its turn.
_FETCH_AT_ONCE = 20
_MAX_WAITING = 256


@dataclass(frozen=True, slots=True)
class Opening:
    """An order to open a door for whole seconds."""

    device: str
    number: int
    order: Order
    seconds: int
    asked_s: float


class UhppoteWorker:
    """One controller; `put`, `health` and `ask_to_stop` may be called from any thread."""

    def __init__(
        self, wiring: UhppoteWiring, listen: tuple[str, int], mono: Callable[[], float], tell: Tell
    ) -> None:
        self.wiring = wiring
        self._listen = listen
        self._mono = mono
        self._tell = tell
        self._inbox: queue.Queue[Opening | bytes] = queue.Queue(_MAX_WAITING)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"uhppote-{wiring.id}", daemon=True)
        self._began_s = mono()
        self._word_s: float | None = None
        self._lost_s: float | None = None
        self._fault: DeviceError | None = None
        self._found = self._ready = False
        self._words = self._malformed = self._reconnects = 0
        self._doors: tuple[DoorStatus, ...] | None = None
        self._delays: dict[int, int] = {}
        # Indices: the last in memory, up to where to fetch, told, told at the last poll, noted there.
        self._last = self._due = self._cursor = self._told = self._noted = 0
        self._now: datetime | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Tell the thread to end."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join(_JOIN_S)

    def put(self, item: Opening | bytes) -> None:
        """Hand over an order or a packet that was heard."""
        try:
            self._inbox.put_nowait(item)
        except queue.Full:
            if isinstance(item, Opening):
                self._done(item, faults.NO_ANSWER)

    def health(self, name: str, now_s: float) -> DeviceHealth:
        """Return how the controller is, under the name of one of its devices."""
        failure = None if self._found else self._fault
        return DeviceHealth(
            name,
            online=self._found,
            last_word_age_s=None if self._word_s is None else max(0.0, now_s - self._word_s),
            words=self._words,
            malformed=self._malformed,
            reconnects=self._reconnects,
            reason=None if failure is None else failure.key,
            detail="" if failure is None else str(failure.values["detail"]),
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with UhppoteLink(self.wiring) as link:
                    self._converse(link)
            except DeviceError as error:
                self._failed(error)
            except Exception as error:  # noqa: BLE001 - a fault of ours must not leave these doors dead
                self._failed(fault("door.unexpected", self.wiring.id, type(error).__name__))

    def _converse(self, link: UhppoteLink) -> None:
        poll_s = self._mono()
        while not self._stopping.is_set():
            if self._mono() >= poll_s:
                poll_s = self._mono() + self.wiring.poll_s
                self._poll(link)
            busy = self._found and self._cursor < self._due
            item = self._next(0.0 if busy else max(0.0, poll_s - self._mono()))
            if isinstance(item, Opening):
                self._open(link, item)
            elif item is not None:
                self._heard_event(link, item)
            elif busy:
                self._fetch(link, self._due, _FETCH_AT_ONCE)
        if self._ready:
            self._note(link, self._cursor)

    def _poll(self, link: UhppoteLink) -> None:
        was_ready, before = self._ready, self._last
        try:
            reply = link.ask(encode.get_status_request(self.wiring.serial))
            state = uhppote_packets.status(self.wiring.id, reply)
            if not was_ready:
                self._begin(link)
        except Malformed:
            self._malformed += 1
            return
        self._take_state(state)
        # What is new since the last poll may still arrive by itself.
        self._due = min(before, self._last) if was_ready else self._last
        if was_ready and self._cursor < self._due:
            self._ask_to_be_told(link)
        # One poll later what was told is in the journal.
        self._note(link, self._told)
        self._told = self._cursor

    def _ask_to_be_told(self, link: UhppoteLink) -> None:
        host = self._listen[0]
        if host == "0.0.0.0":  # noqa: S104 - the controller needs an address that it can send to
            host = link.local_host()
        link.ask(encode.set_listener_request(self.wiring.serial, IPv4Address(host), self._listen[1]))

    def _begin(self, link: UhppoteLink) -> None:
        """After a silence: where to send events, how far the memory was told, who it is."""
        serial = self.wiring.serial
        self._ask_to_be_told(link)
        if not self._cursor:
            reply = link.ask(encode.get_event_index_request(serial))
            self._cursor = uhppote_packets.event_index(self.wiring.id, reply)
            self._told = self._noted = self._cursor
        reply = link.ask(encode.get_controller_request(serial))
        _, address, firmware = uhppote_packets.controller(self.wiring.id, reply)
        now_s = self._mono()
        away_s = None if self._lost_s is None else now_s - self._lost_s
        self._reconnects += self._word_s is not None
        self._delays.clear()
        self._doors = None
        if not self._found:
            for name in self._names():
                self._tell(
                    DeviceFound(device=name, mono_s=now_s, identity=address, firmware=firmware, away_s=away_s)
                )
        self._found = self._ready = True
        self._lost_s = self._fault = None

    def _take_state(self, state: Status) -> None:
        now_s = self._mono()
        self._word_s = now_s
        self._words += 1
        for said in changes(self._doors, state.doors, self.wiring, now_s):
            self._tell(said)
        self._doors = state.doors
        # A memory that was cleared begins anew.
        if state.last_index < self._cursor:
            self._cursor = self._told = 0
        self._last, self._now = state.last_index, state.now

    def _fetch(self, link: UhppoteLink, until: int, at_most: int) -> None:
        """Tell what the controller remembers and we did not hear."""
        for index in untold(self._cursor, until)[:at_most]:
            reply = link.ask(encode.get_event_request(self.wiring.serial, index))
            try:
                entry = uhppote_packets.entry(self.wiring.id, reply)
            except Malformed:
                self._malformed += 1
            else:
                self._tell_entry(entry, late_s(entry, self._now))
            self._cursor = index

    def _heard_event(self, link: UhppoteLink, packet: bytes) -> None:
        try:
            state, entry = uhppote_packets.live_event(self.wiring.id, packet)
        except Malformed:
            self._malformed += 1
            return
        if not self._ready or entry.index <= self._cursor:
            return
        self._now = state.now
        # A gap larger than this is filled between polls, in the order of the index.
        self._fetch(link, entry.index - 1, _FETCH_AT_ONCE)
        if entry.index == self._cursor + 1:
            self._tell_entry(entry, 0.0)
            self._cursor = entry.index
        self._take_state(state)

    def _tell_entry(self, entry: Entry, late: float) -> None:
        for said in said_of(entry, self.wiring, self._mono(), late):
            self._tell(said)

    def _note(self, link: UhppoteLink, index: int) -> None:
        """Let the controller remember how far its memory was told."""
        if index != self._noted:
            link.ask(encode.set_event_index_request(self.wiring.serial, index))
            self._noted = index

    def _open(self, link: UhppoteLink, opening: Opening) -> None:
        if self._mono() >= opening.order.expires_mono_s:
            self._done(opening, faults.LATE)
            return
        if not self._found:
            self._done(opening, faults.NOT_CONNECTED)
            return
        try:
            self._set_delay(link, opening)
            if self._mono() >= opening.order.expires_mono_s:
                self._done(opening, faults.LATE)
                return
            reply = link.ask(encode.open_door_request(self.wiring.serial, opening.number))
            confirmed = uhppote_packets.opened(opening.device, reply)
        except DeviceError:
            self._done(opening, faults.NO_ANSWER)
            return
        self._done(opening, None if confirmed else faults.REFUSED_BY_DEVICE)

    def _set_delay(self, link: UhppoteLink, opening: Opening) -> None:
        if self._delays.get(opening.number) == opening.seconds:
            return
        link.ask(
            encode.set_door_control_request(self.wiring.serial, opening.number, _CONTROLLED, opening.seconds)
        )
        self._delays[opening.number] = opening.seconds

    def _failed(self, error: DeviceError) -> None:
        now_s = self._mono()
        self._ready = False
        self._fault = error
        last_s = self._began_s if self._word_s is None else self._word_s
        # The next question would be answered too late.
        if self._lost_s is None and now_s - last_s >= self.wiring.lost_after_s - timeout_s(self.wiring):
            self._lost_s, self._found = now_s, False
            silent_s = None if self._word_s is None else now_s - self._word_s
            for name in self._names():
                self._tell(
                    DeviceLost(
                        device=name,
                        mono_s=now_s,
                        reason=error.key,
                        detail=str(error.values["detail"]),
                        silent_s=silent_s,
                    )
                )
        self._refuse_waiting()
        self._stopping.wait(min(self.wiring.poll_s, timeout_s(self.wiring)))

    def _refuse_waiting(self) -> None:
        while (item := self._next(0.0)) is not None:
            if isinstance(item, Opening):
                late = self._mono() >= item.order.expires_mono_s
                self._done(item, faults.LATE if late else faults.NOT_CONNECTED)

    def _done(self, opening: Opening, refused: str | None) -> None:
        now_s = self._mono()
        self._tell(
            OrderDone(
                device=opening.device,
                mono_s=now_s,
                order=opening.order.id,
                refused=refused,
                took_s=now_s - opening.asked_s,
            )
        )

    def _names(self) -> tuple[str, ...]:
        return (self.wiring.id, *(door.id for door in self.wiring.doors))

    def _next(self, timeout_s: float) -> Opening | bytes | None:
        try:
            return self._inbox.get(block=timeout_s > 0, timeout=timeout_s or None)
        except queue.Empty:
            return None
