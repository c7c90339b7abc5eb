"""Simulated patrol readers and QR scanners of a site file, each alone on a pty."""

import random
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from drivers.sim.code_scanner import SimulatedCodeScanner
from drivers.sim.patrol_reader import SimulatedPatrolReader
from drivers.sim.port_reader import SimulatedPortReader
from drivers.sim.serial_end import SerialEnd
from edge.refusal import Refused
from edge.simulation.ports import vacant
from edge.simulation.rig import Action, Actions, Do, Presence, Word, always
from edge.simulation.verbs import Verb
from edge.site.wires import PatrolWire, QrWire

R = TypeVar("R", bound=SimulatedPortReader)


class PortRig(ABC, Generic[R]):
    """One reader on a pty."""

    def __init__(self, name: str, device: str, wire: PatrolWire | QrWire) -> None:
        self._name = name
        self._device = device
        self._port = wire.port
        self._baud = wire.baud
        self._path = Path(wire.port)
        self._presence = Presence()
        self._reader: R | None = None

    @property
    def ports(self) -> tuple[Path, ...]:
        """The reader's port."""
        return (self._path,)

    @property
    def places(self) -> Mapping[str, str]:
        """The port."""
        return {self._device: self._port}

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to the reader, which is the whole wire."""
        found: dict[str, Action] = {
            **self._own(),
            "unplug": always(partial(self._pull, unplugged=True)),
            "plug": always(partial(self._pull, unplugged=False)),
            "stall": always(partial(self._stall, stalled=True)),
            "resume": always(partial(self._stall, stalled=False)),
            "noise": lambda verb: partial(self._fault, "noise", verb.share),
            "duplicate": lambda verb: partial(self._fault, "duplicated", verb.on),
        }
        return {self._name: found, self._device: found}

    def start(self) -> None:
        """Bring the reader up."""
        self._reader = self._made(SerialEnd(self._path, self._baud), random.Random(0))  # noqa: S311 - faults

    def stop(self) -> None:
        """Take the reader away."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return whether it is silent."""
        return {self._device: self._presence.words()}

    @abstractmethod
    def _made(self, end: SerialEnd, luck: random.Random) -> R:
        """Return the reader at the end of the cable."""

    @abstractmethod
    def _own(self) -> Actions:
        """Return what can happen to such a reader and to no other."""

    def _running(self) -> R:
        if self._reader is None:
            raise RuntimeError("not started")
        return self._reader

    def _pull(self, *, unplugged: bool) -> None:
        if self._presence.unplugged == unplugged:
            return
        if unplugged:
            self._running().unplug()
        else:
            vacant(self._path)
            self._running().plug()
        self._presence.unplugged = unplugged

    def _stall(self, *, stalled: bool) -> None:
        self._presence.stalled = stalled
        self._running().line.stalled = stalled

    def _fault(self, name: str, value: float) -> None:
        setattr(self._running().line, name, value)


class PatrolRig(PortRig[SimulatedPatrolReader]):
    """One RFID reader."""

    def __init__(self, name: str, wire: PatrolWire) -> None:
        ((device, self._wired),) = wire.readers.items()
        super().__init__(name, device, wire)

    def _made(self, end: SerialEnd, luck: random.Random) -> SimulatedPatrolReader:
        return SimulatedPatrolReader(end, self._wired.format, luck)

    def _own(self) -> Actions:
        return {"tag": self._tag}

    def _tag(self, verb: Verb) -> Do:
        tag = verb.values["tag"].upper()
        kind = r"[0-9A-F]{10}" if self._wired.format == "id12" else r"[0-9A-F]{4,16}|\d{1,5},\d{1,8}"
        if not re.fullmatch(kind, tag):
            raise Refused(
                "simulate.no_tag",
                "{device} reads no tag {tag}: an id12 tag is ten hexadecimal digits, a line 4 to 16 of them",
                device=self._device,
                tag=tag,
            )
        return lambda: self._running().badge(tag, self._wired.reads)


class ScannerRig(PortRig[SimulatedCodeScanner]):
    """One QR scanner."""

    def __init__(self, name: str, wire: QrWire) -> None:
        (device,) = wire.scanners
        super().__init__(name, device, wire)

    def _made(self, end: SerialEnd, luck: random.Random) -> SimulatedCodeScanner:
        return SimulatedCodeScanner(end, luck)

    def _own(self) -> Actions:
        return {"scan": lambda verb: lambda: self._running().scan(verb.values["text"])}
