"""Simulated fence hosts and relay boards of a site file, on one Modbus bus."""

import time
from collections.abc import Mapping
from functools import partial

from drivers.fences.host import FenceWiring
from drivers.modbus.relay_wiring import RelayWiring
from drivers.modbus.wiring import TcpLine
from drivers.sim.modbus_memory import Slave
from drivers.sim.modbus_slaves import FenceHost, RelayBoard, inputs_of
from drivers.sim.modbus_wire import SerialBus, TcpBus
from edge.simulation.rig import free_port, loopback
from edge.simulation.verbs import Action, Verb
from edge.site import wirings
from edge.site.wires import ModbusWire


class ModbusRig:
    """A bus of stations on a pty or behind a TCP port of this machine."""

    def __init__(self, name: str, wire: ModbusWire) -> None:
        self._name = name
        self._wire = wire
        self._line = wirings.modbus_line(wire)
        self._fences = {device: wirings.fence(device, host) for device, host in wire.fences.items()}
        self._boards = {device: wirings.relay_board(device, b) for device, b in wire.relay_boards.items()}
        self._hosts: dict[str, FenceHost] = {}
        self._relays: dict[str, RelayBoard] = {}
        self._bus: SerialBus | TcpBus | None = None

    @property
    def where(self) -> str:
        """The port, or the serial server's address."""
        return self._line.place

    @property
    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """What can happen to the stations, to what hangs on them, and to the bus."""
        found: dict[str, Mapping[str, Action]] = {self._name: self._bus_actions()}
        for device, fence in self._fences.items():
            found[device] = {**self._station(device, fence.unit), **self._fence(device)}
        for device, board in self._boards.items():
            found[device] = {**self._station(device, board.unit), **self._board(device)}
            found |= _hanging_on(board, self._relays[device])
        return found

    def start(self) -> None:
        """Bring up the stations, all of them well, and the bus."""
        self._hosts = {d: FenceHost(fence.unit, fence.profile) for d, fence in self._fences.items()}
        self._relays = {d: RelayBoard(board.unit, time.monotonic) for d, board in self._boards.items()}
        for device, board in self._boards.items():
            _at_rest(board, self._relays[device])
        self._open()

    def stop(self) -> None:
        """Take the bus away."""
        bus, self._bus = self._bus, None
        if bus is None:
            return
        if not isinstance(self._line, TcpLine):
            free_port(self._line.place)
        bus.__exit__(None, None, None)

    def states(self) -> Mapping[str, str]:
        """Return the zones that are not normal, and the relays that are closed."""
        found = {}
        for device, host in self._hosts.items():
            odd = [f"zone {zone} {state}" for zone, state in host.states.items() if state != "normal"]
            found[device] = ", ".join(odd) or "all zones normal"
        for device, relays in self._relays.items():
            outputs = self._boards[device].outputs
            closed = [name for name, output in outputs.items() if relays.closed(output.channel)]
            found[device] = "closed: " + ", ".join(closed) if closed else "all relays open"
        return found

    def _open(self) -> None:
        slaves: list[Slave] = [*self._hosts.values(), *self._relays.values()]
        if isinstance(self._line, TcpLine):
            loopback(self._line.host)
            server = TcpBus(slaves, self._line.baud)
            server.port = self._line.port
            self._bus = server.__enter__()
            return
        path = free_port(self._line.place)
        serial = SerialBus(slaves, self._line.baud).__enter__()
        path.symlink_to(serial.port)
        self._bus = serial

    def _running(self) -> SerialBus | TcpBus:
        if self._bus is None:
            raise ValueError("the bus is unplugged")
        return self._bus

    def _bus_actions(self) -> dict[str, Action]:
        def plug(_: Verb) -> None:
            if self._bus is None:
                self._open()

        return {
            "unplug": lambda _: self.stop(),
            "plug": plug,
            "stall": lambda _: self._running().stall(),
            "resume": lambda _: self._at_ease(),
            "noise": lambda verb: self._running().noise(min(100, int(verb.values["share"])) / 100),
            "duplicate": lambda _: self._running().duplicate(),
        }

    def _at_ease(self) -> None:
        bus = self._running()
        bus.stall(stalled=False)
        bus.duplicate(on=False)
        bus.noise(0.0)

    def _station(self, device: str, unit: int) -> dict[str, Action]:
        def resume(_: Verb) -> None:
            self._running().plug(unit)
            self._running().slow(unit, 0.0)

        return {
            "unplug": lambda _: self._running().unplug(unit),
            "plug": lambda _: self._running().plug(unit),
            "stall": lambda _: self._running().unplug(unit),
            "resume": resume,
            "slow": lambda verb: self._running().slow(unit, float(verb.values["seconds"])),
            "swap": lambda _: self._swap(device),
        }

    def _swap(self, device: str) -> None:
        if device in self._hosts:
            fence: FenceWiring = self._fences[device]
            self._hosts[device] = FenceHost(fence.unit, fence.profile)
            self._running().swap(self._hosts[device])
        else:
            board = self._boards[device]
            self._relays[device] = RelayBoard(board.unit, time.monotonic)
            _at_rest(board, self._relays[device])
            self._running().swap(self._relays[device])

    def _fence(self, device: str) -> dict[str, Action]:
        host = self._hosts[device]

        def zone(verb: Verb) -> str:
            return verb.values["zone"]

        def restart_other(verb: Verb) -> None:
            if zone(verb) not in self._fences[device].profile.zones:
                raise KeyError(zone(verb))
            host.restart({zone(verb): "alarm"})

        return {
            "cut": lambda verb: host.cut(zone(verb)),
            "short": lambda verb: host.short(zone(verb)),
            "climb": lambda verb: host.climb(zone(verb)),
            "mend-zone": lambda verb: host.mend(zone(verb)),
            "volts": lambda verb: host.volts(zone(verb), float(verb.values["volts"])),
            "arm": lambda _: host.flag("armed", on=True),
            "disarm": lambda _: host.flag("armed", on=False),
            "tamper": lambda _: host.flag("tamper", on=True),
            "mend": lambda _: host.flag("tamper", on=False),
            "battery": lambda _: host.flag("mains_lost", on=True),
            "mains": lambda _: host.flag("mains_lost", on=False),
            "restart": lambda _: host.restart({}),
            "restart-other": restart_other,
        }

    def _board(self, device: str) -> dict[str, Action]:
        closed = True
        relays, put = self._relays[device], inputs_of(self._boards[device], self._relays[device])
        return {
            "contact-closed": lambda verb: put(verb.values["contact"], closed),
            "contact-open": lambda verb: put(verb.values["contact"], not closed),
            "restart": lambda _: relays.restart(),
        }


def _at_rest(board: RelayWiring, relays: RelayBoard) -> None:
    """Let nothing happen at the inputs, and every door be closed."""
    put = inputs_of(board, relays)
    doors = {lock.door_contact for lock in board.locks}
    for contact in board.contacts:
        put(contact, contact in doors)


def _hanging_on(board: RelayWiring, relays: RelayBoard) -> dict[str, Mapping[str, Action]]:
    put = inputs_of(board, relays)

    def all_guards(guards: tuple[str, ...], _: Verb, *, closed: bool) -> None:
        for guard in guards:
            put(guard, closed)

    def door(contact: str, _: Verb, *, closed: bool) -> None:
        put(contact, closed)

    found: dict[str, Mapping[str, Action]] = {}
    for barrier in board.barriers:
        found[barrier.id] = {
            "car": partial(all_guards, barrier.guards, closed=True),
            "car-gone": partial(all_guards, barrier.guards, closed=False),
        }
    for lock in board.locks:
        found[lock.id] = {}
        if lock.door_contact is not None:
            found[lock.id] = {
                "open": partial(door, lock.door_contact, closed=False),
                "close": partial(door, lock.door_contact, closed=True),
            }
    for sounder in board.sounders:
        found[sounder.id] = {}
    return found
