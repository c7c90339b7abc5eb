"""The serial port of an OSDP bus: whole replies for the library, and a look at who answers at all."""

import errno
import select
from collections.abc import Callable
from dataclasses import dataclass, replace

import serial

from drivers.base import DeviceError
from drivers.doors.faults import fault
from drivers.doors.osdp_frames import Command, Frame, Reply, encode, scan
from drivers.doors.osdp_screening import hang_up, passes, secure_channel

_MAX_UNREAD = 4096
_UNOPENED = {
    errno.ENOENT: "door.no_such_port",
    errno.EACCES: "door.port_denied",
    errno.EAGAIN: "door.port_busy",
    errno.EBUSY: "door.port_busy",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of one address; times in monotonic seconds.

    What came in its turn was last no answer at `broken_s`. It last took up a challenge at `answered_s`, and
    proved to know the key at `proven_s`. `secure_channel` is what it said it offers.
    """

    words: int = 0
    word_s: float | None = None
    broken_s: float | None = None
    answered_s: float | None = None
    proven_s: float | None = None
    secure_channel: bool | None = None
    speaks_crc: bool = False


class OsdpPort:
    """An open port, as libosdp wants a channel. A failure is kept in `failure`: C code takes no exception.

    `id` tells the library that all readers share this one wire. `malformed` counts what came and was no
    answer: broken frames, another reader's word, what a session's code should have been on.
    """

    id = 1

    def __init__(self, line: serial.Serial, device: str, mono: Callable[[], float]) -> None:
        self._line = line
        self._device = device
        self._mono = mono
        self._unread = bytearray()
        self._rest = b""
        self._asked: Frame | None = None
        self._answered = False
        self._cut_off: set[int] = set()
        self._heard: dict[int, Heard] = {}
        self.malformed = 0
        self.failure: DeviceError | None = None

    def heard(self, address: int) -> Heard:
        """Return what was heard from one address since the port was opened."""
        return self._heard.get(address, Heard())

    def cut_off(self, address: int) -> None:
        """Send nothing more to a reader, whatever the library still holds for it."""
        self._cut_off.add(address)

    def restore(self, address: int) -> None:
        """Send to a reader again."""
        self._cut_off.discard(address)

    def pump(self, timeout_s: float) -> None:
        """Wait up to `timeout_s` for bytes and take them in. Raises Transient where the port is gone."""
        try:
            if self.failure is None and select.select([self._line], [], [], timeout_s)[0]:
                self._take(self._line.read(self._line.in_waiting or 1))
        except (OSError, ValueError, TypeError) as error:
            self._fail(error)
        if self.failure is not None:
            raise self.failure

    def read(self, max_bytes: int) -> bytes:
        """Give the library up to `max_bytes` of what came in."""
        taken = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        return taken

    def write(self, buf: bytes) -> int:
        """Send what the library says. A reply that is not whole by then never will be."""
        if self._rest:
            self._broken(1)
            self._rest = b""
        asked = next(iter(scan(buf).frames), None)
        self._asked, self._answered = asked, False
        if asked is not None and asked.address in self._cut_off:
            self._unread += encode(hang_up(asked))
            return len(buf)
        if asked is not None and asked.code == Command.SCRYPT:
            # The library goes on only with a reader that proved to know the key.
            self._heard[asked.address] = replace(self.heard(asked.address), proven_s=self._mono())
        try:
            return self._line.write(buf) or 0
        except (OSError, ValueError, TypeError) as error:
            self._fail(error)
            return len(buf)

    def flush(self) -> None:
        """Drop what came in and was not read."""
        self._unread.clear()

    def close(self) -> None:
        """Free the port."""
        self._line.close()

    def _take(self, came: bytes) -> None:
        scanned = scan(self._rest + came)
        self._rest = scanned.rest
        if scanned.malformed:
            self._broken(scanned.malformed)
        for frame in scanned.frames:
            if frame.reply:
                self._hear(frame)

    def _hear(self, frame: Frame) -> None:
        known, now_s = self.heard(frame.address), self._mono()
        asked = None if self._answered else self._asked
        if asked is None or not passes(frame, asked, speaks_crc=known.speaks_crc):
            self._broken(1)
            return
        self._answered = True
        self._unread += encode(frame)
        del self._unread[:-_MAX_UNREAD]
        offered = secure_channel(frame, asked)
        self._heard[frame.address] = replace(
            known,
            words=known.words + 1,
            word_s=now_s,
            answered_s=now_s if frame.code == Reply.CCRYPT else known.answered_s,
            secure_channel=known.secure_channel if offered is None else offered,
            speaks_crc=known.speaks_crc or (frame.crc and frame.code != Reply.NAK),
        )

    def _broken(self, frames: int) -> None:
        self.malformed += frames
        if self._asked is not None:
            address = self._asked.address
            self._heard[address] = replace(self.heard(address), broken_s=self._mono())

    def _fail(self, error: Exception) -> None:
        cause = getattr(error, "strerror", None) or type(error).__name__
        self.failure = self.failure or fault("door.port_gone", self._device, str(cause))


def open_port(path: str, baud: int, device: str, mono: Callable[[], float]) -> OsdpPort:
    """Open the serial port. Raises Transient, or Misconfigured where it does not exist or may not be used."""
    try:
        line = serial.Serial(path, baud, timeout=0, write_timeout=1, exclusive=True)
    except (OSError, ValueError) as error:
        # pyserial wraps the system's error and keeps its number.
        number = getattr(error, "errno", None)
    else:
        return OsdpPort(line, device, mono)
    raise fault(_UNOPENED.get(number or 0, "door.port_gone"), device, path)
