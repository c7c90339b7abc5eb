"""What every simulated wire is: it is brought up, things happen to its devices, it is taken down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Protocol

from edge.refusal import Refused
from edge.simulation.verbs import Verb, written

Do = Callable[[], None]
Action = Callable[[Verb], Do]
"""Judges a verb and returns what lets it happen. Refused: the device has no such part, or cannot do that."""
Actions = Mapping[str, Action]

_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that a simulated device is now, as a sentence of the catalogue."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


class Rig(Protocol):
    """The other end of one wire. Nothing is opened before `start`, nor left after `stop`."""

    @property
    def ports(self) -> tuple[Path, ...]:
        """The paths where it puts pseudo-terminals."""
        ...

    @property
    def places(self) -> Mapping[str, str]:
        """Where the box finds each device: a port, an address, a topic."""
        ...

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to each device, by verb; known before `start`.

        The wire's own id is among the devices: what happens to it happens to the whole wire.
        """
        ...

    def start(self) -> None:
        """Bring it up. Refused, DeviceError, OSError: it cannot be."""
        ...

    def stop(self) -> None:
        """Take it down; may be called again, and before `start`."""
        ...

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return what each device is now, beyond what it always is."""
        ...


@dataclass(slots=True)
class Presence:
    """Why a device may be silent: its cable is pulled, it hangs, or both."""

    unplugged: bool = False
    stalled: bool = False

    @property
    def silent(self) -> bool:
        """Whether nothing is heard of it."""
        return self.unplugged or self.stalled

    def words(self) -> tuple[Word, ...]:
        """Return what to tell of it."""
        pulled = (Word("simulate.word_unplugged"),) if self.unplugged else ()
        return (*pulled, Word("simulate.word_stalled")) if self.stalled else pulled


def always(do: Do) -> Action:
    """Return the action of a verb that needs no judging."""
    return lambda _: do


def with_wire(name: str, wire: Actions, devices: Mapping[str, Actions]) -> Mapping[str, Actions]:
    """Return what can happen to devices and to their wire, which may bear the name of one of them."""
    return {name: wire, **devices, **({name: {**wire, **devices[name]}} if name in devices else {})}


def loopback(host: str) -> str:
    """Return the address to use for a host of the site file. Refused: it is not this machine alone."""
    if host in ("localhost", "0.0.0.0"):  # noqa: S104 - where the box listens on every address
        return _HERE
    try:
        known = IPv4Address(host).is_loopback
    except ValueError:
        known = False
    if not known:
        raise Refused(
            "simulate.not_loopback",
            "{host} is not this machine: simulated devices are found at 127.0.0.1 only; change the site file",
            host=host,
        )
    return host


def no_such_part(device: str, part: str, parts: tuple[str, ...]) -> Refused:
    """Return what to say of a zone or contact that is not there."""
    return Refused(
        "simulate.no_part",
        "{device} has no {part}: it has {parts}",
        device=device,
        part=part,
        parts=", ".join(parts) or "-",
    )


def unable(device: str, verb: Verb) -> Refused:
    """Return what to say of a part that a device's own register map leaves out."""
    return Refused(
        "simulate.unable",
        "{device} has no way to tell this ({verb}): its profile maps nothing for it",
        device=device,
        verb=written(verb),
    )
