"""What every simulated wire is: it is brought up, things happen to its devices, it is taken down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from edge.refusal import Refused
from edge.simulation.verbs import Action, Verb


class Rig(Protocol):
    """The other end of one wire. `actions` are what can happen to each of its devices, by verb.

    The wire's own id is among the devices: what happens to it happens to the whole wire.
    """

    @property
    def where(self) -> str:
        """Where the box finds it: a port, an address, a topic."""
        ...

    @property
    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """What can happen, by device and verb."""
        ...

    def start(self) -> None:
        """Bring it up. Refused: a port is somebody else's."""
        ...

    def stop(self) -> None:
        """Take it down; nothing is left."""
        ...

    def states(self) -> Mapping[str, str]:
        """Return what each device is like now, in a word or two."""
        ...


def happen(rig: Rig, device: str, verb: Verb) -> None:
    """Let a verb happen to a device of a rig. Refused: this device cannot do that."""
    action = rig.actions[device].get(verb.name)
    if action is None:
        able = ", ".join(sorted(rig.actions[device]))
        raise Refused(
            "simulate.cannot",
            "{device} cannot do this; it can: {able}",
            device=device,
            able=able,
        )
    try:
        action(verb)
    except (KeyError, StopIteration, ValueError) as error:
        raise Refused(
            "simulate.not_there", "{device} has no such part: {part}", device=device, part=error.args[:1]
        ) from error


def free_port(path: str) -> Path:
    """Return the path where a simulated port may be put. Refused: a real device is there.

    Links of earlier simulations, which lead to a pseudo-terminal or nowhere, make room.
    """
    place = Path(path)
    if place.is_symlink() and (not place.exists() or str(place.resolve()).startswith("/dev/pts/")):
        place.unlink()
    if place.exists() or place.is_symlink() or place.parent == Path("/dev"):
        raise Refused(
            "simulate.port_taken",
            "{port} is a real device, or none of ours: give the site file another port",
            port=path,
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def loopback(host: str) -> str:
    """Return the host. Refused: it is not this machine alone."""
    if host not in ("127.0.0.1", "localhost", "::1"):
        raise Refused(
            "simulate.not_loopback",
            "{host} is not this machine: simulated devices listen on 127.0.0.1 only; change the site file",
            host=host,
        )
    return host
