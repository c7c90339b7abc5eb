"""What the bus asks of its stations: what to read, what answers mean, what an order is on the wire."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from drivers.modbus.commands import Command
from drivers.modbus.frames import Read, Request
from drivers.said import Said

Answers = Sequence[tuple[Read, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What one poll brought.

    `unsettled` asks for a second look at once; `reflexes` are sent before anything else.
    """

    said: tuple[Said, ...] = ()
    unsettled: bool = False
    reflexes: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What an order is on the wire, or the catalogue key of why it must not be sent."""

    requests: tuple[Request, ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """Where a station keeps its firmware's version: the register's value times `scale`."""

    read: Read
    scale: float


class Station(Protocol):
    """One address on the bus, and the devices behind it. Called by the bus' thread only, but for `check`."""

    @property
    def id(self) -> str:
        """Its own id."""
        ...

    @property
    def unit(self) -> int:
        """Its address on the bus."""
        ...

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of everything behind it, its own first."""
        ...

    @property
    def lost_after_s(self) -> float:
        """After how long a silence its devices are lost."""
        ...

    @property
    def maker_and_model(self) -> tuple[str, str]:
        """What it is."""
        ...

    @property
    def reads(self) -> tuple[Read, ...]:
        """What one poll asks for; at least one read."""
        ...

    @property
    def version(self) -> Version | None:
        """Where its version is, if anywhere."""
        ...

    def look(self, answers: Answers, now_s: float) -> Looked:
        """Take the answers of one poll."""
        ...

    def doubt(self) -> None:
        """Take note that it was asked in vain: a change that was read just before needs one more look."""
        ...

    def reflexes_sent(self) -> None:
        """Take note that the last look's reflexes were confirmed; without it they are asked for again."""
        ...

    def forget(self) -> None:
        """Believe nothing any more: everything read next is told with `first`."""
        ...

    def check(self, command: Command) -> None:
        """Raise Misconfigured for an order that can never be carried out. Callable from any thread."""
        ...

    def wants_look(self, command: Command) -> bool:
        """Say whether the inputs must be read again before this order is planned."""
        ...

    def plan(self, command: Command, now_s: float) -> Planned:
        """Return what to send for an order."""
        ...
