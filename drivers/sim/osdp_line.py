"""A simulated RS-485 line: a pty whose far end is a star of readers that never hear one another."""

import os
import pty
import random
import select
import threading
import tty
from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_
from pathlib import Path

from drivers.doors.osdp_frames import Frame, encode, scan
from drivers.sim.osdp_reader import OsdpReader

# After so long a silence within a frame its beginning is forgotten.
_IDLE_S = 0.05
_BITS_A_BYTE = 10


class OsdpLine:
    """The wire and its readers, on a thread of its own. `path` is where a driver opens it.

    Every command and reply takes the time it would take on the wire at `baud`; 0 means no pacing.
    """

    def __init__(
        self,
        path: Path,
        readers: Sequence[OsdpReader],
        *,
        mono: Callable[[], float],
        baud: int = 9600,
        seed: int = 0,
    ) -> None:
        self.path = path
        self.readers = tuple(readers)
        self.noise_share = 0.0
        self.stalled = self.doubled = self.reordered = False
        self._echoing = False
        self.frames = 0
        self._losing: int | None = None
        self._held = b""
        self._due: list[tuple[float, bytes]] = []
        self._mono = mono
        self._seconds_a_byte = _BITS_A_BYTE / baud if baud else 0.0
        self._random = random.Random(seed)  # noqa: S311 - noise on a simulated wire
        self._plugged = threading.Lock()
        self._master: int | None = None
        self._far_end = -1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="osdp-line", daemon=True)

    def start(self) -> None:
        """Plug the adapter in and begin to answer."""
        self.plug()
        self._thread.start()

    def stop(self) -> None:
        """Take everything away."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(2.0)
        self.unplug()

    def noise(self, share: float) -> None:
        """Break this share of the frames, both ways: a byte of them is changed, or their end is lost."""
        self.noise_share = share

    def echo(self) -> None:
        """Let the adapter hear itself, as some do."""
        self._echoing = True

    def stall(self, *, stalled: bool = True) -> None:
        """Leave the port open, but let nothing pass any more."""
        self.stalled = stalled

    def duplicate(self, *, on: bool = True) -> None:
        """Let every reply be heard twice."""
        self.doubled = on

    def reorder(self, *, on: bool = True) -> None:
        """Let every second reply be overtaken by the one after it."""
        self.reordered = on

    def lose_reply_to(self, command: int) -> None:
        """Lose the reply to the next such command: its reader does what it was told, and nobody hears it."""
        self._losing = command

    def unplug(self) -> None:
        """Pull the adapter out: the port vanishes."""
        with self._plugged:
            if self._master is not None:
                self.path.unlink(missing_ok=True)
                os.close(self._master)
                os.close(self._far_end)
                self._master = None

    def plug(self) -> None:
        """Put the adapter in again, under the same path."""
        with self._plugged:
            if self._master is None:
                self._master, self._far_end = pty.openpty()
                tty.setraw(self._far_end)
                self.path.unlink(missing_ok=True)
                self.path.symlink_to(os.ttyname(self._far_end))

    def _run(self) -> None:
        rest, heard_s = b"", 0.0
        while not self._stopping.is_set():
            heard = self._heard()
            now_s = self._mono()
            self._deliver_late(now_s)
            if not heard:
                rest = rest if now_s - heard_s < _IDLE_S else b""
                continue
            heard_s = now_s
            scanned = scan(rest + heard)
            rest = scanned.rest
            for frame in scanned.frames:
                self._serve(frame)

    def _heard(self) -> bytes:
        with self._plugged:
            master = self._master
            if master is not None and select.select([master], [], [], 0.002)[0]:
                return os.read(master, 4096)
        if master is None:
            self._stopping.wait(0.02)
        return b""

    def _serve(self, frame: Frame) -> None:
        if self.stalled:
            return
        raw = self._disturbed(encode(frame))
        self._stopping.wait(len(raw) * self._seconds_a_byte)
        if self._echoing:
            self._send(raw)
        arrived = scan(raw).frames
        told = [(reader, reader.answer(f)) for f in arrived for reader in self.readers]
        replies = [reply for _, reply in told if reply is not None]
        if replies:
            self.frames += 1
            if frame.code == self._losing:
                self._losing = None
                return
            raw = self._disturbed(_together([encode(reply) for reply in replies]))
            self._stopping.wait(len(raw) * self._seconds_a_byte)
            thinking_s = max(reader.slow_s for reader, reply in told if reply is not None)
            if thinking_s:
                self._due.append((self._mono() + thinking_s, raw))
            else:
                self._deliver(raw)

    def _deliver_late(self, now_s: float) -> None:
        """Send what slow readers had to say, perhaps into another's turn."""
        for raw in [raw for at_s, raw in self._due if at_s <= now_s]:
            self._deliver(raw)
        self._due = [(at_s, raw) for at_s, raw in self._due if at_s > now_s]

    def _deliver(self, raw: bytes) -> None:
        if self.reordered and not self._held:
            self._held = raw
            return
        held, self._held = self._held, b""
        for voice in (raw, held):
            self._send(voice * (2 if self.doubled else 1))

    def _send(self, raw: bytes) -> None:
        with self._plugged:
            if self._master is not None:
                os.write(self._master, raw)

    def _disturbed(self, raw: bytes) -> bytes:
        if self._random.random() >= self.noise_share:
            return raw
        at = self._random.randrange(len(raw))
        if self._random.random() < 0.5:
            return raw[:at]
        return raw[:at] + bytes([raw[at] ^ self._random.randrange(1, 256)]) + raw[at + 1 :]


def _together(voices: Sequence[bytes]) -> bytes:
    """Return what is heard of readers that speak at once: a dominant 0 wins."""
    size = max(len(voice) for voice in voices)
    bits = zip(*(voice.ljust(size, b"\xff") for voice in voices), strict=True)
    return bytes(reduce(and_, byte) for byte in bits)
