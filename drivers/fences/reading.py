"""What an image of a host's registers says of its zones: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drivers.fences.profile import HostMeaning, Point, Profile, Register, Zone, ZoneMark
from drivers.modbus.frames import MOST_BITS, MOST_REGISTERS, Function, Read
from drivers.said import ZoneState

Image = Mapping[tuple[Function, int], int]

# What outranks what when several bits are set. A cut or shorted wire feels no intruder, so it may hide the
# alarm bit that hosts set along with it; a housing left open must not.
_RANK: tuple[ZoneState, ...] = (
    "bypassed",
    "open_wire",
    "short",
    "alarm",
    "tamper",
    "fault",
    "low_voltage",
)
# A voltage that fell too low has to rise by so much before it is good again.
_RECOVERED = 1.05


@dataclass(frozen=True, slots=True)
class ZoneReading:
    """One look at a zone."""

    state: ZoneState
    voltage_v: float | None = None


@dataclass(frozen=True, slots=True)
class HostReading:
    """One look at a host; a flag that the profile does not map is absent."""

    zones: Mapping[str, ZoneReading]
    flags: Mapping[HostMeaning, bool]


def reads(profile: Profile) -> tuple[Read, ...]:
    """Return the requests that fetch everything a profile maps: only mapped addresses, runs in one."""
    places = {(p.function, p.address) for p in _points(profile)}
    runs: list[Read] = []
    for function, address in sorted(places):
        last = runs[-1] if runs else None
        if last and last.function == function and last.address + last.count == address and _room(last):
            runs[-1] = Read(function, last.address, last.count + 1)
        else:
            runs.append(Read(function, address, 1))
    return tuple(runs)


def image_of(answers: Iterable[tuple[Read, tuple[int, ...]]]) -> Image:
    """Return what was read, each bit and register under its function and address."""
    return {
        (read.function, read.address + offset): value
        for read, values in answers
        for offset, value in enumerate(values)
    }


def interpret(profile: Profile, image: Image, before: Mapping[str, ZoneReading]) -> HostReading:
    """Return what an image says. `before` holds the zones as last told: low voltage needs its hysteresis."""
    flags = {mark.meaning: _set(mark, image) for mark in profile.host}
    faulty = flags.get("fault", False)
    # A disarmed fence carries no voltage, and that is no fault.
    live = flags.get("armed", True)
    zones = {
        name: _zone(zone, image, before.get(name), faulty=faulty, live=live)
        for name, zone in profile.zones.items()
    }
    return HostReading(zones, flags)


def _points(profile: Profile) -> Iterable[Point | Register]:
    yield from profile.host
    for zone in profile.zones.values():
        yield from zone.marks
        yield from (register for register in (zone.states, zone.voltage) if register is not None)


def _room(read: Read) -> bool:
    return read.count < (MOST_BITS if read.bits else MOST_REGISTERS)


def _set(point: Point, image: Image) -> bool:
    value = image[point.function, point.address]
    on = bool(value if point.bit is None else value >> point.bit & 1)
    return on == (point.polarity == "normally_open")


def _zone(zone: Zone, image: Image, before: ZoneReading | None, *, faulty: bool, live: bool) -> ZoneReading:
    found: set[ZoneState] = {_meaning(mark) for mark in zone.marks if _set(mark, image)}
    if zone.states is not None:
        number = image[zone.states.function, zone.states.address]
        found.add(zone.states.values.get(number, "unknown"))
    voltage_v, low = _voltage(zone, image, before)
    if low and live:
        found.add("low_voltage")
    if faulty:
        found.add("fault")
    state = next((s for s in _RANK if s in found), "unknown" if "unknown" in found else "normal")
    return ZoneReading(state, voltage_v)


def _meaning(mark: ZoneMark) -> ZoneState:
    return mark.meaning


def _voltage(zone: Zone, image: Image, before: ZoneReading | None) -> tuple[float | None, bool]:
    voltage = zone.voltage
    if voltage is None:
        return None, False
    volts = image[voltage.function, voltage.address] * voltage.volts_per_count
    if voltage.low_below_v is None:
        return volts, False
    was_low = before is not None and before.state == "low_voltage"
    return volts, volts < voltage.low_below_v * (_RECOVERED if was_low else 1.0)
