"""The thread that talks to one UHPPOTE controller."""

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address

from uhppoted import encode

from drivers.base import DeviceError, DeviceHealth, Malformed, Order, Tell, Transient
from drivers.doors import faults, uhppote_packets
from drivers.doors.faults import fault
from drivers.doors.uhppote_link import UhppoteLink, timeout_s
from drivers.doors.uhppote_memory import changes, late_s, said_of, untold
from drivers.doors.uhppote_packets import DoorStatus, Entry, Status
from drivers.doors.uhppote_presence import Presence
from drivers.doors.uhppote_wiring import UhppoteWiring
from drivers.said import OrderDone

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
        self._inbox: queue.Queue[Opening | bytes | None] = queue.Queue(_MAX_WAITING)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"uhppote-{wiring.id}", daemon=True)
        self._presence = Presence(wiring, mono, tell)
        self._ready = False
        self._link: UhppoteLink | None = None
        self._doors: tuple[DoorStatus, ...] | None = None
        self._delays: dict[int, int] = {}
        # Indices: the last in memory, up to where to fetch, told, told at the last poll, noted there.
        self._last = self._due = self._cursor = self._told = self._noted = 0
        self._shrunk = False
        self._now: datetime | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Tell the thread to end."""
        self._stopping.set()
        with contextlib.suppress(queue.Full):
            self._inbox.put_nowait(None)

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join(_JOIN_S)

    def put(self, item: Opening | bytes) -> None:
        """Hand over an order or a packet that was heard."""
        try:
            self._inbox.put_nowait(item)
        except queue.Full:
            if isinstance(item, Opening):
                self._done(item, faults.NOT_CONNECTED)

    def speaks_as(self, serial: int, host: str) -> bool:
        """Whether this controller sends under that serial number and from that address."""
        return (serial, host) == (self.wiring.serial, self.wiring.host)

    def health(self, name: str) -> DeviceHealth:
        """Return how the controller is, under the name of one of its devices."""
        link = self._link
        return self._presence.health(name, 0 if link is None else link.malformed)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with UhppoteLink(self.wiring) as self._link:
                    self._converse(self._link)
            except DeviceError as error:
                self._failed(error)
            except Exception as error:  # noqa: BLE001 - a fault of ours must not leave these doors dead
                self._failed(fault("door.unexpected", self.wiring.id, type(error).__name__))
            finally:
                self._presence.malformed += 0 if self._link is None else self._link.malformed
                self._link = None
        self._refuse_waiting()

    def _converse(self, link: UhppoteLink) -> None:
        poll_s = self._mono()
        while not self._stopping.is_set():
            if self._mono() >= poll_s:
                poll_s = self._mono() + self.wiring.poll_s
                self._poll(link)
            busy = self._cursor < self._due
            item = self._next(0.0 if busy else max(0.0, poll_s - self._mono()))
            if isinstance(item, Opening):
                self._open(link, item)
            elif item is not None:
                self._heard_event(link, item)
            elif busy:
                self._fetch(link, self._due, _FETCH_AT_ONCE)
        self._note(link, self._cursor)

    def _poll(self, link: UhppoteLink) -> None:
        was_ready, before = self._ready, self._last
        state = self._status(link)
        if not was_ready:
            self._begin(link)
        self._take_state(state)
        # What is new since the last poll may still arrive by itself.
        self._due = min(before, self._last) if was_ready else self._last
        if was_ready and self._cursor < self._due:
            self._ask_to_be_told(link)
        # One poll later what was told is in the journal.
        self._note(link, self._told)
        self._told = self._cursor

    def _status(self, link: UhppoteLink) -> Status:
        reply = link.ask(encode.get_status_request(self.wiring.serial))
        return uhppote_packets.status(self.wiring.id, reply)

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
        _, _, firmware = uhppote_packets.controller(self.wiring.id, reply)
        self._delays.clear()
        if not self._presence.found:
            # What differs after a silence too short to be told is a change.
            self._doors = None
        self._presence.find(firmware)
        self._ready = True

    def _take_state(self, state: Status) -> None:
        self._presence.word()
        for said in changes(self._doors, state.doors, self.wiring, self._mono()):
            self._tell(said)
        self._doors = state.doors
        # A memory that was cleared begins anew; a single old packet is no proof of that.
        shrunk = state.last_index < self._cursor
        if shrunk and self._shrunk:
            self._cursor = self._told = 0
        self._shrunk = shrunk
        self._last, self._now = state.last_index, state.now

    def _fetch(self, link: UhppoteLink, until: int, at_most: int) -> None:
        """Tell what the controller remembers and we did not hear."""
        for index in untold(self._cursor, until)[:at_most]:
            request = encode.get_event_request(self.wiring.serial, index)
            reply = link.ask(request, uhppote_packets.answers_for(index))
            try:
                entry = uhppote_packets.entry(self.wiring.id, reply)
            except Malformed:
                self._presence.malformed += 1
            else:
                self._tell_entry(entry, late_s(entry, self._now))
            self._cursor = index

    def _heard_event(self, link: UhppoteLink, packet: bytes) -> None:
        try:
            state, entry = uhppote_packets.live_event(self.wiring.id, packet)
        except Malformed:
            self._presence.malformed += 1
            return
        if not self._ready or entry.index <= self._cursor:
            return
        if entry.index > self._cursor + 1:
            self._fill_gap(link, entry.index)
        if entry.index == self._cursor + 1:
            self._tell_entry(entry, 0.0)
            self._cursor = entry.index
            self._take_state(state)

    def _fill_gap(self, link: UhppoteLink, index: int) -> None:
        """Tell what was missed before an event, if the controller itself knows of it.

        A gap larger than this is filled between polls, in the order of the index.
        """
        state = self._status(link)
        if index <= state.last_index:
            self._now = state.now
            self._fetch(link, index - 1, _FETCH_AT_ONCE)
        else:
            self._presence.malformed += 1

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
        self._ready = False
        self._presence.malformed += isinstance(error, Malformed)
        spare_s = timeout_s(self.wiring)
        # The next question, and who answers instead, would be known too late.
        if self._presence.is_overdue(2 * spare_s):
            self._presence.lose(self._reason(error))
        self._refuse_waiting()
        self._stopping.wait(min(self.wiring.poll_s, spare_s))

    def _reason(self, error: DeviceError) -> DeviceError:
        """Return why nobody answers: perhaps another controller does."""
        if isinstance(error, Transient):
            try:
                with UhppoteLink(self.wiring) as link:
                    link.anybody()
            except DeviceError as known:
                return known
        return error

    def _refuse_waiting(self) -> None:
        while not self._inbox.empty():
            item = self._next(0.0)
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

    def _next(self, timeout_s: float) -> Opening | bytes | None:
        try:
            return self._inbox.get(block=timeout_s > 0, timeout=timeout_s or None)
        except queue.Empty:
            return None
