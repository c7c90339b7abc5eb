"""A reader on a serial port of its own, silent while nobody comes: it is there while its port is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.base import DeviceHealth, Identity, Tell
from drivers.cameras.reconnecting import Patience
from drivers.listening.availability import Availability, silence, word
from drivers.listening.faults import Fault
from drivers.listening.thread import Standing, WireThread
from drivers.listening.wire import Chunk, Wire
from drivers.said import DeviceFound, DeviceLost, Said


@dataclass(frozen=True, slots=True)
class Understood:
    """What some bytes were: how many words and broken ones, and what is to be told of them."""

    words: int
    malformed: int
    said: tuple[Said, ...] = ()


class PortReader(ABC):
    """Fulfils `drivers.base.Driver` but for `probe`. Tells DeviceLost and DeviceFound once each.

    It counts as lost `deadline_s` after its port went.
    """

    def __init__(
        self,
        device: str,
        deadline_s: float,
        wire: Wire,
        mono: Callable[[], float],
        *,
        fault: Fault,
        patience: Patience | None = None,
    ) -> None:
        self._device = device
        self._deadline_s = deadline_s
        self._wire = wire
        self._mono = mono
        self._fault = fault
        self._thread = WireThread(wire, self._step, mono, fault, patience)
        self._tell: Tell | None = None
        self._stopped = False
        self._availability = Availability(mono())
        self._words = self._malformed = 0

    @property
    def devices(self) -> tuple[str, ...]:
        """The one reader."""
        return (self._device,)

    def deadline_s(self, device: str) -> float:
        """Return for how long its port may be away."""
        return {self._device: self._deadline_s}[device]

    def start(self, tell: Tell) -> None:
        """Begin to read. Raises WrongState the second time."""
        if self._tell is None:
            self._tell = tell
            self._availability = Availability(self._mono())
        self._thread.start()

    def stop(self) -> None:
        """End reading and free the port."""
        self._stopped = True
        self._thread.stop()
        self._wire.close()

    def health(self) -> tuple[DeviceHealth, ...]:
        """Return how the reader is: online while its port is open."""
        standing, heard_s = self._thread.standing, self._availability.heard_s
        fault = standing.fault
        return (
            DeviceHealth(
                device=self._device,
                online=standing.is_open and not self._availability.lost,
                last_word_age_s=None if heard_s is None else max(0.0, self._mono() - heard_s),
                words=self._words,
                malformed=self._malformed,
                reconnects=standing.link.reconnects,
                reason=None if fault is None else fault.key,
                detail="" if fault is None else str(fault.values.get("detail", "")),
            ),
        )

    @abstractmethod
    def _understand(self, data: bytes, now_s: float) -> Understood:
        """Return what bytes are that came now; what is unfinished is kept for the next ones."""

    @abstractmethod
    def _forget(self) -> None:
        """Drop what was kept: the port is closed."""

    def _open_once(self, model: str) -> Identity:
        """Open the port once, before `start`: such a reader cannot be asked for more."""
        began_s = self._mono()
        try:
            self._wire.open()
            return Identity("", model, self._wire.name, "", self._mono() - began_s)
        finally:
            self._wire.close()

    def _step(self, chunks: Sequence[Chunk], standing: Standing) -> None:
        now_s = self._mono()
        if not standing.is_open:
            self._forget()
        else:
            self._availability, found = word(self._availability, now_s)
            if found is not None:
                self._hand_over(self._found(found.away_s, now_s))
        self._read(b"".join(chunk.data for chunk in chunks), now_s)
        self._availability, lost = silence(self._availability, now_s, self._deadline_s)
        if lost is not None:
            self._hand_over(self._lost(standing, lost.silent_s, now_s))

    def _read(self, data: bytes, now_s: float) -> None:
        if not data:
            return
        understood = self._understand(data, now_s)
        self._words += understood.words
        self._malformed += understood.malformed
        for said in understood.said:
            self._hand_over(said)

    def _found(self, away_s: float | None, now_s: float) -> DeviceFound:
        return DeviceFound(
            device=self._device, mono_s=now_s, identity=self._wire.name, firmware="", away_s=away_s
        )

    def _lost(self, standing: Standing, silent_s: float | None, now_s: float) -> DeviceLost:
        fault = standing.fault or self._fault("silent", self._wire.name)
        return DeviceLost(
            device=self._device,
            mono_s=now_s,
            reason=fault.key,
            detail=str(fault.values.get("detail", "")),
            silent_s=silent_s,
        )

    def _hand_over(self, said: Said) -> None:
        if self._tell is not None and not self._stopped:
            self._tell(said)
