"""A camera: a stream to watch and, if it has one, a larger one that is decoded only on demand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from drivers.base import Denied, Misconfigured
from drivers.cameras.decoding import Frame
from drivers.cameras.faults import fault
from drivers.cameras.packets import Packet
from drivers.cameras.reader import Progress, StreamReader
from drivers.cameras.reconnecting import Patience, Phase
from drivers.cameras.ring import Bounds
from drivers.cameras.watching import KeptPackets, NewestFrame
from drivers.cameras.wiring import CameraWiring

State = Literal[
    "connecting", "streaming", "stalled", "waiting", "denied", "misconfigured", "ended", "stopped"
]


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """How a stream is at this moment.

    Ages are in seconds, None before the first. `frames` counts those decoded. `reason` is a catalogue
    key (its sentence takes `camera` and `detail`), None while nothing is wrong; `sentence` says the same
    in English. The main stream's frames are decoded on demand: their age and number are no sign of health.
    """

    state: State
    last_packet_age_s: float | None
    last_frame_age_s: float | None
    frames: int
    packets: int
    malformed: int
    reconnects: int
    codec: str
    width: int
    height: int
    reason: str | None = None
    detail: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is the same for all cameras of a box."""

    patience: Patience = field(default_factory=Patience)
    main_bounds: Bounds = field(default_factory=Bounds)


class Camera:
    """One camera, with one thread a stream. `start` once; `stop` ends its threads within seconds.

    `mono` returns monotonic seconds. `newest` and `health` may be called from any thread.
    """

    def __init__(
        self, wiring: CameraWiring, mono: Callable[[], float], settings: Settings | None = None
    ) -> None:
        settings = settings or Settings()
        self.wiring = wiring
        self._mono = mono
        self._watched = NewestFrame(wiring.id, mono)
        self._watch = StreamReader(wiring, wiring.source, self._watched, mono, settings.patience)
        self._kept: KeptPackets | None = None
        self._main: StreamReader | None = None
        if wiring.main_source is not None:
            self._kept = KeptPackets(wiring.id, settings.main_bounds)
            self._main = StreamReader(wiring, wiring.main_source, self._kept, mono, settings.patience)

    def start(self) -> None:
        """Start watching; returns at once."""
        for reader in self._readers():
            reader.start()

    def stop(self) -> bool:
        """Stop and wait; return False where a thread hangs in a read of the kernel's."""
        for reader in self._readers():
            reader.ask_to_stop()
        ended = [reader.stop() for reader in self._readers()]
        return all(ended)

    def newest(self) -> Frame | None:
        """Return the newest frame of the watched stream, None before the first. Look at its `mono_s`."""
        return self._watched.frame

    def main_frame(self) -> Frame | None:
        """Return the main stream's newest frame, decoding it now; without a main stream, `newest`.

        Raises Misconfigured for a codec that cannot be decoded.
        """
        return self.newest() if self._kept is None else self._kept.newest()

    def main_packets(self) -> tuple[Packet, ...]:
        """Return the main stream's undecoded packets of the last seconds, from a key frame on."""
        return () if self._kept is None else self._kept.packets()

    def health(self) -> CameraHealth:
        """Return how the watched stream is."""
        frame = self._watched.frame
        return self._health_of(self._watch, self._watched, None if frame is None else frame.mono_s)

    def main_health(self) -> CameraHealth | None:
        """Return how the main stream is, None where there is none."""
        if self._main is None or self._kept is None:
            return None
        return self._health_of(self._main, self._kept, self._main.progress.last_packet_s)

    def _readers(self) -> list[StreamReader]:
        return [r for r in (self._watch, self._main) if r is not None]

    def _health_of(
        self, reader: StreamReader, sink: NewestFrame | KeptPackets, last_frame_s: float | None
    ) -> CameraHealth:
        now_s, progress = self._mono(), reader.progress
        packet_age_s = _age(now_s, progress.last_packet_s)
        frame_age_s = _age(now_s, last_frame_s)
        state = _state(progress, frame_age_s, now_s, self.wiring.lost_after_s)
        reason, detail, sentence = self._why(progress, state, packet_age_s, sink)
        return CameraHealth(
            state=state,
            last_packet_age_s=packet_age_s,
            last_frame_age_s=frame_age_s,
            frames=sink.frames,
            packets=progress.packets,
            malformed=progress.malformed + sink.malformed,
            reconnects=progress.link.reconnects,
            codec=sink.description.codec,
            width=sink.description.width,
            height=sink.description.height,
            reason=reason,
            detail=detail,
            sentence=sentence,
        )

    def _why(
        self,
        progress: Progress,
        state: State,
        packet_age_s: float | None,
        sink: NewestFrame | KeptPackets,
    ) -> tuple[str | None, str, str]:
        if state == "streaming":
            return None, "", ""
        error = progress.fault
        if error is None and state == "stalled":
            silent = packet_age_s is None or packet_age_s > self.wiring.lost_after_s
            key = "camera.silent" if silent else "camera.no_frames"
            error = fault(key, self.wiring.id, sink.description.codec)
        if error is None and state == "ended":
            error = fault("camera.ended", self.wiring.id, self.wiring.source)
        if error is None:
            return None, "", ""
        return error.key, str(error.values["detail"]), str(error)


def _age(now_s: float, then_s: float | None) -> float | None:
    return None if then_s is None else max(0.0, now_s - then_s)


def _state(progress: Progress, frame_age_s: float | None, now_s: float, lost_after_s: float) -> State:
    if progress.stopped:
        return "stopped"
    match progress.link.phase:
        case Phase.CONNECTING:
            return "connecting"
        case Phase.WAITING:
            return _waiting(progress)
        case Phase.ENDED:
            return "ended"
        case Phase.STREAMING:
            since_s = now_s - progress.link.since_s
            quiet_s = since_s if frame_age_s is None else min(since_s, frame_age_s)
            return "streaming" if quiet_s <= lost_after_s else "stalled"


def _waiting(progress: Progress) -> State:
    if isinstance(progress.fault, Denied):
        return "denied"
    return "misconfigured" if isinstance(progress.fault, Misconfigured) else "waiting"
