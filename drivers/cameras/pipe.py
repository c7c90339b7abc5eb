"""Reads a named pipe without ever waiting longer than it was told to."""

import os
import select
from collections.abc import Callable
from pathlib import Path

_GLANCE_S = 0.2


class Pipe:
    """A file object over a named pipe, as FFmpeg reads it.

    Raises TimeoutError when nothing was written for `patience_s`. `stopping` ends the stream at once.
    """

    def __init__(self, path: Path, patience_s: float, stopping: Callable[[], bool]) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._patience_s = patience_s
        self._stopping = stopping
        self._had_writer = False

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, or none at the end: the writer left, or we are stopping."""
        for _ in range(max(1, round(self._patience_s / _GLANCE_S))):
            ready, _, _ = select.select([self._descriptor], [], [], _GLANCE_S)
            data = self._available(size) if ready else None
            if data:
                self._had_writer = True
                return data
            if self._stopping() or (data == b"" and self._had_writer):
                return b""
        raise TimeoutError(f"nothing was written for {self._patience_s:g} s")

    def close(self) -> None:
        """Close the pipe."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _available(self, size: int) -> bytes | None:
        try:
            return os.read(self._descriptor, size)
        except BlockingIOError:
            return None
