"""A simulated camera: a video file that is fed into a named pipe in real time, again and again."""

import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from edge.refusal import Refused
from edge.simulation.rig import Actions, Presence, Word, always

_TRY_AGAIN_S = 0.1
_TICK_S = 0.01
# What MPEG-TS carries and our decoder reads.
_CODECS = frozenset({"h264", "hevc", "mpeg2video", "mpeg4"})


class CameraRig:
    """One camera whose `source` is a named pipe, made where there is none.

    `video` is fed into it as MPEG-TS in real time.
    """

    def __init__(self, name: str, source: Path, video: Path, mono: Callable[[], float]) -> None:
        self._name = name
        self._source = source
        self._video = video
        self._mono = mono
        self._made = False
        self._presence = Presence()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ports(self) -> tuple[Path, ...]:
        """None: it takes a pipe."""
        return ()

    @property
    def places(self) -> Mapping[str, str]:
        """The pipe."""
        return {self._name: str(self._source)}

    @property
    def actions(self) -> Mapping[str, Actions]:
        """It can be unplugged, and stall."""

        def pull(*, unplugged: bool) -> None:
            self._presence.unplugged = unplugged

        def stall(*, stalled: bool) -> None:
            self._presence.stalled = stalled

        return {
            self._name: {
                "unplug": always(partial(pull, unplugged=True)),
                "plug": always(partial(pull, unplugged=False)),
                "stall": always(partial(stall, stalled=True)),
                "resume": always(partial(stall, stalled=False)),
            }
        }

    def start(self) -> None:
        """Make the pipe and begin to feed who opens it. Refused: no such video, or no place for a pipe."""
        _require_video(self._name, self._video)
        if not self._source.is_fifo():
            if self._source.exists() or self._source.is_symlink():
                raise Refused(
                    "simulate.no_pipe",
                    "the source {source} of {camera} is no named pipe: name a path where one can be made",
                    source=self._source,
                    camera=self._name,
                )
            self._source.parent.mkdir(parents=True, exist_ok=True)
            os.mkfifo(self._source, 0o600)
            self._made = True
        self._thread = threading.Thread(target=self._run, name=f"camera-{self._name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop feeding, and remove the pipe that was made."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(5.0)
        if self._made:
            self._source.unlink(missing_ok=True)
            self._made = False

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return whether it streams."""
        return {self._name: self._presence.words() or (Word("simulate.word_streams"),)}

    def _run(self) -> None:
        while not self._stopping.wait(_TRY_AGAIN_S):
            if self._presence.unplugged:
                continue
            try:
                descriptor = os.open(self._source, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue  # nobody reads yet
            try:
                self._feed(_Sink(descriptor, self._ended))
            finally:
                os.close(descriptor)

    def _feed(self, sink: "_Sink") -> None:
        import av

        with av.open(sink, "w", format="mpegts") as out, av.open(str(self._video)) as video:
            source = video.streams.video[0]
            stream = out.add_stream_from_template(source)
            pace, offset = _Pace(self._mono, lambda: self._presence.stalled, self._ended), 0
            while not self._ended() and not sink.left:
                video.seek(0)
                end = 0
                for packet in video.demux(source):
                    if packet.dts is None or packet.pts is None:
                        continue
                    in_time = pace.wait_for(float((packet.dts + offset) * packet.time_base))
                    if sink.left or not in_time:
                        return
                    end = packet.dts + (packet.duration or 1)
                    packet.dts, packet.pts = packet.dts + offset, packet.pts + offset
                    packet.stream = stream
                    out.mux(packet)
                offset += end

    def _ended(self) -> bool:
        return self._stopping.is_set() or self._presence.unplugged


class _Pace:
    """Keeps a stream to its own time; a stall is not caught up."""

    def __init__(
        self, mono: Callable[[], float], stalled: Callable[[], bool], ended: Callable[[], bool]
    ) -> None:
        self._mono = mono
        self._stalled = stalled
        self._ended = ended
        self._pause = threading.Event()
        self._began_s: float | None = None

    def wait_for(self, at_s: float) -> bool:
        """Return when a packet is due; False when there is no more to send."""
        while True:
            if self._ended():
                return False
            now_s = self._mono()
            if self._began_s is None or self._stalled():
                self._began_s = now_s - at_s
            if not self._stalled() and now_s >= self._began_s + at_s:
                return True
            self._pause.wait(_TICK_S)


class _Sink:
    """Where the muxer writes: a pipe that may be full. `left`: its reader went away, nothing more arrives."""

    def __init__(self, descriptor: int, ended: Callable[[], bool]) -> None:
        self._descriptor = descriptor
        self._ended = ended
        self._pause = threading.Event()
        self.left = False

    def write(self, data: Any) -> int:
        """Write all of it, or nothing where nobody reads: the muxer takes no exception without harm."""
        rest = memoryview(data)
        while rest and not self.left:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                self.left = self._ended()
                self._pause.wait(_TICK_S)
            except BrokenPipeError:
                self.left = True
        return len(data)


def _require_video(camera: str, video: Path) -> None:
    import av

    try:
        with av.open(str(video)) as container:
            codecs = [stream.codec_context.name for stream in container.streams.video]
        reason = "no video stream" if not codecs else codecs[0] if codecs[0] not in _CODECS else None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
    if reason is not None:
        raise Refused(
            "simulate.no_video",
            "{video} cannot be streamed as {camera} ({reason}): give an H.264 or H.265 file",
            video=video,
            camera=camera,
            reason=reason,
        )
