"""What comes of bytes garbled on a wire: a million answers into the decoders and what believes them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from drivers.base import Malformed
from drivers.doors import osdp_frames
from drivers.doors.osdp_frames import Frame, Reply
from drivers.fences.host import FenceStation, FenceWiring
from drivers.fences.profile_files import load
from drivers.modbus import frames as modbus_frames
from drivers.modbus.frames import Read
from drivers.said import Said, ZoneChanged, ZoneState
from drivers.sim.modbus_figures import untrue
from drivers.sim.modbus_frames import parse
from drivers.sim.modbus_slaves import FenceHost
from drivers.sim.osdp_session import SecureSession

_PROFILE = "generic-16di"
_UNIT = 1
_EVERY_S = 0.1
# So many answers between two things that really happen at the fence.
_CALM = 500
_BATCH = 5_000
_KEY, _CHALLENGE, _NONCE = bytes(range(16)), bytes(8), bytes(range(8))


@dataclass(frozen=True, slots=True)
class Looked:
    """Answers of a fence host that were looked at.

    `believed` of them were taken for good, `unnoticed` of these though garbled. `false_events` were told and
    had not happened; `missed` of the changes that `happened` were never told.
    """

    answers: int
    believed: int
    unnoticed: int
    false_events: int
    happened: int
    missed: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """Answers of an OSDP reader that were scanned.

    `intact` of them arrived whole, `missed` of these were not found. `unnoticed` frames were found that
    nobody sent; `false_events` of these bore the session's code too, without which nothing is an event.
    """

    answers: int
    intact: int
    missed: int
    unnoticed: int
    false_events: int


def fence_answers(count: int = 1_000_000, share: float = 0.2, seed: int = 1) -> Looked:
    """Let `count` answers of a fence host be looked at, with this share of their bytes garbled."""
    fence = _Fence()
    luck = np.random.default_rng(seed)
    while fence.answers < count:
        fence.change()
        for answer in _garbled([fence.answer] * min(_CALM, count - fence.answers), share, luck):
            fence.take(answer)
        fence.judge()
    return Looked(
        fence.answers, fence.believed, fence.unnoticed, fence.false_events, fence.happened, fence.missed
    )


def reader_answers(count: int = 1_000_000, share: float = 0.2, seed: int = 1) -> Scanned:
    """Scan `count` secured answers of an OSDP reader as they come, with this share of their bytes garbled."""
    sent = [_sealed(number) for number in range(240)]
    raws, known = [osdp_frames.encode(frame) for frame in sent], frozenset(sent)
    luck = np.random.default_rng(seed)
    rest, intact, found, false = b"", 0, 0, list[Frame]()
    for begin in range(0, count, _BATCH):
        clean = [raws[number % len(raws)] for number in range(begin, min(begin + _BATCH, count))]
        for raw, came in zip(clean, _garbled(clean, share, luck), strict=True):
            intact += came == raw
            scanned = osdp_frames.scan(rest + came)
            rest = scanned.rest
            false += [frame for frame in scanned.frames if frame not in known]
            found += sum(frame in known for frame in scanned.frames)
    # What may have begun before the end is given its chance to be whole.
    found += sum(frame in known for frame in osdp_frames.scan(rest + bytes(osdp_frames.MAX_FRAME)).frames)
    genuine = sum(_session().unseal(frame) is not None for frame in false)
    return Scanned(count, intact, intact - found, len(false), genuine)


class _Fence:
    """A host, the station that looks at it, and what became of its answers."""

    def __init__(self) -> None:
        profile = load(_PROFILE)
        self._host = FenceHost(_UNIT, profile)
        self._station = FenceStation(FenceWiring("fence-1", _UNIT, profile))
        self._zones = tuple(profile.zones)
        self._told: dict[str, ZoneState] = {}
        self._open: str | None = None
        (self._read,) = self._station.reads
        self.answer = b""
        self.answers = self.believed = self.unnoticed = 0
        self.false_events = self.happened = self.missed = 0

    def change(self) -> None:
        """Let somebody climb over a zone, or be gone again."""
        zone = self._zones[self.happened // 2 % len(self._zones)]
        self._open = zone if self.happened % 2 == 0 else None
        self._host.zone(zone, "normal" if self._open is None else "alarm")
        self.happened += 1
        self.answer = _answer(self._host, self._read)

    def take(self, came: bytes) -> None:
        """Take what came as the bus does."""
        self.answers += 1
        try:
            values = modbus_frames.decode(_UNIT, self._read, came)
        except Malformed:
            values = None
        if not isinstance(values, tuple):
            self._station.doubt()
            return
        self.believed += 1
        self.unnoticed += came != self.answer
        for said in self._station.look([(self._read, values)], self.answers * _EVERY_S).said:
            self.false_events += not self._true(said)
            if isinstance(said, ZoneChanged):
                self._told[said.zone] = said.state

    def judge(self) -> None:
        """Count a zone that is believed to be other than it is."""
        self.missed += any(self._told.get(zone) != self._state(zone) for zone in self._zones)

    def _true(self, said: Said) -> bool:
        return said.state == self._state(said.zone) if isinstance(said, ZoneChanged) else not untrue(said)

    def _state(self, zone: str) -> ZoneState:
        return "alarm" if zone == self._open else "normal"


def _answer(host: FenceHost, read: Read) -> bytes:
    asked = parse(modbus_frames.encode(_UNIT, read)).asked
    if asked is None:
        raise ValueError("the simulated host does not understand the request")
    return host.answer(asked)


def _garbled(clean: list[bytes], share: float, luck: np.random.Generator) -> Iterator[bytes]:
    """Yield each message with this share of its bytes turned into others."""
    stretch = np.frombuffer(b"".join(clean), np.uint8)
    masks = luck.integers(1, 256, len(stretch), dtype=np.uint8)
    masks[luck.random(len(stretch)) >= share] = 0
    garbled, at = (stretch ^ masks).tobytes(), 0
    for message in clean:
        yield garbled[at : at + len(message)]
        at += len(message)


def _sealed(number: int) -> Frame:
    """Return one secured answer: three to polls, then a card."""
    card = number % 4 == 3
    data = bytes([0, 1, 26, 0]) + number.to_bytes(4, "big") if card else b""
    code = Reply.RAW if card else Reply.ACK
    return _session().seal(Frame(1, reply=True, sequence=1 + number % 3, code=code, data=data))


def _session() -> SecureSession:
    """Return a session in which nothing was said yet, the same for both ends."""
    return SecureSession(_KEY, _CHALLENGE, _NONCE)
