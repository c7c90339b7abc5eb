"""The driver of one serial patrol reader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drivers.base import DeviceHealth, Identity, Misconfigured, Tell, WrongState
from drivers.cameras.reconnecting import Patience
from drivers.listening.availability import Availability, silence, word
from drivers.listening.faults import patrol_fault
from drivers.listening.thread import Standing, WireThread
from drivers.listening.wire import Chunk, Wire
from drivers.patrol.debouncing import Debouncing, Seen, read
from drivers.patrol.frames import Format, decode_tags
from drivers.said import DeviceFound, DeviceLost, PatrolBadge, Said


@dataclass(frozen=True, slots=True)
class PatrolReaderWiring:
    """One reader. It is silent while nobody badges: it counts as lost `deadline_s` after its port went."""

    id: str
    format: Format = "id12"
    deadline_s: float = 5.0
    debouncing: Debouncing = field(default_factory=Debouncing)

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.deadline_s < 1 or self.debouncing.reads < 1:
            raise Misconfigured(
                "patrol_reader.impossible",
                "patrol reader {device}: give it a deadline of at least 1 s and at least one read",
                device=self.id,
            )


class PatrolReader:
    """Fulfils `drivers.base.Driver`. Tells PatrolBadge, and DeviceLost and DeviceFound once each."""

    def __init__(
        self,
        wiring: PatrolReaderWiring,
        wire: Wire,
        mono: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        self._wiring = wiring
        self._wire = wire
        self._mono = mono
        self._thread = WireThread(wire, self._step, mono, patrol_fault, patience)
        self._tell: Tell | None = None
        self._stopped = False
        self._rest = b""
        self._seen: tuple[Seen, ...] = ()
        self._availability = Availability(mono())
        self._words = self._malformed = 0

    @property
    def devices(self) -> tuple[str, ...]:
        """The one reader."""
        return (self._wiring.id,)

    def deadline_s(self, device: str) -> float:
        """Return for how long its port may be away."""
        return {self._wiring.id: self._wiring.deadline_s}[device]

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
                device=self._wiring.id,
                online=standing.is_open and not self._availability.lost,
                last_word_age_s=None if heard_s is None else max(0.0, self._mono() - heard_s),
                words=self._words,
                malformed=self._malformed,
                reconnects=standing.link.reconnects,
                reason=None if fault is None else fault.key,
                detail="" if fault is None else str(fault.values.get("detail", "")),
            ),
        )

    def probe(self, device: str) -> Identity:
        """Open the port once, before `start`; a reader cannot be asked for more.

        Raises what opening raises.
        """
        if self._thread.started:
            raise WrongState(
                "patrol_reader.busy",
                "patrol reader {device} is read already: ask for its health",
                device=device,
            )
        began_s = self._mono()
        try:
            self._wire.open()
            return Identity("", self._wiring.format, self._wire.name, "", self._mono() - began_s)
        finally:
            self._wire.close()

    def _step(self, chunks: Sequence[Chunk], standing: Standing) -> None:
        now_s = self._mono()
        if not standing.is_open:
            self._rest = b""
        else:
            self._availability, found = word(self._availability, now_s)
            if found is not None:
                self._hand_over(self._found(found.away_s, now_s))
        self._read(b"".join(chunk.data for chunk in chunks), now_s)
        self._availability, lost = silence(self._availability, now_s, self._wiring.deadline_s)
        if lost is not None:
            self._hand_over(self._lost(standing, lost.silent_s, now_s))

    def _read(self, data: bytes, now_s: float) -> None:
        if not data:
            return
        tags = decode_tags(self._rest + data, self._wiring.format)
        self._rest = (self._rest + data)[tags.used :]
        self._words += len(tags.tags)
        self._malformed += tags.malformed
        for one in tags.tags:
            self._seen, tag = read(self._seen, one, now_s, self._wiring.debouncing)
            if tag is not None:
                self._hand_over(PatrolBadge(device=self._wiring.id, mono_s=now_s, tag=tag))

    def _found(self, away_s: float | None, now_s: float) -> DeviceFound:
        return DeviceFound(
            device=self._wiring.id, mono_s=now_s, identity=self._wire.name, firmware="", away_s=away_s
        )

    def _lost(self, standing: Standing, silent_s: float | None, now_s: float) -> DeviceLost:
        fault = standing.fault or patrol_fault("silent", self._wire.name)
        return DeviceLost(
            device=self._wiring.id,
            mono_s=now_s,
            reason=fault.key,
            detail=str(fault.values.get("detail", "")),
            silent_s=silent_s,
        )

    def _hand_over(self, said: Said) -> None:
        if self._tell is not None and not self._stopped:
            self._tell(said)
