"""Demultiplexing: a stream or file in, compressed packets out. Nothing is decoded here."""

import math
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error

from drivers.base import DeviceError, Malformed
from drivers.cameras.faults import FAILURES, cause_of, fault, fault_of
from drivers.cameras.pipe import Pipe
from drivers.cameras.wiring import CameraWiring, is_stream

OPEN_TIMEOUT_S = 5.0
# The stall must be noticed and told within 5 s of the last packet.
READ_TIMEOUT_S = 4.5
_RTSP_OPTIONS = {
    "rtsp_transport": "tcp",
    # Start with what the SDP says instead of watching the stream for seconds.
    "fpsprobesize": "0",
    "analyzeduration": "100000",
}
# A demultiplexer that fails on every read would otherwise be asked for ever.
_MALFORMED_IN_A_ROW = 50


@dataclass(frozen=True, slots=True)
class Packet:
    """One compressed picture.

    `pts_s` is the stream's own time in seconds (it rises with the packets only where there are no
    B-frames); `arrival_s` is the monotonic time at which it came in. Decoding reads `payload` and leaves
    it as it is.
    """

    is_key: bool
    pts_s: float
    arrival_s: float
    size: int
    payload: Any


@dataclass(frozen=True, slots=True)
class Description:
    """What a stream holds and what a decoder must know of it. Width and height may yet be 0."""

    codec: str
    width: int
    height: int
    extradata: bytes | None


def stamped(packet: Packet) -> Packet:
    """Return the packet with its times written into the payload, whence its frame will have them."""
    packet.payload.opaque = (packet.pts_s, packet.arrival_s)
    return packet


class Session:
    """One opened stream or file; to be closed, and used by one thread."""

    def __init__(
        self, container: Any, held: ExitStack, wiring: CameraWiring, source: str, mono: Callable[[], float]
    ) -> None:
        """`held` closes the container and what it reads from."""
        self._container = container
        self._held = held
        self._patience_s = _read_timeout_s(wiring) if is_stream(source) else math.inf
        self._stream = container.streams.video[0]
        self._camera = wiring.id
        self._source = source
        self._mono = mono
        self.malformed = 0
        context = self._stream.codec_context
        self.description = Description(context.name, context.width, context.height, context.extradata)

    def packets(self) -> Iterator[Packet]:
        """Yield packets as they come until the stream ends. Raises Transient or Malformed when it breaks.

        A single packet that cannot be read is counted in `malformed` and left out.
        """
        in_a_row = 0
        while True:
            try:
                for packet in self._undamaged():
                    in_a_row = 0
                    yield packet
            except Malformed:
                in_a_row += 1
                if in_a_row >= _MALFORMED_IN_A_ROW:
                    raise
                self.malformed += 1
            else:
                return

    def close(self) -> None:
        """Close the connection or file."""
        self._held.close()

    def _undamaged(self) -> Iterator[Packet]:
        failure: DeviceError | None = None
        try:
            asked_s = self._mono()
            for payload in self._container.demux(self._stream):
                # On a time-out FFmpeg first hands out the picture it was still putting together.
                if self._mono() - asked_s >= self._patience_s:
                    raise TimeoutError
                if payload.size == 0:
                    continue
                if payload.is_corrupt:
                    self.malformed += 1
                    continue
                yield self._packet(payload)
                asked_s = self._mono()
        except av.error.InvalidDataError as error:
            failure = fault("camera.garbled", self._camera, f"{self._source}: {cause_of(error)}")
        except FAILURES as error:
            failure = fault_of(error, self._camera, self._source)
        # Outside the except block, so that no traceback carries FFmpeg's text with the password in it.
        if failure is not None:
            raise failure

    def _packet(self, payload: Any) -> Packet:
        stamp = payload.pts if payload.pts is not None else payload.dts
        pts_s = 0.0 if stamp is None else float(stamp * payload.time_base)
        arrival_s = self._mono()
        return stamped(Packet(bool(payload.is_keyframe), pts_s, arrival_s, payload.size, payload))


def open_session(
    wiring: CameraWiring,
    source: str,
    mono: Callable[[], float],
    stopping: Callable[[], bool] = lambda: False,
) -> Session:
    """Open `source`, one of the wiring's streams. Raises one of the four families within seconds.

    A pipe is read so that `stopping` ends the wait for its writer; RTSP goes over TCP.
    """
    with ExitStack() as held:
        container = _open_container(wiring, source, stopping, held)
        held.callback(container.close)
        if not container.streams.video:
            raise fault("camera.no_video", wiring.id, source)
        return Session(container, held.pop_all(), wiring, source, mono)


def _open_container(wiring: CameraWiring, source: str, stopping: Callable[[], bool], held: ExitStack) -> Any:
    failure: DeviceError
    try:
        if is_stream(source):
            timeouts = (OPEN_TIMEOUT_S, _read_timeout_s(wiring))
            return av.open(wiring.address(source), timeout=timeouts, options=_RTSP_OPTIONS)
        if stat.S_ISFIFO(Path(source).stat().st_mode):
            # FFmpeg does not close what it was only given to read.
            pipe = held.enter_context(closing(Pipe(Path(source), _read_timeout_s(wiring), stopping)))
            return av.open(pipe)
        return av.open(source, timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S))
    except FileNotFoundError:
        failure = fault("camera.no_such_file", wiring.id, source)
    except FAILURES as error:
        failure = fault_of(error, wiring.id, source)
    raise failure


def _read_timeout_s(wiring: CameraWiring) -> float:
    return min(READ_TIMEOUT_S, 0.9 * wiring.lost_after_s)
