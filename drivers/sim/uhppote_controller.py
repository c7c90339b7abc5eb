"""A simulated UHPPOTE controller: four doors, cards, a memory of what happened, over UDP."""

import random
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from drivers.sim.uhppote_wire import UhppoteWire

_SIZE = 64
_START = 0x17
_STATUS, _GET_TIME, _OPEN, _PUT_CARD, _DELETE_CARD = 0x20, 0x32, 0x40, 0x50, 0x52
_GET_CARDS, _GET_CARD, _SET_DOOR, _GET_DOOR = 0x58, 0x5A, 0x80, 0x82
_SET_LISTENER, _GET_LISTENER, _GET_CONTROLLER = 0x90, 0x92, 0x94
_GET_EVENT, _SET_INDEX, _GET_INDEX = 0xB0, 0xB2, 0xB4
_CARD, _DOOR = 1, 2
_GRANTED, _NO_ACCESS, _BUTTON, _OPENED, _CLOSED = 1, 6, 20, 23, 24


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    granted: bool
    door: int
    card: int
    at: bytes
    reason: int

    def packed(self) -> bytes:
        head = struct.pack("<BBBBL", self.kind, self.granted, self.door, 1, self.card)
        return head + self.at + bytes([self.reason])


@dataclass(slots=True)
class _Door:
    is_open: bool = False
    pressed: bool = False
    mode: int = 3
    delay_s: int = 5
    unlocked_until_s: float = 0.0
    openings: list[float] = field(default_factory=list)


class UhppoteController:
    """One controller on a port of this machine. Its verbs may be called from any thread.

    `mono` returns monotonic seconds, `wall` seconds since 1970; its own clock is `wall` plus a skew.
    """

    def __init__(
        self,
        serial: int,
        *,
        mono: Callable[[], float],
        wall: Callable[[], float],
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.serial = serial
        self.doors = tuple(_Door() for _ in range(4))
        self.cards: dict[int, bytes] = {}
        self.downloaded = 0
        self.wire = UhppoteWire(host, port, self.answer, random.Random(serial))  # noqa: S311 - simulated luck
        self._mono = mono
        self._wall = wall
        self._skew_s = 0.0
        self._entries: list[_Entry] = []
        self._listener: tuple[str, int] | None = None
        self._lock = threading.RLock()

    @property
    def host(self) -> str:
        """Where it answers."""
        return self.wire.host

    @property
    def port(self) -> int:
        """Where it answers; the port that was taken, once it was started."""
        return self.wire.port

    def start(self) -> None:
        """Begin to answer."""
        self.wire.start()

    def stop(self) -> None:
        """Take it away."""
        self.wire.stop()

    def swipe(self, card: int, door: int) -> bool:
        """Hold a card to a door's reader; return whether the door opened."""
        with self._lock:
            stored = self.cards.get(card)
            granted = stored is not None and stored[12 + door - 1] != 0
            if granted:
                self._unlock(door)
            self._remember(
                _CARD, door, card=card, granted=granted, reason=_GRANTED if granted else _NO_ACCESS
            )
            return granted

    def push_button(self, door: int) -> None:
        """Press a door's exit button."""
        with self._lock:
            self._unlock(door)
            self._remember(_DOOR, door, granted=True, reason=_BUTTON)

    def contact(self, door: int, *, is_open: bool) -> None:
        """Open or close a door."""
        with self._lock:
            self.doors[door - 1].is_open = is_open
            self._remember(_DOOR, door, granted=True, reason=_OPENED if is_open else _CLOSED)

    def unplug(self) -> None:
        """Take it off the network: it goes on by itself and answers nobody."""
        self.wire.dead = True

    def plug(self) -> None:
        """Put it on the network again."""
        self.wire.dead = False

    def restart(self) -> None:
        """Start again: locks are closed, where to send events is forgotten, cards and memory are kept."""
        with self._lock:
            self._listener = None
            for door in self.doors:
                door.unlocked_until_s = 0.0

    def duplicate(self, copies: int) -> None:
        """Let every event and answer arrive this often."""
        self.wire.copies = copies

    def lose(self, share: float) -> None:
        """Lose this share of the packets, both ways."""
        self.wire.lost = share

    def reorder(self) -> None:
        """Let every second event overtake the one before."""
        self.wire.swapped = True

    def skew(self, seconds: float) -> None:
        """Let its clock be wrong."""
        self._skew_s = seconds

    def forget(self) -> None:
        """Lose the memory of what happened."""
        with self._lock:
            self._entries.clear()
            self.downloaded = 0

    def unlocked(self, door: int) -> bool:
        """Return whether a door's lock is released now."""
        return self._mono() < self.doors[door - 1].unlocked_until_s

    def answer(self, packet: bytes) -> bytes | None:
        """Return the answer to a request, None where it keeps silent."""
        if len(packet) != _SIZE or packet[0] != _START:
            return None
        serial = struct.unpack_from("<L", packet, 4)[0]
        if serial != self.serial and not (serial == 0 and packet[1] == _GET_CONTROLLER):
            return None
        with self._lock:
            body = self._body(packet[1], packet[8:])
        return None if body is None else self._packet(packet[1], body)

    def _body(self, function: int, asked: bytes) -> bytes | None:
        answers: dict[int, Callable[[bytes], bytes]] = {
            _STATUS: lambda _: self._status(),
            _GET_TIME: lambda _: self._now(),
            _OPEN: self._open,
            _PUT_CARD: self._put_card,
            _DELETE_CARD: lambda a: bytes([self.cards.pop(_number(a), None) is not None]),
            _GET_CARDS: lambda _: struct.pack("<L", len(self.cards)),
            _GET_CARD: self._card,
            _SET_DOOR: self._set_door,
            _GET_DOOR: lambda a: self._door_control(a[0]),
            _SET_LISTENER: self._set_listener,
            _GET_LISTENER: lambda _: self._listener_packed(),
            _GET_CONTROLLER: lambda _: self._identity(),
            _GET_EVENT: self._event,
            _SET_INDEX: self._set_index,
            _GET_INDEX: lambda _: struct.pack("<L", self.downloaded),
        }
        found = answers.get(function)
        return None if found is None else found(asked)

    def _open(self, asked: bytes) -> bytes:
        if not 1 <= asked[0] <= 4:
            return b"\0"
        self._unlock(asked[0])
        return b"\1"

    def _unlock(self, number: int) -> None:
        door = self.doors[number - 1]
        door.openings.append(self._mono())
        door.unlocked_until_s = self._mono() + door.delay_s

    def _put_card(self, asked: bytes) -> bytes:
        # Number, two dates, four doors: as get-card gives them back.
        self.cards[_number(asked)] = asked[:16]
        return b"\1"

    def _card(self, asked: bytes) -> bytes:
        return self.cards.get(_number(asked), bytes(4))

    def _set_door(self, asked: bytes) -> bytes:
        door = self.doors[asked[0] - 1]
        door.mode, door.delay_s = asked[1], asked[2]
        return self._door_control(asked[0])

    def _door_control(self, number: int) -> bytes:
        door = self.doors[number - 1]
        return bytes([number, door.mode, door.delay_s])

    def _set_listener(self, asked: bytes) -> bytes:
        self._listener = socket.inet_ntoa(asked[:4]), int(struct.unpack_from("<H", asked, 4)[0])
        return b"\1"

    def _listener_packed(self) -> bytes:
        host, port = self._listener or ("0.0.0.0", 0)  # noqa: S104 - how a controller says: nowhere
        return socket.inet_aton(host) + struct.pack("<H", port)

    def _set_index(self, asked: bytes) -> bytes:
        changed = self.downloaded != _number(asked)
        self.downloaded = _number(asked)
        return bytes([changed])

    def _identity(self) -> bytes:
        address = socket.inet_aton(self.host) + socket.inet_aton("255.255.255.0") + bytes(4)
        return address + bytes.fromhex("00 66 19 39 55 2d 08 92 20 18 08 16")

    def _event(self, asked: bytes) -> bytes:
        index = _number(asked)
        if not 0 < index <= len(self._entries):
            return struct.pack("<L", index) + bytes([0])
        return struct.pack("<L", index) + self._entries[index - 1].packed()

    def _status(self) -> bytes:
        body = bytearray(_SIZE - 8)
        if self._entries:
            struct.pack_into("<L", body, 0, len(self._entries))
            body[4:20] = self._entries[-1].packed()
        for number, door in enumerate(self.doors):
            body[20 + number] = door.is_open
            body[24 + number] = door.pressed
            body[41] |= self.unlocked(number + 1) << number
        now = self._now()
        body[29:32], body[43:46] = now[4:7], now[1:4]
        return bytes(body)

    def _now(self) -> bytes:
        now = datetime.fromtimestamp(self._wall() + self._skew_s, UTC)
        return bytes.fromhex(now.strftime("%Y%m%d%H%M%S"))

    def _remember(self, kind: int, door: int, *, granted: bool, reason: int, card: int = 0) -> None:
        self._entries.append(_Entry(kind, granted, door, card, self._now(), reason))
        if self._listener is not None:
            self.wire.tell(self._packet(_STATUS, self._status()), self._listener)

    def _packet(self, function: int, body: bytes) -> bytes:
        head = struct.pack("<BBHL", _START, function, 0, self.serial)
        return (head + body)[:_SIZE].ljust(_SIZE, b"\0")


def _number(asked: bytes) -> int:
    return int(struct.unpack_from("<L", asked)[0])
