"""Simulated fence hosts and relay boards of a site file, on one Modbus bus."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from drivers.modbus.wiring import SerialLine, TcpLine
from drivers.sim.modbus_memory import Slave
from drivers.sim.modbus_wire import Faults, SerialBus, TcpBus
from edge.refusal import Refused
from edge.simulation.ports import vacant
from edge.simulation.rig import Actions, Presence, Word, always, loopback, with_wire
from edge.simulation.stations import BoardEnd, FenceEnd
from edge.site import wirings
from edge.site.wires import ModbusWire


class ModbusRig:
    """A bus of stations on a pty or behind a TCP port of this machine.

    Its faults outlast an unplugged cable.
    """

    def __init__(self, name: str, wire: ModbusWire, mono: Callable[[], float]) -> None:
        self._name = name
        self._line = wirings.modbus_line(wire)
        if isinstance(self._line, TcpLine):
            self._host = loopback(self._line.host)
        self._fences = [FenceEnd(wirings.fence(*at)) for at in wire.fences.items()]
        self._boards = [BoardEnd(wirings.relay_board(*at), mono) for at in wire.relay_boards.items()]
        self._presence = {unit: Presence() for unit in self._units.values()}
        self._faults = Faults()
        self._bus: SerialBus | TcpBus | None = None
        self._unplugged = False

    @property
    def ports(self) -> tuple[Path, ...]:
        """The bus's port, where it is a serial one."""
        return (Path(self._line.port),) if isinstance(self._line, SerialLine) else ()

    @property
    def places(self) -> Mapping[str, str]:
        """The port or the serial server, for every station and what hangs on it."""
        place = self._line.place if isinstance(self._line, SerialLine) else f"tcp://{self._line.place}"
        return dict.fromkeys((device for end in self._ends for device in end.devices), place)

    @property
    def actions(self) -> Mapping[str, Actions]:
        """What can happen to the bus, to the stations and to what hangs on them."""
        found: dict[str, Actions] = {}
        for end in self._ends:
            found |= end.actions
            found[end.device] = {**end.actions[end.device], **self._station(end.unit)}
        return with_wire(self._name, self._bus_actions(), found)

    def start(self) -> None:
        """Bring up the bus. Refused: another program has the port."""
        self._open()

    def stop(self) -> None:
        """Take the bus away."""
        bus, self._bus = self._bus, None
        if bus is None:
            return
        for port in self.ports:
            port.unlink(missing_ok=True)
        bus.__exit__(None, None, None)

    def states(self) -> Mapping[str, tuple[Word, ...]]:
        """Return how the hosts and their zones, the boards and what hangs on them are."""
        line = (Word("simulate.word_wire_unplugged"),) if self._unplugged else ()
        return {
            device: (*line, *(self._presence[end.unit].words() if device == end.device else ()), *words)
            for end in self._ends
            for device, words in end.states().items()
        }

    @property
    def _ends(self) -> tuple[FenceEnd | BoardEnd, ...]:
        return (*self._fences, *self._boards)

    @property
    def _units(self) -> Mapping[str, int]:
        return {end.device: end.unit for end in self._ends}

    def _open(self) -> None:
        slaves: list[Slave] = [end.slave for end in self._ends]
        if isinstance(self._line, SerialLine):
            serial = SerialBus(slaves, self._line.baud, faults=self._faults).__enter__()
            self._bus = serial
            (port,) = self.ports
            port.symlink_to(serial.port)
            return
        server = TcpBus(slaves, self._line.baud, faults=self._faults)
        server.host, server.port = self._host, self._line.port
        try:
            self._bus = server.__enter__()
        except OSError as error:
            raise Refused(
                "simulate.address_taken",
                "{address} cannot be taken ({reason}): end what uses it, or change the site file",
                address=self._line.place,
                reason=error.strerror,
            ) from None

    def _bus_actions(self) -> Actions:
        def stall(*, stalled: bool) -> None:
            self._faults.stalled = stalled

        def noise(share: float) -> None:
            self._faults.noise = share

        def duplicate(*, on: bool) -> None:
            self._faults.duplicate = on

        def reorder(*, on: bool) -> None:
            self._faults.reorder = on

        return {
            "unplug": always(partial(self._pull, unplugged=True)),
            "plug": always(partial(self._pull, unplugged=False)),
            "stall": always(partial(stall, stalled=True)),
            "resume": always(partial(stall, stalled=False)),
            "noise": lambda verb: partial(noise, verb.share),
            "duplicate": lambda verb: partial(duplicate, on=verb.on),
            "reorder": lambda verb: partial(reorder, on=verb.on),
            "slow": lambda verb: partial(self._slow, tuple(self._units.values()), verb.seconds),
        }

    def _pull(self, *, unplugged: bool) -> None:
        if unplugged == self._unplugged:
            return
        if unplugged:
            self.stop()
        else:
            for port in self.ports:
                vacant(port)
            self._open()
        self._unplugged = unplugged

    def _slow(self, units: tuple[int, ...], seconds: float) -> None:
        self._faults.slow_s.update(dict.fromkeys(units, seconds))

    def _station(self, unit: int) -> Actions:
        presence = self._presence[unit]

        def settle() -> None:
            (self._faults.unplugged.add if presence.silent else self._faults.unplugged.discard)(unit)

        def pull(*, unplugged: bool) -> None:
            presence.unplugged = unplugged
            settle()

        def stall(*, stalled: bool) -> None:
            presence.stalled = stalled
            settle()

        return {
            "unplug": always(partial(pull, unplugged=True)),
            "plug": always(partial(pull, unplugged=False)),
            "stall": always(partial(stall, stalled=True)),
            "resume": always(partial(stall, stalled=False)),
            "slow": lambda verb: partial(self._slow, (unit,), verb.seconds),
        }
