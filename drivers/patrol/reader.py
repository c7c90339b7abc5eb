"""The driver of one serial patrol reader."""

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.base import Identity, Misconfigured, WrongState
from drivers.cameras.reconnecting import Patience
from drivers.listening.faults import patrol_fault
from drivers.listening.port_reader import PortReader, Understood
from drivers.listening.wire import Wire
from drivers.patrol.debouncing import Debouncing, Seen, read
from drivers.patrol.frames import Format, decode_tags
from drivers.said import PatrolBadge


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


class PatrolReader(PortReader):
    """Fulfils `drivers.base.Driver`. Tells PatrolBadge, and DeviceLost and DeviceFound once each."""

    def __init__(
        self,
        wiring: PatrolReaderWiring,
        wire: Wire,
        mono: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        super().__init__(wiring.id, wiring.deadline_s, wire, mono, fault=patrol_fault, patience=patience)
        self._wiring = wiring
        self._rest = b""
        self._seen: tuple[Seen, ...] = ()

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
        return self._open_once(self._wiring.format)

    def _understand(self, data: bytes, now_s: float) -> Understood:
        tags = decode_tags(self._rest + data, self._wiring.format)
        self._rest = (self._rest + data)[tags.used :]
        told: list[PatrolBadge] = []
        for one in tags.tags:
            self._seen, tag = read(self._seen, one, now_s, self._wiring.debouncing)
            if tag is not None:
                told.append(PatrolBadge(device=self._wiring.id, mono_s=now_s, tag=tag))
        return Understood(len(tags.tags), tags.malformed, tuple(told))

    def _forget(self) -> None:
        self._rest = b""
