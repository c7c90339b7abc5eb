"""A simulated camera: a video file that is fed into a named pipe in real time, again and again."""

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import av

from edge.simulation.rig import free_port
from edge.simulation.verbs import Action

_TRY_AGAIN_S = 0.1


class CameraRig:
    """One camera whose `source` is a path: there a pipe is made, and `video` is fed into it as MPEG-TS."""

    def __init__(self, name: str, source: str, video: Path) -> None:
        self._name = name
        self._source = source
        self._video = video
        self._stalled = threading.Event()
        self._unplugged = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def where(self) -> str:
        """The pipe."""
        return self._source

    @property
    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """It can be unplugged, and stall."""
        return {
            self._name: {
                "stall": lambda _: self._stalled.set(),
                "resume": lambda _: self._stalled.clear(),
                "unplug": lambda _: self._unplugged.set(),
                "plug": lambda _: self._unplugged.clear(),
            }
        }

    def start(self) -> None:
        """Make the pipe and begin to feed whoever opens it."""
        if not Path(self._source).is_fifo():
            os.mkfifo(free_port(self._source), 0o600)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=f"camera-{self._name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop feeding and remove the pipe."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(5.0)
            Path(self._source).unlink(missing_ok=True)

    def states(self) -> Mapping[str, str]:
        """Return whether it streams."""
        word = "unplugged" if self._unplugged.is_set() else "stalled" if self._stalled.is_set() else "streams"
        return {self._name: word}

    def _run(self) -> None:
        while not self._stopping.wait(_TRY_AGAIN_S):
            if self._unplugged.is_set():
                continue
            try:
                descriptor = os.open(self._source, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue  # nobody reads yet
            try:
                self._feed(_Sink(descriptor, self._stopping))
            except OSError:
                continue  # the reader left
            finally:
                os.close(descriptor)

    def _feed(self, sink: "_Sink") -> None:
        with av.open(sink, "w", format="mpegts") as out, av.open(str(self._video)) as video:
            source = video.streams.video[0]
            stream = out.add_stream_from_template(source)
            began_s, offset = time.monotonic(), 0
            while not self._stopping.is_set() and not self._unplugged.is_set():
                video.seek(0)
                end = 0
                for packet in video.demux(source):
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    if not self._in_time(began_s, float((packet.dts + offset) * packet.time_base)):
                        return
                    end = packet.dts + (packet.duration or 1)
                    packet.dts, packet.pts = packet.dts + offset, packet.pts + offset
                    packet.stream = stream
                    out.mux(packet)
                offset += end

    def _in_time(self, began_s: float, at_s: float) -> bool:
        """Wait until a packet is due; False when there is no more to send."""
        while self._stalled.is_set() or time.monotonic() < began_s + at_s:
            if self._stopping.wait(0.01) or self._unplugged.is_set():
                return False
        return True


class _Sink:
    """Where the muxer writes: a pipe that may be full."""

    def __init__(self, descriptor: int, stopping: threading.Event) -> None:
        self._descriptor = descriptor
        self._stopping = stopping

    def write(self, data: bytes) -> int:
        """Write all of it, or raise BrokenPipeError."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                if self._stopping.wait(0.005):
                    raise BrokenPipeError from None
        return len(data)
