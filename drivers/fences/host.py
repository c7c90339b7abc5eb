"""A fence host on a Modbus bus: what its registers say becomes what zones are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from drivers.base import Misconfigured
from drivers.fences.profile import Profile, Write
from drivers.fences.reading import HostReading, ZoneReading, image_of, interpret, reads
from drivers.modbus.commands import Arm, Bypass, Command
from drivers.modbus.debouncing import Debounced, believed, doubt, step
from drivers.modbus.frames import PulseCoil, Read, Request, WriteCoil, WriteRegister
from drivers.modbus.station import Answers, Looked, Planned, Version
from drivers.modbus.wiring import refuse_unit
from drivers.said import ArmedChanged, PowerChanged, Said, TamperChanged, ZoneChanged, ZoneState


@dataclass(frozen=True, slots=True)
class FenceWiring:
    """One fence host. `zones` are those in use, all of the profile's when empty.

    A zone's voltage is told again when it moved by `voltage_step_v`. Raises Misconfigured for a zone that
    the profile does not have.
    """

    id: str
    unit: int
    profile: Profile
    zones: tuple[str, ...] = ()
    lost_after_s: float = 3.0
    voltage_step_v: float = 500.0

    def __post_init__(self) -> None:
        """Refuse what the profile does not have."""
        refuse_unit(self.id, self.unit)
        for zone in self.zones:
            if zone not in self.profile.zones:
                raise Misconfigured(
                    "fence.no_such_zone",
                    "{device}: the profile {model} has no zone {zone}: it has {zones}",
                    device=self.id,
                    model=self.profile.model,
                    zone=zone,
                    zones=", ".join(self.profile.zones),
                )


@dataclass(frozen=True, slots=True)
class Believed:
    """What is believed of a host, each debounced: states, flags and voltages; and the voltages as told."""

    zones: Mapping[str, Debounced[ZoneState]] = field(default_factory=dict)
    flags: Mapping[str, Debounced[bool]] = field(default_factory=dict)
    voltages: Mapping[str, Debounced[float]] = field(default_factory=dict)
    told_v: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def unsettled(self) -> bool:
        """Whether anything asks for a second look."""
        return any(zone.unsettled for zone in self.zones.values()) or any(
            flag.unsettled for flag in self.flags.values()
        )


def believe(before: Believed, reading: HostReading, now_s: float, wiring: FenceWiring) -> Believed:
    """Return what is believed after a reading; a voltage moves when it is off by the wiring's step."""
    hold_s = wiring.profile.debounce_ms / 1000
    names = wiring.zones or tuple(reading.zones)
    zones = {
        name: step(before.zones.get(name, Debounced()), reading.zones[name].state, now_s, hold_s)
        for name in names
    }
    flags: dict[str, Debounced[bool]] = {
        name: step(before.flags.get(name, Debounced()), on, now_s, hold_s)
        for name, on in reading.flags.items()
    }
    voltages = {
        name: step(before.voltages.get(name, Debounced()), read_v, now_s, 0.0, _within(wiring.voltage_step_v))
        for name in names
        if (read_v := reading.zones[name].voltage_v) is not None
    }
    told_v = {name: _told_v(before, name, zones[name], voltages[name]) for name in voltages}
    return Believed(zones, flags, voltages, told_v)


def in_doubt(before: Believed) -> Believed:
    """Return what is believed after it was asked in vain."""
    return replace(
        before, zones=doubt(before.zones), flags=doubt(before.flags), voltages=doubt(before.voltages)
    )


def news(device: str, before: Believed, after: Believed, now_s: float) -> Iterator[Said]:
    """Yield what a host says when what is believed of it changed; `first` where nothing was believed."""
    for name, zone in after.zones.items():
        was = believed(before.zones, name)
        voltage_v = after.told_v.get(name)
        moved = voltage_v != before.told_v.get(name)
        if zone.settled is not None and (zone.settled != was or moved):
            yield ZoneChanged(
                device=device,
                mono_s=now_s,
                first=was is None,
                zone=name,
                state=zone.settled,
                voltage_v=voltage_v,
            )
    for name, flag in after.flags.items():
        held = believed(before.flags, name)
        if flag.settled is not None and flag.settled != held:
            yield from _flag(device, name, on=flag.settled, first=held is None, now_s=now_s)


def _within(step_v: float) -> Callable[[float, float], bool]:
    return lambda a, b: abs(a - b) < step_v


def _told_v(
    before: Believed, name: str, zone: Debounced[ZoneState], voltage: Debounced[float]
) -> float | None:
    """Return the voltage to be told with a zone's state: none where it is still on the move."""
    told_v = before.told_v.get(name)
    if zone.settled is None or zone.unsettled:
        return told_v
    if voltage.unsettled:
        return told_v if zone.settled == believed(before.zones, name) else None
    return voltage.settled


def _flag(device: str, name: str, *, on: bool, first: bool, now_s: float) -> Iterator[Said]:
    if name == "tamper":
        yield TamperChanged(device=device, mono_s=now_s, first=first, tampered=on)
    elif name == "mains_lost":
        yield PowerChanged(device=device, mono_s=now_s, first=first, power="battery" if on else "mains")
    elif name == "armed":
        yield ArmedChanged(device=device, mono_s=now_s, first=first, armed=on)


class FenceStation:
    """A fence host as the bus sees it."""

    def __init__(self, wiring: FenceWiring) -> None:
        self._wiring = wiring
        self._reads = reads(wiring.profile)
        self._believed = Believed()

    @property
    def id(self) -> str:
        """The host's id."""
        return self._wiring.id

    @property
    def unit(self) -> int:
        """Its address on the bus."""
        return self._wiring.unit

    @property
    def devices(self) -> tuple[str, ...]:
        """The host itself."""
        return (self._wiring.id,)

    @property
    def lost_after_s(self) -> float:
        """After how long a silence it is lost."""
        return self._wiring.lost_after_s

    @property
    def maker_and_model(self) -> tuple[str, str]:
        """What the profile says."""
        return self._wiring.profile.maker, self._wiring.profile.model

    @property
    def reads(self) -> tuple[Read, ...]:
        """Everything that the profile maps."""
        return self._reads

    @property
    def version(self) -> Version | None:
        """Where the profile says the version is."""
        firmware = self._wiring.profile.firmware
        if firmware is None:
            return None
        return Version(Read(firmware.function, firmware.address, 1), firmware.scale)

    def look(self, answers: Answers, now_s: float) -> Looked:
        """Take one poll's answers."""
        before = self._believed
        told = {
            name: ZoneReading(zone.settled or "unknown", before.told_v.get(name))
            for name, zone in before.zones.items()
        }
        reading = interpret(self._wiring.profile, image_of(answers), told)
        self._believed = believe(before, reading, now_s, self._wiring)
        said = tuple(news(self.id, before, self._believed, now_s))
        return Looked(said, self._believed.unsettled)

    def doubt(self) -> None:
        """Take note that it was asked in vain."""
        self._believed = in_doubt(self._believed)

    def reflexes_sent(self) -> None:
        """Do nothing: a fence has no reflexes."""

    def forget(self) -> None:
        """Believe nothing any more."""
        self._believed = Believed()

    def check(self, command: Command) -> None:
        """Raise Misconfigured for what the profile has no order for."""
        if self._write(command) is None:
            raise Misconfigured(
                "fence.no_such_order",
                "{device}: the profile {model} has no order for this: add it to the profile",
                device=self.id,
                model=self._wiring.profile.model,
            )

    def wants_look(self, command: Command) -> bool:
        """No order depends on the zones."""
        del command
        return False

    def plan(self, command: Command, now_s: float) -> Planned:
        """Return the profile's order."""
        del now_s
        write = self._write(command)
        return Planned(refused="fence.order_unknown") if write is None else Planned((request_of(write),))

    def _write(self, command: Command) -> Write | None:
        match command:
            case Arm(armed=armed):
                return self._wiring.profile.arm if armed else self._wiring.profile.disarm
            case Bypass(zone=name, bypassed=bypassed):
                zone = self._wiring.profile.zones.get(name)
                if zone is None:
                    return None
                return zone.bypass if bypassed else zone.restore
            case _:
                return None


def request_of(write: Write) -> Request:
    """Return a profile's order as a request."""
    if write.pulse_ms is not None:
        return PulseCoil(write.address, write.pulse_ms // 100)
    if write.function == 5:
        return WriteCoil(write.address, bool(write.value))
    return WriteRegister(write.address, write.value)
