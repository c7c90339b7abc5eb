"""Simulated Wi-Fi probes and patrol readers of a site file: devices that speak without being asked."""

import random
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from drivers.sim.patrol_reader import SimulatedPatrolReader
from drivers.sim.probe_emitter import Device, ProbeEmitter, Shape, as_lines, as_post, crowd
from drivers.sim.probe_wires import End, HttpEnd, MqttEnd, UdpEnd
from drivers.sim.serial_end import SerialEnd
from edge.simulation.rig import free_port, loopback
from edge.simulation.verbs import Action, Verb
from edge.site.credentials import read_secret
from edge.site.wires import PatrolWire, ProbeHttpWire, ProbeMqttWire, ProbeSerialWire, ProbeUdpWire
from edge.site.wirings import ProbeWire

SPEAKS_EVERY_S = 1.0
_FIRST_CROWD = 8
_NEAR_SHARE = 0.4


class ProbeRig:
    """The probes of one wire, each with a crowd of made-up devices around it."""

    def __init__(self, name: str, wire: ProbeWire, environment: Mapping[str, str]) -> None:
        self._name = name
        self._wire = wire
        self._environment = environment
        self._emitters: dict[str, ProbeEmitter] = {}

    @property
    def where(self) -> str:
        """Where the probes send to."""
        match self._wire:
            case ProbeSerialWire(port=port):
                return port
            case ProbeMqttWire(host=host, port=number):
                return f"mqtt {host}:{number}"
            case ProbeUdpWire(listen_host=host, listen_port=number):
                return f"udp {host}:{number}"
            case ProbeHttpWire(listen_host=host, listen_port=number):
                return f"http {host}:{number}"

    @property
    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """What can happen to the probes; to the wire, what happens to all of them."""
        found = {name: _probe_actions(emitter) for name, emitter in self._emitters.items()}
        everything = {verb for actions in found.values() for verb in actions}
        found[self._name] = {verb: partial(self._every, verb) for verb in everything}
        return found

    def start(self) -> None:
        """Bring the probes up; they speak once a second."""
        for number, device in enumerate(self._wire.probes):
            luck = random.Random(number)  # noqa: S311 - a made-up crowd
            end, shape = self._end(device, number)
            emitter = ProbeEmitter(end, shape, _people(luck, _FIRST_CROWD), luck)
            emitter.start(SPEAKS_EVERY_S)
            self._emitters[device] = emitter

    def stop(self) -> None:
        """Take the probes away."""
        for emitter in self._emitters.values():
            emitter.stop()
        self._emitters.clear()

    def states(self) -> Mapping[str, str]:
        """Return how large each crowd is."""
        return {
            name: f"{len(emitter.devices)} devices{', stalled' if emitter.line.stalled else ''}"
            for name, emitter in self._emitters.items()
        }

    def _every(self, name: str, verb: Verb) -> None:
        for emitter in self._emitters.values():
            _probe_actions(emitter)[name](verb)

    def _end(self, device: str, number: int) -> tuple[End, Shape]:
        sender = self._wire.probes[device].sender
        match self._wire:
            case ProbeSerialWire(port=port, baud=baud):
                return SerialEnd(free_port(port), baud), as_lines
            case ProbeUdpWire(listen_host=host, listen_port=port_number):
                return UdpEnd(loopback(host), port_number, sender or "127.0.0.1"), as_lines
            case ProbeMqttWire(host=host, port=port_number, topics=topics):
                topic = sender if sender and "/" in sender else topics[0].replace("+", device)
                client = f"simulated-{device}-{number}"
                return MqttEnd(loopback(host), port_number, topic, client), _post(sender, topic)
            case ProbeHttpWire(listen_host=host, listen_port=port_number, token=token):
                secret = None if token is None else read_secret(token, Path("/"), self._environment)
                return HttpEnd(loopback(host), port_number, token=secret), as_post(sender or device)


def _post(sender: str | None, topic: str) -> Shape:
    """Return posts that name their probe, or leave it to the topic."""
    return as_post("" if sender == topic else sender or "")


def _people(luck: random.Random, count: int) -> tuple[Device, ...]:
    near = round(count * _NEAR_SHARE)
    return crowd(luck, near, count - near)


def _probe_actions(emitter: ProbeEmitter) -> dict[str, Action]:
    def gather(verb: Verb) -> None:
        count = int(verb.values["people"])
        emitter.devices = _people(random.Random(count), count)  # noqa: S311 - a made-up crowd

    return {
        "crowd": gather,
        "unplug": lambda _: emitter.unplug(),
        "plug": lambda _: emitter.plug(),
        "stall": lambda _: emitter.stall(),
        "resume": lambda _: emitter.resume(),
        "noise": lambda verb: emitter.noise(min(100, int(verb.values["share"])) / 100),
        "duplicate": lambda _: emitter.duplicate(),
        "reorder": lambda _: emitter.reorder(),
    }


class PatrolRig:
    """One RFID reader on a pty."""

    def __init__(self, name: str, wire: PatrolWire) -> None:
        self._name = name
        self._wire = wire
        self._reader: SimulatedPatrolReader | None = None

    @property
    def where(self) -> str:
        """The port."""
        return self._wire.port

    @property
    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """What can happen to the reader, which is the whole wire."""
        reader = self._reader
        if reader is None:
            return {}
        (device,) = self._wire.readers
        found: dict[str, Action] = {
            "tag": lambda verb: reader.badge(verb.values["tag"].upper(), self._wire.readers[device].reads),
            "unplug": lambda _: reader.unplug(),
            "plug": lambda _: reader.plug(),
            "stall": lambda _: reader.stall(),
            "resume": lambda _: reader.resume(),
            "noise": lambda verb: reader.noise(min(100, int(verb.values["share"])) / 100),
            "duplicate": lambda _: reader.duplicate(),
        }
        return {device: found, self._name: found}

    def start(self) -> None:
        """Bring the reader up."""
        (reader,) = self._wire.readers.values()
        end = SerialEnd(free_port(self._wire.port), self._wire.baud)
        self._reader = SimulatedPatrolReader(end, reader.format, random.Random(0))  # noqa: S311 - faults

    def stop(self) -> None:
        """Take the reader away."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()

    def states(self) -> Mapping[str, str]:
        """Return whether it reads."""
        (device,) = self._wire.readers
        reader = self._reader
        return {device: "stalled" if reader is not None and reader.line.stalled else "ready"}
