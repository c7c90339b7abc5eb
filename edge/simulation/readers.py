"""Simulated OSDP readers of a site file, on one bus."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from drivers.doors.osdp_keys import new_key, read_key, write_key
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.doors.wiegand import Card, encode
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader, Plate, Terminals
from edge.refusal import Refused
from edge.simulation.ports import vacant
from edge.simulation.rig import Action, Actions, Do, Presence, Word, always, with_wire
from edge.simulation.verbs import Verb
from edge.site import wirings
from edge.site.wires import OsdpWire

FACILITY = 17
"""The facility code of cards that are named by their number alone."""
_CARD_BITS = 26
_OTHER_SERIAL = 5000


class OsdpRig:
    """A bus of readers on a pty; a reader without a key file is given one, as `menwei osdp keyset` does."""

    def __init__(self, name: str, wire: OsdpWire, mono: Callable[[], float]) -> None:
        self._name = name
        self._wiring = wirings.osdp(wire)
        self._path = Path(wire.port)
        self._doors = {device: reader.door is not None for device, reader in wire.readers.items()}
        self._readers = {
            wired.id: OsdpReader(
                wired.address, None, mono, plate=Plate(serial=1000 + number), terminals=_terminals(wired)
            )
            for number, wired in enumerate(self._wiring.readers, start=1)
        }
        self._keyed = dict.fromkeys(self._readers, True)
        self._presence = {device: Presence() for device in self._readers}
        self._unplugged = False
        self._line = OsdpLine(self._path, list(self._readers.values()), mono=mono, baud=wire.baud)

    @property
    def ports(self) -> tuple[Path, ...]:
        """The bus's port."""
        return (self._path,)

    @property
    def places(self) -> Mapping[str, str]:
        """The port, for every reader."""
        return dict.fromkeys(self._readers, str(self._path))

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to the readers and to the bus."""
        return with_wire(self._name, self._bus(), {w.id: self._reader(w) for w in self._wiring.readers})

    def start(self) -> None:
        """Make keys where there are none, and bring up the line. DeviceError: a key cannot be used."""
        for wired in self._wiring.readers:
            if not wired.key_file.exists():
                wired.key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_key(wired.id, wired.key_file, new_key())
            self._readers[wired.id].key = read_key(wired.id, wired.key_file)
        self._line.start()

    def stop(self) -> None:
        """Take the line away."""
        self._line.stop()

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return how each reader, its door and its session are."""
        line = (Word("simulate.word_wire_unplugged"),) if self._unplugged else ()
        return {
            device: (*line, *self._presence[device].words(), *self._words(device, reader))
            for device, reader in self._readers.items()
        }

    def _words(self, device: str, reader: OsdpReader) -> tuple[Word, ...]:
        inside = reader.inside
        position = "open" if inside.contact_open else "closed"
        told = {
            "secure": reader.secure,
            "not_secure": not reader.secure,
            "wrong_key": not self._keyed[device],
            f"door_{position}": self._doors[device],
            "unlocked": reader.unlocked(),
            "tampered": inside.tampered,
            "battery": inside.power_failed,
        }
        words = tuple(Word(f"simulate.word_{word}") for word, so in told.items() if so)
        shown = reader.shown()
        return (*words, Word("simulate.word_shows", {"text": shown})) if shown else words

    def _bus(self) -> Actions:
        line = self._line
        return {
            "unplug": always(partial(self._pull, unplugged=True)),
            "plug": always(partial(self._pull, unplugged=False)),
            "stall": always(partial(line.stall, stalled=True)),
            "resume": always(partial(line.stall, stalled=False)),
            "noise": lambda verb: partial(line.noise, verb.share),
            "duplicate": lambda verb: partial(line.duplicate, on=verb.on),
            "reorder": lambda verb: partial(line.reorder, on=verb.on),
            "slow": lambda verb: partial(self._slow, tuple(self._readers), verb.seconds),
        }

    def _pull(self, *, unplugged: bool) -> None:
        if self._unplugged == unplugged:
            return
        if unplugged:
            self._line.unplug()
        else:
            vacant(self._path)
            self._line.plug()
        self._unplugged = unplugged

    def _slow(self, devices: tuple[str, ...], seconds: float) -> None:
        for device in devices:
            self._readers[device].slow_s = seconds

    def _reader(self, wired: OsdpReaderWiring) -> Actions:
        device, reader = wired.id, self._readers[wired.id]
        found: dict[str, Action] = {
            "card": lambda verb: partial(reader.card, _CARD_BITS, _card(verb)),
            "keys": lambda verb: partial(reader.keys, verb.values["keys"]),
            "tamper": always(partial(reader.tamper, tampered=True)),
            "mend": always(partial(reader.tamper, tampered=False)),
            "power": lambda verb: partial(reader.power, failed=verb.values["power"] == "battery"),
            "slow": lambda verb: partial(self._slow, (device,), verb.seconds),
            "restart": always(reader.restart),
            "wrong-key": always(partial(self._rekey, wired, right=False)),
            "right-key": always(partial(self._rekey, wired, right=True)),
            "swap": always(partial(self._swap, reader)),
            **self._silence(device),
        }
        if self._doors[device] and wired.contact_input is not None:
            found |= {
                "open": always(partial(reader.contact, is_open=True)),
                "close": always(partial(reader.contact, is_open=False)),
                "restart-door": partial(_restart_with_door, reader),
            }
        if self._doors[device] and wired.exit_input is not None:
            found["exit"] = always(partial(_press, reader))
        return found

    def _silence(self, device: str) -> Actions:
        presence, reader = self._presence[device], self._readers[device]

        def unplug() -> None:
            presence.unplugged = True
            reader.unplug()

        def plug() -> None:
            presence.unplugged = False
            reader.plug()
            reader.dead = presence.silent

        def stall(*, stalled: bool) -> None:
            presence.stalled = stalled
            reader.dead = presence.silent

        return {
            "unplug": always(unplug),
            "plug": always(plug),
            "stall": always(partial(stall, stalled=True)),
            "resume": always(partial(stall, stalled=False)),
        }

    def _rekey(self, wired: OsdpReaderWiring, *, right: bool) -> None:
        key = read_key(wired.id, wired.key_file) if right else secrets.token_bytes(16)
        self._keyed[wired.id] = right
        self._readers[wired.id].rekey(key)

    def _swap(self, reader: OsdpReader) -> None:
        other = -_OTHER_SERIAL if reader.plate.serial > _OTHER_SERIAL else _OTHER_SERIAL
        reader.plate = replace(reader.plate, serial=reader.plate.serial + other)
        reader.restart()


def _terminals(wired: OsdpReaderWiring) -> Terminals:
    return Terminals(wired.contact_input, wired.exit_input, wired.contact_open_when_active, wired.lock_output)


def _card(verb: Verb) -> bytes:
    """Return the bits of a card. Refused: its number does not fit into them."""
    facility, _, number = verb.values["number"].rpartition(":")
    try:
        return encode(_CARD_BITS, Card(int(facility or FACILITY), int(number)))
    except ValueError:
        raise Refused(
            "simulate.card_number",
            "a card of 26 bits has a number up to 65535 and a facility up to 255: write 1042 or 17:1042",
        ) from None


def _press(reader: OsdpReader) -> None:
    # Both are fetched one after the other, however fast they follow.
    reader.exit_button(pressed=True)
    reader.exit_button(pressed=False)


def _restart_with_door(reader: OsdpReader, verb: Verb) -> Do:
    def restart() -> None:
        reader.inside.contact_open = verb.values["position"] == "open"
        reader.restart()

    return restart
