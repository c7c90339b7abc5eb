"""Simulated fence hosts and relay boards: what can happen to each, and how it stands."""

from collections.abc import Callable, Mapping
from functools import partial

from drivers.fences.host import FenceWiring
from drivers.fences.profile import HostMeaning
from drivers.modbus.relay_wiring import RelayWiring
from drivers.said import ZoneState
from drivers.sim.modbus_memory import Slave
from drivers.sim.modbus_slaves import FenceHost, RelayBoard, inputs_of
from edge.simulation.rig import Action, Actions, Do, Word, no_such_part, unable
from edge.simulation.verbs import ZONE_STATES, Verb

_OTHER_VERSION = 317
_VERSION_REGISTER = 3, 0x8000


class FenceEnd:
    """One fence host, at first armed and well."""

    def __init__(self, wiring: FenceWiring) -> None:
        self._wiring = wiring
        self._zones = wiring.zones or tuple(wiring.profile.zones)
        self._host = FenceHost(wiring.unit, wiring.profile)

    @property
    def device(self) -> str:
        """Its id."""
        return self._wiring.id

    @property
    def devices(self) -> tuple[str, ...]:
        """Its id: nothing hangs on it."""
        return (self.device,)

    @property
    def unit(self) -> int:
        """Its address."""
        return self._wiring.unit

    @property
    def slave(self) -> Slave:
        """Its registers."""
        return self._host

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to its zones and to itself."""
        return {
            self.device: {
                "cut": self._zone(self._host.cut, "open_wire", "alarm"),
                "short": self._zone(self._host.short, "short", "alarm"),
                "climb": self._zone(self._host.climb, "alarm"),
                "mend-zone": self._zone(self._host.mend, "normal"),
                "volts": self._volts,
                "arm": self._flag("armed", on=True),
                "disarm": self._flag("armed", on=False),
                "tamper": self._flag("tamper", on=True),
                "mend": self._flag("tamper", on=False),
                "power": lambda verb: self._flag("mains_lost", on=verb.values["power"] == "battery")(verb),
                "restart": lambda _: partial(self._host.restart, {}),
                "restart-zone": self._restart,
                "swap": self._swap,
            }
        }

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return which zones are not normal, and what the host says of itself."""
        states, flags = self._host.states, self._host.flags
        odd = [
            Word(f"simulate.word_zone_{states[zone]}", {"zone": zone})
            for zone in self._zones
            if states[zone] != "normal"
        ]
        told = {
            "tampered": flags.get("tamper", False),
            "battery": flags.get("mains_lost", False),
            "armed": flags.get("armed", False),
            "disarmed": not flags.get("armed", True),
        }
        host = [Word(f"simulate.word_{word}") for word, so in told.items() if so]
        return {self.device: (*(odd or [Word("simulate.word_zones_normal")]), *host)}

    def _named(self, verb: Verb) -> str:
        zone = verb.values["zone"]
        if zone not in self._zones:
            raise no_such_part(self.device, zone, self._zones)
        return zone

    def _zone(self, happen: Callable[[str], None], *told_as: ZoneState) -> Action:
        def action(verb: Verb) -> Do:
            zone = self._named(verb)
            if not any(self._host.tells(zone, state) for state in told_as):
                raise unable(self.device, verb)
            return partial(happen, zone)

        return action

    def _volts(self, verb: Verb) -> Do:
        zone = self._named(verb)
        if self._wiring.profile.zones[zone].voltage is None:
            raise unable(self.device, verb)
        return partial(self._host.volts, zone, float(verb.values["volts"]))

    def _flag(self, meaning: HostMeaning, *, on: bool) -> Action:
        def action(verb: Verb) -> Do:
            if meaning not in self._host.flags:
                raise unable(self.device, verb)
            return partial(self._host.flag, meaning, on=on)

        return action

    def _restart(self, verb: Verb) -> Do:
        zone = self._named(verb)
        state = next(state for state in ZONE_STATES if state == verb.values["state"])
        if not self._host.tells(zone, state):
            raise unable(self.device, verb)
        return partial(self._host.restart, {zone: state})

    def _swap(self, verb: Verb) -> Do:
        firmware = self._wiring.profile.firmware
        if firmware is None:
            raise unable(self.device, verb)

        def swap() -> None:
            self._host.restart({})
            self._host.put(firmware.function, firmware.address, _OTHER_VERSION)

        return swap


class BoardEnd:
    """One relay board and what hangs on it: at first no car stands anywhere and every door is closed."""

    def __init__(self, wiring: RelayWiring, mono: Callable[[], float]) -> None:
        self._wiring = wiring
        channels = 1 + max((output.channel for output in wiring.outputs.values()), default=7)
        self._board = RelayBoard(wiring.unit, mono, max(8, channels))
        self._contacts: dict[str, bool] = {}
        doors = {lock.door_contact for lock in wiring.locks}
        _fill(wiring, self._board)
        for contact in wiring.contacts:
            self._put(contact, closed=contact in doors)

    @property
    def device(self) -> str:
        """The board's id."""
        return self._wiring.id

    @property
    def devices(self) -> tuple[str, ...]:
        """The board and what hangs on it."""
        locks, barriers = self._wiring.locks, self._wiring.barriers
        arms = (barrier.id for barrier in barriers)
        return (self.device, *(lock.id for lock in locks), *arms, *(s.id for s in self._wiring.sounders))

    @property
    def unit(self) -> int:
        """Its address."""
        return self._wiring.unit

    @property
    def slave(self) -> Slave:
        """Its registers."""
        return self._board

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to the board, its locks and its barriers."""
        found: dict[str, Actions] = {device: {} for device in self.devices}
        found[self.device] = {
            "contact": self._contact,
            "restart": lambda _: self._board.restart,
            "restart-contact": self._restart,
            "swap": lambda _: self._swap,
        }
        for barrier in self._wiring.barriers:
            if barrier.guards:
                found[barrier.id] = {
                    "car": self._together(barrier.guards, closed=True),
                    "car-gone": self._together(barrier.guards, closed=False),
                }
        for lock in self._wiring.locks:
            if lock.door_contact is not None:
                found[lock.id] = {
                    "open": self._together((lock.door_contact,), closed=False),
                    "close": self._together((lock.door_contact,), closed=True),
                }
        return found

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return which relays and contacts are closed, and how the doors and lanes are."""
        outputs = self._wiring.outputs
        closed = [name for name, output in outputs.items() if self._board.closed(output.channel)]
        contacts = [name for name, so in self._contacts.items() if so]
        found: dict[str, tuple[Word, ...]] = dict.fromkeys(self.devices, ())
        found[self.device] = (
            Word("simulate.word_relays", {"names": ", ".join(closed) or "-"}),
            Word("simulate.word_contacts", {"names": ", ".join(contacts) or "-"}),
        )
        for lock in self._wiring.locks:
            if lock.door_contact is not None:
                position = "closed" if self._contacts[lock.door_contact] else "open"
                found[lock.id] = (Word(f"simulate.word_door_{position}"),)
        for barrier in self._wiring.barriers:
            if any(self._contacts[guard] for guard in barrier.guards):
                found[barrier.id] = (Word("simulate.word_car"),)
        return found

    def _put(self, contact: str, *, closed: bool) -> None:
        self._contacts[contact] = closed
        inputs_of(self._wiring, self._board)(contact, closed)

    def _together(self, contacts: tuple[str, ...], *, closed: bool) -> Action:
        def put() -> None:
            for contact in contacts:
                self._put(contact, closed=closed)

        return lambda _: put

    def _contact(self, verb: Verb) -> Do:
        contact = verb.values["contact"]
        if contact not in self._contacts:
            raise no_such_part(self.device, contact, tuple(self._contacts))
        return partial(self._put, contact, closed=verb.values["position"] == "closed")

    def _restart(self, verb: Verb) -> Do:
        put = self._contact(verb)

        def restart() -> None:
            put()
            self._board.restart()

        return restart

    def _swap(self) -> None:
        self._board.restart()
        self._board.put(*_VERSION_REGISTER, _OTHER_VERSION)


def _fill(wiring: RelayWiring, board: RelayBoard) -> None:
    """Let every input between the lowest and the highest in use be read: boards have no holes."""
    for function in (1, 2):
        addresses = [c.address for c in wiring.contacts.values() if c.function == function]
        for address in range(min(addresses, default=0), max(addresses, default=-1) + 1):
            board.put(function, address, 0)
