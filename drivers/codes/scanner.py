"""The driver of one serial QR scanner."""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import Identity, Misconfigured, WrongState
from drivers.cameras.reconnecting import Patience
from drivers.codes.lines import decode_codes
from drivers.listening.faults import scanner_fault
from drivers.listening.port_reader import PortReader, Understood
from drivers.listening.wire import Wire
from drivers.patrol.debouncing import Debouncing, Seen, read
from drivers.said import CodeScanned

MODEL = "qr-serial"
# Scanners repeat a code for as long as it is held before them.
HELD = Debouncing(away_s=2.0)


@dataclass(frozen=True, slots=True)
class CodeScannerWiring:
    """One scanner. It is silent while nobody scans: it counts as lost `deadline_s` after its port went."""

    id: str
    deadline_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.deadline_s < 1:
            raise Misconfigured(
                "code_scanner.impossible",
                "scanner {device}: give it a deadline of at least 1 s",
                device=self.id,
            )


class CodeScanner(PortReader):
    """Fulfils `drivers.base.Driver`. Tells CodeScanned, and DeviceLost and DeviceFound once each.

    A code counts again only after it was away for two seconds.
    """

    def __init__(
        self,
        wiring: CodeScannerWiring,
        wire: Wire,
        mono: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        super().__init__(wiring.id, wiring.deadline_s, wire, mono, fault=scanner_fault, patience=patience)
        self._rest = b""
        self._skipping = False
        self._seen: tuple[Seen, ...] = ()

    def probe(self, device: str) -> Identity:
        """Open the port once, before `start`; a scanner cannot be asked for more.

        Raises what opening raises.
        """
        if self._thread.started:
            raise WrongState(
                "code_scanner.busy", "scanner {device} is read already: ask for its health", device=device
            )
        return self._open_once(MODEL)

    def _understand(self, data: bytes, now_s: float) -> Understood:
        codes = decode_codes(self._rest + data, skipping=self._skipping)
        self._rest = (self._rest + data)[codes.used :]
        self._skipping = codes.skipping
        told: list[CodeScanned] = []
        for one in codes.texts:
            self._seen, text = read(self._seen, one, now_s, HELD)
            if text is not None:
                told.append(CodeScanned(device=self._device, mono_s=now_s, text=text))
        return Understood(len(codes.texts), codes.malformed, tuple(told))

    def _forget(self) -> None:
        self._rest, self._skipping = b"", False
