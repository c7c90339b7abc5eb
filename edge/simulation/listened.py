"""Simulated Wi-Fi probes and patrol readers of a site file: devices that speak without being asked."""

import random
import re
from collections.abc import Mapping
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

from drivers.listening.tls import client_context
from drivers.sim.patrol_reader import SimulatedPatrolReader
from drivers.sim.probe_emitter import Device, ProbeEmitter, Shape, as_lines, as_post, crowd
from drivers.sim.probe_wires import End, HttpEnd, MqttEnd, UdpEnd
from drivers.sim.serial_end import SerialEnd
from edge.refusal import Refused
from edge.simulation.ports import vacant
from edge.simulation.rig import Action, Actions, Do, Presence, Word, always, loopback, with_wire
from edge.simulation.verbs import Verb
from edge.site.credentials import read_secret
from edge.site.sections import Secret
from edge.site.wires import PatrolWire, ProbeHttpWire, ProbeMqttWire, ProbeSerialWire, ProbeUdpWire
from edge.site.wirings import ProbeWire

SPEAKS_EVERY_S = 1.0
FIRST_CROWD = 8


class ProbeRig:
    """The probes of one wire, each with a crowd of made-up devices near it, heard once a second."""

    def __init__(self, name: str, wire: ProbeWire, environment: Mapping[str, str]) -> None:
        self._name = name
        self._wire = wire
        self._environment = environment
        self._presence = {device: Presence() for device in wire.probes}
        self._addresses = {device: self._address(device) for device in wire.probes}
        self._emitters: dict[str, ProbeEmitter] = {}

    @property
    def ports(self) -> tuple[Path, ...]:
        """The port of a serial probe."""
        return (Path(self._wire.port),) if isinstance(self._wire, ProbeSerialWire) else ()

    @property
    def places(self) -> Mapping[str, str]:
        """Where each probe sends to."""
        return self._addresses

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to the probes; to the wire, what happens to all of them."""
        found = {device: self._probe((device,)) for device in self._wire.probes}
        return with_wire(self._name, self._probe(tuple(found)), found)

    def start(self) -> None:
        """Bring the probes up. Refused: a secret is missing."""
        for number, device in enumerate(self._wire.probes):
            luck = random.Random(number)  # noqa: S311 - a made-up crowd
            end, shape = self._end(device)
            emitter = ProbeEmitter(end, shape, _people(FIRST_CROWD), luck)
            self._emitters[device] = emitter
            emitter.start(SPEAKS_EVERY_S)

    def stop(self) -> None:
        """Take the probes away."""
        for emitter in self._emitters.values():
            emitter.stop()
        self._emitters.clear()

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return how large each crowd is, and which probe is silent."""
        return {
            device: (*self._presence[device].words(), Word("simulate.word_crowd", {"count": size}))
            for device, emitter in self._emitters.items()
            for size in (len(emitter.devices),)
        }

    def _probe(self, devices: tuple[str, ...]) -> Actions:
        def pull(*, unplugged: bool) -> None:
            for device in devices:
                self._pull(device, unplugged=unplugged)

        def stall(*, stalled: bool) -> None:
            for device in devices:
                self._presence[device].stalled = stalled
                self._emitters[device].line.stalled = stalled

        def fault(name: str, value: float) -> None:
            for device in devices:
                setattr(self._emitters[device].line, name, value)

        def gather(count: int) -> None:
            for device in devices:
                self._emitters[device].devices = _people(count)

        return {
            "crowd": lambda verb: partial(gather, int(verb.values["people"])),
            "unplug": always(partial(pull, unplugged=True)),
            "plug": always(partial(pull, unplugged=False)),
            "stall": always(partial(stall, stalled=True)),
            "resume": always(partial(stall, stalled=False)),
            "noise": lambda verb: partial(fault, "noise", verb.share),
            "duplicate": lambda verb: partial(fault, "duplicated", verb.on),
            "reorder": lambda verb: partial(fault, "reordered", verb.on),
        }

    def _pull(self, device: str, *, unplugged: bool) -> None:
        presence, emitter = self._presence[device], self._emitters[device]
        if presence.unplugged == unplugged:
            return
        if unplugged:
            emitter.unplug()
        else:
            for port in self.ports:
                vacant(port)
            emitter.plug()
        presence.unplugged = unplugged

    def _address(self, device: str) -> str:
        """Return where a probe sends to. Refused: that is not this machine."""
        match self._wire:
            case ProbeSerialWire(port=port):
                return port
            case ProbeMqttWire(host=host, port=number):
                return f"mqtt://{loopback(host)}:{number}/{self._topic(device)}"
            case ProbeUdpWire(listen_host=host, listen_port=number):
                self._source(device)
                return f"udp://{loopback(host)}:{number}"
            case ProbeHttpWire(listen_host=host, listen_port=number):
                return f"http://{loopback(host)}:{number}/"

    def _source(self, device: str) -> str:
        """Return the address that a probe is told by, "" where it is not told by one. Refused: not here."""
        sender = self._wire.probes[device].sender
        return loopback(sender) if sender is not None and _is_address(sender) else ""

    def _topic(self, device: str) -> str:
        """Return the topic that a probe is told by, or any that the box listens to."""
        topics = self._wire.topics if isinstance(self._wire, ProbeMqttWire) else ()
        sender = self._wire.probes[device].sender
        if sender is not None and any(_covers(topic, sender) for topic in topics):
            return sender
        return topics[0].replace("+", device).replace("#", device)

    def _end(self, device: str) -> tuple[End, Shape]:
        sender = self._wire.probes[device].sender
        match self._wire:
            case ProbeSerialWire(port=port, baud=baud):
                return SerialEnd(Path(port), baud), as_lines
            case ProbeUdpWire(listen_host=host, listen_port=number):
                return UdpEnd(loopback(host), number, self._source(device)), as_lines
            case ProbeMqttWire():
                topic = self._topic(device)
                return self._mqtt_end(self._wire, device, topic), _post("" if topic == sender else sender)
            case ProbeHttpWire(listen_host=host, listen_port=number, token=token):
                source = self._source(device)
                end = HttpEnd(loopback(host), number, token=self._secret(token), source=source)
                return end, _post("" if source else sender)

    def _mqtt_end(self, wire: ProbeMqttWire, device: str, topic: str) -> MqttEnd:
        account = None if wire.username is None else (wire.username, self._secret(wire.password))
        tls = client_context(None if wire.ca_file is None else str(wire.ca_file)) if wire.tls else None
        client = f"simulated-{device}"
        return MqttEnd(loopback(wire.host), wire.port, topic, client, account=account, tls=tls)

    def _secret(self, secret: Secret | None) -> str | None:
        return None if secret is None else read_secret(secret, Path("/"), self._environment)


class PatrolRig:
    """One RFID reader on a pty."""

    def __init__(self, name: str, wire: PatrolWire) -> None:
        self._name = name
        self._wire = wire
        ((self._device, self._wired),) = wire.readers.items()
        self._path = Path(wire.port)
        self._presence = Presence()
        self._reader: SimulatedPatrolReader | None = None

    @property
    def ports(self) -> tuple[Path, ...]:
        """The reader's port."""
        return (self._path,)

    @property
    def places(self) -> Mapping[str, str]:
        """The port."""
        return {self._device: self._wire.port}

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to the reader, which is the whole wire."""
        found: dict[str, Action] = {
            "tag": self._tag,
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
        end = SerialEnd(self._path, self._wire.baud)
        self._reader = SimulatedPatrolReader(end, self._wired.format, random.Random(0))  # noqa: S311 - faults

    def stop(self) -> None:
        """Take the reader away."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return whether it is silent."""
        return {self._device: self._presence.words()}

    def _running(self) -> SimulatedPatrolReader:
        if self._reader is None:
            raise RuntimeError("not started")
        return self._reader

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


def _post(sender: str | None) -> Shape:
    """Return posts that name their probe; `""` leaves it to where they come from."""
    return as_post(sender or "")


def _people(count: int) -> tuple[Device, ...]:
    return crowd(random.Random(count), near=count, far=0)  # noqa: S311 - a made-up crowd


def _is_address(sender: str) -> bool:
    try:
        IPv4Address(sender)
    except ValueError:
        return False
    return True


def _covers(topic: str, sender: str) -> bool:
    """Say whether a subscription with its wildcards takes a topic."""
    levels = [
        ".*" if level == "#" else "[^/]*" if level == "+" else re.escape(level) for level in topic.split("/")
    ]
    return re.fullmatch("/".join(levels).replace("/.*", "(?:/.*)?"), sender) is not None
