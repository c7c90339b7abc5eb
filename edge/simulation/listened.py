"""Simulated Wi-Fi probes of a site file."""

import random
import re
from collections.abc import Mapping
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

from drivers.listening.tls import client_context
from drivers.sim.probe_emitter import Device, ProbeEmitter, Shape, as_lines, as_post, crowd
from drivers.sim.probe_wires import End, HttpEnd, MqttEnd, UdpEnd
from drivers.sim.serial_end import SerialEnd
from edge.simulation.ports import vacant
from edge.simulation.rig import Actions, Presence, Word, always, loopback, with_wire
from edge.site.credentials import read_secret
from edge.site.sections import Secret
from edge.site.wires import ProbeHttpWire, ProbeMqttWire, ProbeSerialWire, ProbeUdpWire
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
