"""Stations at the other end of a Modbus bus: a fence host that follows a profile, and a relay board.

Their verbs are what happens at a compound: a wire is cut, a car stands on the loop. The clock is passed in:
a relay ends its pulse by itself.
"""

from collections.abc import Callable, Mapping

from drivers.fences.profile import HostMeaning, Point, Profile, Write, Zone
from drivers.modbus.relay_wiring import RelayWiring
from drivers.said import ZoneState
from drivers.sim.modbus_frames import Asked, echo
from drivers.sim.modbus_memory import ON, PULSE, Memory

_VERSION_REGISTER = 0x8000


class FenceHost(Memory):
    """A fence host whose registers lie where a profile says. At first all is normal, armed, on mains."""

    def __init__(self, unit: int, profile: Profile, normal_v: float = 8000.0) -> None:
        super().__init__(unit)
        self._profile = profile
        self._normal_v = normal_v
        self._states: dict[str, ZoneState] = {}
        self._flags: dict[HostMeaning, bool] = {}
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

    @property
    def states(self) -> Mapping[str, ZoneState]:
        """The state of each zone."""
        return dict(self._states)

    @property
    def flags(self) -> Mapping[HostMeaning, bool]:
        """The host's own flags that its profile maps."""
        return dict(self._flags)

    def tells(self, name: str, meaning: ZoneState) -> bool:
        """Say whether the host has a way to tell a zone's state. KeyError: no such zone."""
        zone = self._profile.zones[name]
        if zone.states is not None:
            return meaning in zone.states.values.values()
        return meaning == "normal" or any(mark.meaning == meaning for mark in zone.marks)

    def cut(self, zone: str) -> None:
        """Cut a zone's wire; a host that cannot tell says alarm."""
        self.zone(zone, "open_wire" if self.tells(zone, "open_wire") else "alarm")

    def short(self, zone: str) -> None:
        """Short a zone's wire; a host that cannot tell says alarm."""
        self.zone(zone, "short" if self.tells(zone, "short") else "alarm")

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
                self._flags[meaning] = on

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
            address = order.address if order.pulse_ms is None else PULSE + order.address
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
        channel = asked.address - PULSE
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


def _is(order: Write | None, asked: Asked) -> bool:
    if order is None or order.function != asked.function:
        return False
    if order.pulse_ms is not None:
        return asked.address == PULSE + order.address
    value = ON * order.value if order.function == 5 else order.value
    return asked.address == order.address and asked.value == value
