"""How UHPPOTE controllers are wired."""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from drivers.doors.faults import fault


@dataclass(frozen=True, slots=True)
class UhppoteDoorWiring:
    """One door of a controller: its id in the site file and its number there, 1 to 4."""

    id: str
    number: int


@dataclass(frozen=True, slots=True)
class UhppoteWiring:
    """One controller: its serial number, its IPv4 address and its doors.

    Its state is read every `poll_s`; without an answer for `lost_after_s` it and its doors count as lost.
    """

    id: str
    serial: int
    host: str
    doors: tuple[UhppoteDoorWiring, ...]
    port: int = 60000
    poll_s: float = 0.5
    lost_after_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what no controller can be. Raises Misconfigured."""
        numbers = [door.number for door in self.doors]
        if not all(1 <= number <= 4 for number in numbers) or len(set(numbers)) < len(numbers):
            raise fault("door.bad_wiring", self.id, f"its doors are numbered {numbers}")
        if not 0 < self.serial < 1 << 32:
            raise fault("door.bad_wiring", self.id, f"serial number {self.serial}")
        try:
            IPv4Address(self.host)
        except AddressValueError:
            broken = True
        else:
            broken = False
        if broken:
            raise fault("door.bad_wiring", self.id, f"{self.host} is no IPv4 address")


@dataclass(frozen=True, slots=True)
class UhppoteNetworkWiring:
    """Controllers of one network, and where on this box they send their events."""

    controllers: tuple[UhppoteWiring, ...]
    listen_host: str
    listen_port: int = 60001

    def __post_init__(self) -> None:
        """Refuse one id or serial number for two things. Raises Misconfigured."""
        ids = [c.id for c in self.controllers] + [d.id for c in self.controllers for d in c.doors]
        serials = [c.serial for c in self.controllers]
        for name in ids:
            if ids.count(name) > 1:
                raise fault("door.bad_wiring", name, "two devices have this id")
        for controller in self.controllers:
            if serials.count(controller.serial) > 1:
                raise fault("door.bad_wiring", controller.id, "two controllers have this serial number")
