"""Stations at the other end of a Modbus bus: a fence host that follows a profile, and a relay board.

Their verbs are what happens at a compound: a wire is cut, a car stands on the loop. The clock is passed in:
a relay ends its pulse by itself.
"""

import struct
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from drivers.fences.profile import HostMeaning, Point, Profile, Write, Zone, ZoneMeaning
from drivers.modbus.relay_wiring import RelayWiring
from drivers.said import ZoneState
from drivers.sim.modbus_frames import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    Asked,
    bits_reply,
    echo,
    exception,
    registers_reply,
)

_ON = 0xFF00
_PULSE = 0x0200
_VERSION_REGISTER = 0x8000


class Slave(Protocol):
    """A station that answers requests to its unit."""

    @property
    def unit(self) -> int:
        """Its address."""
        ...

    def answer(self, asked: Asked) -> bytes:
        """Return the reply's frame."""
        ...


class Memory:
    """A station's coils (1), discrete inputs (2), holding (3) and input registers (4); absent is illegal."""

    def __init__(self, unit: int) -> None:
        self.unit = unit
        self._lock = threading.Lock()
        self._table: dict[tuple[int, int], int] = {}
        self.writes: list[Asked] = []

    def get(self, function: int, address: int) -> int:
        """Return what is stored. KeyError: nothing is there."""
        with self._lock:
            return self._table[function, address]

    def put(self, function: int, address: int, value: int) -> None:
        """Store a value, and from now on allow it to be read."""
        with self._lock:
            self._table[function, address] = value

    def put_bit(self, function: int, address: int, bit: int, *, on: bool) -> None:
        """Set or clear one bit of a register."""
        with self._lock:
            before = self._table.get((function, address), 0)
            self._table[function, address] = before | 1 << bit if on else before & ~(1 << bit)

    def answer(self, asked: Asked) -> bytes:
        """Return the reply to a request, an exception where it asks for what is not there."""
        if asked.function in (1, 2, 3, 4):
            return self._read(asked)
        if asked.function in (5, 6, 15, 16):
            return self._write(asked)
        return exception(asked, ILLEGAL_FUNCTION)

    def _read(self, asked: Asked) -> bytes:
        if not 1 <= asked.value <= (2000 if asked.function < 3 else 125):
            return exception(asked, ILLEGAL_VALUE)
        try:
            values = [self.get(asked.function, asked.address + i) for i in range(asked.value)]
        except KeyError:
            return exception(asked, ILLEGAL_ADDRESS)
        if asked.function < 3:
            return bits_reply(asked, [bool(value) for value in values])
        return registers_reply(asked, values)

    def _write(self, asked: Asked) -> bytes:
        self.writes.append(asked)
        written = _written(asked)
        if any((function, address) not in self._table for function, address, _ in written):
            return exception(asked, ILLEGAL_ADDRESS)
        for function, address, value in written:
            self.put(function, address, value)
        return echo(asked)


class FenceHost(Memory):
    """A fence host whose registers lie where a profile says. At first all is normal, armed, on mains."""

    def __init__(self, unit: int, profile: Profile, normal_v: float = 8000.0) -> None:
        super().__init__(unit)
        self._profile = profile
        self._normal_v = normal_v
        self._states: dict[str, ZoneState] = {}
        for order in (profile.arm, profile.disarm):
            self._allow(order)
        if profile.firmware is not None:
            self.put(profile.firmware.function, profile.firmware.address, 200)
        for name in profile.zones:
            self.zone(name, "normal")
        self.flag("tamper", on=False)
        self.flag("fault", on=False)
        self.flag("mains_lost", on=False)
        self.flag("armed", on=True)

    def cut(self, zone: str) -> None:
        """Cut a zone's wire; a host that cannot tell says alarm."""
        self.zone(zone, "open_wire" if self._tells(zone, "open_wire") else "alarm")

    def short(self, zone: str) -> None:
        """Short a zone's wire; a host that cannot tell says alarm."""
        self.zone(zone, "short" if self._tells(zone, "short") else "alarm")

    def climb(self, zone: str) -> None:
        """Somebody climbs over."""
        self.zone(zone, "alarm")

    def mend(self, zone: str) -> None:
        """Everything is well again."""
        self.zone(zone, "normal")

    def zone(self, name: str, state: ZoneState) -> None:
        """Put a zone into a state. KeyError: no such zone."""
        zone = self._profile.zones[name]
        self._states[name] = state
        for mark in zone.marks:
            self._mark(mark, on=mark.meaning == state)
        if zone.states is not None:
            number = next(n for n, meaning in zone.states.values.items() if meaning == state)
            self.put(zone.states.function, zone.states.address, number)
        for order in (zone.bypass, zone.restore):
            self._allow(order)
        self._sag(zone, state)

    def volts(self, name: str, volts: float) -> None:
        """Set a zone's fence voltage. KeyError: no such zone, or none with a voltage."""
        voltage = self._profile.zones[name].voltage
        if voltage is None:
            raise KeyError(name)
        self.put(voltage.function, voltage.address, round(volts / voltage.volts_per_count))

    def flag(self, meaning: HostMeaning, *, on: bool) -> None:
        """Set one of the host's own flags, where the profile maps it."""
        for mark in self._profile.host:
            if mark.meaning == meaning:
                self._mark(mark, on=on)

    def restart(self, states: Mapping[str, ZoneState], *, armed: bool = True) -> None:
        """Come back with other states than before, as after a power cut; zones not named are normal."""
        for name in self._profile.zones:
            self.zone(name, states.get(name, "normal"))
        self.flag("armed", on=armed)

    def answer(self, asked: Asked) -> bytes:
        """Answer, and follow orders to arm, disarm, bypass and restore."""
        reply = super().answer(asked)
        if asked.function in (5, 6) and not reply[1] & 0x80:
            self._obey(asked)
        return reply

    def _obey(self, asked: Asked) -> None:
        if _is(self._profile.arm, asked):
            self.flag("armed", on=True)
        elif _is(self._profile.disarm, asked):
            self.flag("armed", on=False)
        for name, zone in self._profile.zones.items():
            if _is(zone.bypass, asked):
                self.zone(name, "bypassed")
            elif _is(zone.restore, asked):
                self.zone(name, "normal")

    def _tells(self, name: str, meaning: ZoneMeaning) -> bool:
        zone = self._profile.zones[name]
        states = () if zone.states is None else tuple(zone.states.values.values())
        return meaning in states or any(mark.meaning == meaning for mark in zone.marks)

    def _sag(self, zone: Zone, state: ZoneState) -> None:
        if zone.voltage is not None:
            dead = state in ("open_wire", "short")
            volts = 0.0 if dead else self._normal_v / 4 if state == "low_voltage" else self._normal_v
            count = round(volts / zone.voltage.volts_per_count)
            self.put(zone.voltage.function, zone.voltage.address, count)

    def _mark(self, point: Point, *, on: bool) -> None:
        value = on == (point.polarity == "normally_open")
        if point.bit is None:
            self.put(point.function, point.address, int(value))
        else:
            self.put_bit(point.function, point.address, point.bit, on=value)

    def _allow(self, order: Write | None) -> None:
        if order is not None:
            function = 1 if order.function == 5 else 3
            address = order.address if order.pulse_ms is None else _PULSE + order.address
            with self._lock:
                self._table.setdefault((function, address), 0)


class RelayBoard(Memory):
    """A relay board with eight inputs: function 05 at 0x0200 + channel pulses, and it ends them itself."""

    def __init__(self, unit: int, mono: Callable[[], float], channels: int = 8) -> None:
        super().__init__(unit)
        self._mono = mono
        self._channels = channels
        self._until_s: dict[int, float] = {}
        for channel in range(channels):
            self.put(1, channel, 0)
            self.put(2, channel, 0)
        self.put(3, _VERSION_REGISTER, 200)

    def closed(self, channel: int) -> bool:
        """Say whether a relay is closed now."""
        self._end_pulses()
        return bool(self.get(1, channel))

    def contact(self, channel: int, *, closed: bool) -> None:
        """Close or open an input."""
        self.put(2, channel, int(closed))

    def restart(self) -> None:
        """Come back after a power cut: every relay is open."""
        self._until_s.clear()
        for channel in range(self._channels):
            self.put(1, channel, 0)

    def answer(self, asked: Asked) -> bytes:
        """Answer, and begin pulses."""
        self._end_pulses()
        channel = asked.address - _PULSE
        if asked.function == 5 and 0 <= channel < self._channels:
            self.writes.append(asked)
            self._until_s[channel] = self._mono() + asked.value / 10
            self.put(1, channel, 1)
            return echo(asked)
        if asked.function in (5, 15):
            self._until_s.pop(asked.address, None)
        return super().answer(asked)

    def _end_pulses(self) -> None:
        now_s = self._mono()
        for channel in [c for c, until_s in self._until_s.items() if now_s >= until_s]:
            del self._until_s[channel]
            self.put(1, channel, 0)


def inputs_of(wiring: RelayWiring, board: RelayBoard) -> Callable[[str, bool], None]:
    """Return a verb that closes or opens a board's contact by its name in the wiring."""

    def set_contact(name: str, closed: bool) -> None:  # noqa: FBT001 - a verb typed by hand
        contact = wiring.contacts[name]
        board.put(contact.function, contact.address, int(closed != contact.normally_closed))

    return set_contact


def _written(asked: Asked) -> list[tuple[int, int, int]]:
    """Return (table, address, value) of everything that a write stores."""
    if asked.function == 5:
        return [(1, asked.address, int(asked.value == _ON))]
    if asked.function == 6:
        return [(3, asked.address, asked.value)]
    if asked.function == 15:
        return [(1, asked.address + i, asked.data[i // 8] >> i % 8 & 1) for i in range(asked.value)]
    values = struct.unpack(f">{len(asked.data) // 2}H", asked.data)
    return [(3, asked.address + i, value) for i, value in enumerate(values)]


def _is(order: Write | None, asked: Asked) -> bool:
    if order is None or order.function != asked.function:
        return False
    if order.pulse_ms is not None:
        return asked.address == _PULSE + order.address
    value = _ON * order.value if order.function == 5 else order.value
    return asked.address == order.address and asked.value == value
