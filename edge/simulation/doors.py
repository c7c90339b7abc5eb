"""Simulated OSDP readers and UHPPOTE controllers of a site file."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from drivers.doors.osdp_keys import new_key, read_key, write_key
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.doors.wiegand import Card, encode
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader, Plate
from drivers.sim.uhppote_controller import UhppoteController
from edge.simulation.rig import free_port, loopback
from edge.simulation.verbs import Action, Verb
from edge.site import wirings
from edge.site.wires import OsdpWire, UhppoteWire

FACILITY = 17
_PRESSED_S = 0.4


class OsdpRig:
    """A bus of readers on a pty; a reader without a key file is given one, as `menwei osdp keyset` does."""

    def __init__(self, name: str, wire: OsdpWire) -> None:
        self._name = name
        self._wiring = wirings.osdp(wire)
        self._readers: dict[str, OsdpReader] = {}
        self._line: OsdpLine | None = None

    @property
    def where(self) -> str:
        """The port."""
        return self._wiring.port

    @property
    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """What can happen to the readers and to the bus."""
        line = self._line
        if line is None:
            return {}
        found = {
            wiring.id: _reader_actions(self._readers[wiring.id], wiring) for wiring in self._wiring.readers
        }
        found[self._name] = {
            "unplug": lambda _: line.unplug(),
            "plug": lambda _: line.plug(),
            "noise": lambda verb: line.noise(_share(verb)),
        }
        return found

    def start(self) -> None:
        """Make keys where there are none, and bring up the line."""
        path = free_port(self._wiring.port)
        for number, wiring in enumerate(self._wiring.readers, start=1):
            if not wiring.key_file.exists():
                wiring.key_file.parent.mkdir(parents=True, exist_ok=True)
                write_key(wiring.id, wiring.key_file, new_key())
            key = read_key(wiring.id, wiring.key_file)
            self._readers[wiring.id] = OsdpReader(
                wiring.address, key, time.monotonic, plate=Plate(serial=1000 + number)
            )
        self._line = OsdpLine(path, list(self._readers.values()), mono=time.monotonic, baud=self._wiring.baud)
        self._line.start()

    def stop(self) -> None:
        """Take the line away."""
        line, self._line = self._line, None
        if line is not None:
            line.stop()

    def states(self) -> Mapping[str, str]:
        """Return whether each reader is secured, and its door."""
        return {name: _reader_state(reader) for name, reader in self._readers.items()}


def _reader_actions(reader: OsdpReader, wiring: OsdpReaderWiring) -> dict[str, Action]:
    def moved(_: Verb, *, is_open: bool) -> None:
        reader.contact(is_open=is_open == wiring.contact_open_when_active)

    def exit_pressed(_: Verb) -> None:
        reader.exit_button(pressed=True)
        time.sleep(_PRESSED_S)
        reader.exit_button(pressed=False)

    def swap(_: Verb) -> None:
        reader.plate = replace(reader.plate, serial=reader.plate.serial + 5000)
        reader.restart()

    found: dict[str, Action] = {
        "card": lambda verb: reader.card(26, encode(26, Card(FACILITY, int(verb.values["number"]) % 65536))),
        "keys": lambda verb: reader.keys(verb.values["keys"]),
        "tamper": lambda _: reader.tamper(tampered=True),
        "mend": lambda _: reader.tamper(tampered=False),
        "battery": lambda _: reader.power(failed=True),
        "mains": lambda _: reader.power(failed=False),
        "unplug": lambda _: reader.unplug(),
        "plug": lambda _: reader.plug(),
        "stall": lambda _: reader.stall(),
        "resume": lambda _: reader.resume(),
        "restart": lambda _: reader.restart(),
        "wrong-key": lambda _: reader.rekey(secrets.token_bytes(16)),
        "right-key": lambda _: reader.rekey(read_key(wiring.id, wiring.key_file)),
        "swap": swap,
    }
    if wiring.contact_input is not None:
        found |= {"open": partial(moved, is_open=True), "close": partial(moved, is_open=False)}
    if wiring.exit_input is not None:
        found["exit"] = exit_pressed
    return found


def _reader_state(reader: OsdpReader) -> str:
    words = ["secure" if reader.secure else "not secure"]
    words += ["door open"] if reader.inside.contact_open else []
    words += ["unlocked"] if reader.unlocked() else []
    words += ["tampered"] if reader.inside.tampered else []
    words += ["on battery"] if reader.inside.power_failed else []
    words += ["silent"] if reader.dead else []
    return ", ".join(words)


class UhppoteRig:
    """Controllers on this machine's loopback."""

    def __init__(self, name: str, wire: UhppoteWire) -> None:
        self._name = name
        self._wiring = wirings.uhppote(wire)
        self._controllers: dict[str, UhppoteController] = {}

    @property
    def where(self) -> str:
        """The controllers' addresses."""
        return ", ".join(f"{c.host}:{c.port}" for c in self._wiring.controllers)

    @property
    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """What can happen to the controllers and to their doors."""
        found: dict[str, Mapping[str, Action]] = {}
        for wiring in self._wiring.controllers:
            controller = self._controllers.get(wiring.id)
            if controller is None:
                continue
            found[wiring.id] = _controller_actions(controller, wiring.serial)
            for door in wiring.doors:
                found[door.id] = _door_actions(controller, door.number)
        found[self._name] = {
            verb: partial(self._every, verb) for verb in ("unplug", "plug", "duplicate", "reorder")
        }
        return found

    def _every(self, name: str, verb: Verb) -> None:
        for wiring in self._wiring.controllers:
            self.actions[wiring.id][name](verb)

    def start(self) -> None:
        """Bring the controllers up."""
        for wiring in self._wiring.controllers:
            controller = UhppoteController(
                wiring.serial,
                mono=time.monotonic,
                wall=time.time,
                host=loopback(wiring.host),
                port=wiring.port,
            )
            controller.start()
            self._controllers[wiring.id] = controller

    def stop(self) -> None:
        """Take the controllers away."""
        for controller in self._controllers.values():
            controller.stop()
        self._controllers.clear()

    def states(self) -> Mapping[str, str]:
        """Return how the doors are."""
        return {
            door.id: ("open" if controller.doors[door.number - 1].is_open else "closed")
            + (", unlocked" if controller.unlocked(door.number) else "")
            for wiring in self._wiring.controllers
            if (controller := self._controllers.get(wiring.id)) is not None
            for door in wiring.doors
        }


def _controller_actions(controller: UhppoteController, serial: int) -> dict[str, Action]:
    def swap(_: Verb) -> None:
        controller.serial = serial + 1 if controller.serial == serial else serial

    return {
        "unplug": lambda _: controller.unplug(),
        "plug": lambda _: controller.plug(),
        "stall": lambda _: controller.unplug(),
        "resume": lambda _: controller.plug(),
        "restart": lambda _: controller.restart(),
        "duplicate": lambda _: controller.duplicate(2),
        "reorder": lambda _: controller.reorder(),
        "noise": lambda verb: controller.lose(_share(verb)),
        "swap": swap,
    }


def _door_actions(controller: UhppoteController, number: int) -> dict[str, Action]:
    def card(verb: Verb) -> None:
        controller.swipe(int(verb.values["number"]), number)

    return {
        "card": card,
        "exit": lambda _: controller.push_button(number),
        "open": lambda _: controller.contact(number, is_open=True),
        "close": lambda _: controller.contact(number, is_open=False),
    }


def _share(verb: Verb) -> float:
    return min(100, int(verb.values["share"])) / 100
