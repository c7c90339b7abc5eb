"""How the readers of one RS-485 bus are wired."""

from dataclasses import dataclass
from pathlib import Path

from drivers.doors.faults import fault

BAUD_RATES = (9600, 19200, 38400, 57600, 115200, 230400)


@dataclass(frozen=True, slots=True)
class OsdpReaderWiring:
    """One reader or door controller.

    `contact_input` and `exit_input` are its input numbers, None where nothing is wired; an input counts as
    open or pressed when it is active, or when it is not (`contact_open_when_active`). `lock_output` is the
    output that releases the lock. Without a word for `lost_after_s` it counts as lost.
    """

    id: str
    address: int
    key_file: Path
    contact_input: int | None = 0
    contact_open_when_active: bool = True
    exit_input: int | None = 1
    lock_output: int = 0
    lost_after_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what no bus can carry. Raises Misconfigured."""
        if not 0 <= self.address <= 126:
            raise fault("door.bad_wiring", self.id, f"address {self.address} is not within 0 to 126")
        if self.contact_input is not None and self.contact_input == self.exit_input:
            raise fault("door.bad_wiring", self.id, "contact and exit button share one input")


@dataclass(frozen=True, slots=True)
class OsdpBusWiring:
    """One serial port and the readers on it."""

    port: str
    readers: tuple[OsdpReaderWiring, ...]
    baud: int = 9600

    def __post_init__(self) -> None:
        """Refuse two readers under one id or address. Raises Misconfigured."""
        if not self.readers:
            raise fault("door.bad_wiring", self.port, "there is no reader on it")
        if self.baud not in BAUD_RATES:
            raise fault("door.bad_wiring", self.port, f"{self.baud} is no baud rate of OSDP")
        for number, reader in enumerate(self.readers):
            for other in self.readers[:number]:
                if reader.id == other.id or reader.address == other.address:
                    raise fault("door.bad_wiring", reader.id, f"{other.id} has the same id or address")
