"""The other end of a serial cable: a pseudo-terminal behind a path that stays, at the real baud rate."""

import contextlib
import os
import pty
import threading
import time
import tty
from pathlib import Path

_BITS_A_BYTE = 10


class SerialEnd:
    """What is sent here arrives at `path`, a link such as udev makes; `unplug` takes the port away.

    Callable from any thread.
    Nothing is lost silently: what does not fit into the terminal's buffer within a second is counted.
    """

    def __init__(self, path: Path, baud: int = 115_200) -> None:
        self.path = path
        self.baud = baud
        self.overruns = 0
        self._ends: tuple[int, int] | None = None
        # Nobody may write to a number that was closed meanwhile and is another file's now.
        self._guard = threading.Lock()

    def plug(self) -> None:
        """Make the port."""
        with self._guard:
            if self._ends is not None:
                return
            ours, theirs = pty.openpty()
            tty.setraw(theirs)
            os.set_blocking(ours, False)
            fresh = self.path.with_name(self.path.name + ".new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(theirs))
            fresh.replace(self.path)
            self._ends = ours, theirs

    def unplug(self) -> None:
        """Take the port away, from a reader too; may be called again."""
        with self._guard:
            ends, self._ends = self._ends, None
            if ends is None:
                return
            self.path.unlink(missing_ok=True)
            for end in ends:
                os.close(end)

    def send(self, payload: bytes) -> None:
        """Send at the baud rate; nothing happens while unplugged."""
        until_s = time.monotonic() + 1.0 + len(payload) * _BITS_A_BYTE / self.baud
        while payload:
            if time.monotonic() > until_s:
                self.overruns += 1
                return
            sent = 0
            with self._guard:
                if self._ends is None:
                    return
                with contextlib.suppress(BlockingIOError):
                    sent = os.write(self._ends[0], payload[:256])
            payload = payload[sent:]
            time.sleep(max(sent, 1) * _BITS_A_BYTE / self.baud)

    def close(self) -> None:
        """Take the port away for good."""
        self.unplug()
