"""How a relay board is wired: its outputs and contacts by name, and what hangs on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from drivers.barriers.arm import BarrierWiring
from drivers.base import Misconfigured
from drivers.modbus.wiring import refuse_unit
from drivers.sounders.limits import SounderWiring


@dataclass(frozen=True, slots=True)
class Output:
    """One relay, its channel counted from 0. Only a `lasting` one may be switched on until further notice."""

    channel: int
    longest_ms: int = 60_000
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """One input: a coil (1) or a discrete input (2). `normally_closed` inputs read 0 when it happens."""

    address: int
    function: Literal[1, 2] = 2
    normally_closed: bool = False


@dataclass(frozen=True, slots=True)
class LockWiring:
    """A door's lock on an output, and its door contact, if any: closed while the door is closed."""

    id: str
    output: str
    door_contact: str | None = None


@dataclass(frozen=True, slots=True)
class RelayWiring:
    """One relay board and the locks, barriers and sounders on it.

    Without contacts the coils are read, only to hear that the board is there. An output that belongs to a
    lock, a barrier or a sounder obeys only that. Raises Misconfigured for names that are not there or are
    taken twice.
    """

    id: str
    unit: int
    outputs: Mapping[str, Output]
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    locks: tuple[LockWiring, ...] = ()
    barriers: tuple[BarrierWiring, ...] = ()
    sounders: tuple[SounderWiring, ...] = ()
    maker: str = "Waveshare"
    model: str = "Modbus RTU Relay"
    lost_after_s: float = 3.0
    debounce_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse names that do not exist or that two devices share."""
        refuse_unit(self.id, self.unit)
        self._refuse_unknown()
        self._refuse_shared()

    @property
    def taken(self) -> Mapping[str, str]:
        """The outputs that belong to a device, with its id."""
        pairs = [(lock.output, lock.id) for lock in self.locks]
        for barrier in self.barriers:
            pairs += [(barrier.raise_output, barrier.id), (barrier.lower_output, barrier.id)]
        pairs += [(output, sounder.id) for sounder in self.sounders for output in sounder.outputs]
        return dict(pairs)

    def _refuse_unknown(self) -> None:
        outputs = list(self.taken.items())
        contacts = [(lock.door_contact, lock.id) for lock in self.locks if lock.door_contact]
        contacts += [(guard, barrier.id) for barrier in self.barriers for guard in barrier.guards]
        absent = [pair for pair in outputs if pair[0] not in self.outputs]
        absent += [pair for pair in contacts if pair[0] not in self.contacts]
        for name, device in absent:
            raise Misconfigured(
                "relay.no_such_terminal",
                "{device}: the board {board} has no output or contact {name}: correct the name",
                device=device,
                board=self.id,
                name=name,
            )

    def _refuse_shared(self) -> None:
        named = [lock.output for lock in self.locks]
        named += [o for b in self.barriers for o in (b.raise_output, b.lower_output)]
        named += [output for sounder in self.sounders for output in sounder.outputs]
        channels = [output.channel for output in self.outputs.values()]
        if _twice(named) or _twice(channels):
            raise Misconfigured(
                "relay.shared_terminal",
                "{board}: one output serves two purposes: give each its own channel",
                board=self.id,
            )
        # Two arms over one lane may share their guards; a door shares its contact with nothing.
        contacts = [lock.door_contact for lock in self.locks if lock.door_contact]
        contacts += {guard for barrier in self.barriers for guard in barrier.guards}
        inputs = [(contact.function, contact.address) for contact in self.contacts.values()]
        if _twice(contacts) or _twice(inputs):
            raise Misconfigured(
                "relay.shared_contact",
                "{board}: one input serves two purposes: give each its own input",
                board=self.id,
            )


def _twice(things: Sequence[object]) -> bool:
    return len(set(things)) < len(things)
