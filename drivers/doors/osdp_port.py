"""The serial port of an OSDP bus: bytes for the library, and a look at which readers answer at all."""

import select
from collections.abc import Callable
from dataclasses import dataclass, replace

import serial

from drivers.base import DeviceError
from drivers.doors.faults import fault
from drivers.doors.osdp_frames import Reply, scan

_MAX_UNREAD = 4096


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard from one address: when last, how often, and when it last took up a challenge."""

    word_s: float | None = None
    words: int = 0
    challenged_s: float | None = None


class OsdpPort:
    """An open port, as libosdp wants a channel. A failure is kept in `failure`: C code takes no exception.

    `id` tells the library that all readers share this one wire. `malformed` counts broken frames, the last
    of which came at `malformed_s`.
    """

    id = 1

    def __init__(self, line: serial.Serial, device: str, mono: Callable[[], float]) -> None:
        self._line = line
        self._device = device
        self._mono = mono
        self._unread = bytearray()
        self._rest = b""
        self._heard: dict[int, Heard] = {}
        self.malformed = 0
        self.malformed_s: float | None = None
        self.failure: DeviceError | None = None

    def heard(self, address: int) -> Heard:
        """Return what was heard from one address since the port was opened."""
        return self._heard.get(address, Heard())

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
        """Send what the library says."""
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
        self._unread += came
        del self._unread[:-_MAX_UNREAD]
        scanned = scan(self._rest + came)
        self._rest = scanned.rest
        self.malformed += scanned.malformed
        now_s = self._mono()
        if scanned.malformed:
            self.malformed_s = now_s
        for frame in scanned.frames:
            if frame.reply:
                known = replace(self.heard(frame.address), word_s=now_s)
                known = replace(known, words=known.words + 1)
                if frame.code == Reply.CCRYPT:
                    known = replace(known, challenged_s=now_s)
                self._heard[frame.address] = known

    def _fail(self, error: Exception) -> None:
        cause = getattr(error, "strerror", None) or type(error).__name__
        self.failure = self.failure or fault("door.port_gone", self._device, str(cause))


def open_port(path: str, baud: int, device: str, mono: Callable[[], float]) -> OsdpPort:
    """Open the serial port. Raises Transient, or Misconfigured where it does not exist or may not be used."""
    failure: DeviceError
    try:
        line = serial.Serial(path, baud, timeout=0, write_timeout=1, exclusive=True)
    except FileNotFoundError:
        failure = fault("door.no_such_port", device, path)
    except PermissionError:
        failure = fault("door.port_denied", device, path)
    except (OSError, ValueError) as error:
        failure = _unopened(error, path, device)
    else:
        return OsdpPort(line, device, mono)
    raise failure


def _unopened(error: Exception, path: str, device: str) -> DeviceError:
    # pyserial wraps the system's error and keeps its number.
    number = getattr(error, "errno", None)
    key = {2: "door.no_such_port", 13: "door.port_denied"}.get(number or 0, "door.port_gone")
    return fault(key, device, path)
