"""How fast the bus is, measured against simulated stations at a paced baud rate."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from drivers.fences.host import FenceStation, FenceWiring
from drivers.fences.profile_files import load
from drivers.modbus.bus import ModbusBus
from drivers.modbus.station import Answers, Looked
from drivers.modbus.wiring import SerialLine
from drivers.said import ArmedChanged, DeviceLost, PowerChanged, Said, TamperChanged, ZoneChanged
from drivers.sim.modbus_slaves import FenceHost
from drivers.sim.modbus_wire import SerialBus

_PROFILE = "generic-16di"
_DEAD_WITHIN_S = 20.0
_HEARD_WITHIN_S = 5.0
_BACK_WITHIN_S = 60.0
# The golden ratio: pauses made with it meet the poll at every phase, evenly.
_UNEVEN = 0.6180339887
_LONGEST_PAUSE_S = 0.12


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What became of noise: how often a module was told lost, how many events were told that never happened.

    All modules answered again `back_s` after its end, NaN for never.
    """

    told_lost: int
    false_events: int
    back_s: float


class _TimedStation(FenceStation):
    def __init__(self, wiring: FenceWiring, looks: dict[str, list[float]]) -> None:
        super().__init__(wiring)
        self._looks = looks

    def look(self, answers: Answers, now_s: float) -> Looked:
        self._looks[self.id].append(now_s)
        return super().look(answers, now_s)


class _FirstHeard:
    """Waits for one zone's change."""

    def __init__(self) -> None:
        self.changed = threading.Event()
        self.lost = threading.Event()
        self._awaited: tuple[str, str] | None = None

    def expect(self, zone: str, state: str) -> None:
        self.changed.clear()
        self._awaited = (zone, state)

    def tell(self, said: Said) -> None:
        if isinstance(said, DeviceLost):
            self.lost.set()
        if isinstance(said, ZoneChanged) and (said.zone, said.state) == self._awaited:
            self.changed.set()


def cycles_s(modules: int = 16, baud: int = 9600, seconds: float = 12.0, dead: int = 1) -> Sequence[float]:
    """Return how long after each other every living module was polled, with the last `dead` unplugged.

    Measured after the dead ones were noticed, and over so many seconds that they are asked again meanwhile.
    Nothing is returned where they were not.
    """
    profile = load(_PROFILE)
    looks: dict[str, list[float]] = defaultdict(list)
    wirings = [FenceWiring(f"fence-{unit}", unit, profile) for unit in range(1, modules + 1)]
    heard = _FirstHeard()
    with SerialBus([FenceHost(w.unit, profile) for w in wirings], baud) as wire:
        for unit in range(modules - dead + 1, modules + 1):
            wire.unplug(unit)
        bus = ModbusBus(SerialLine(wire.port, baud), [_TimedStation(w, looks) for w in wirings])
        bus.start(heard.tell)
        try:
            if dead and not heard.lost.wait(_DEAD_WITHIN_S):
                return ()
            looks.clear()
            time.sleep(seconds)
        finally:
            bus.stop()
    return [b - a for times in looks.values() for a, b in pairwise(times)]


def alarm_latencies_s(zones: int = 8, baud: int = 9600, samples: int = 100) -> Sequence[float]:
    """Return how long it took from an alarm contact's opening to ZoneChanged, zone after zone; NaN: never."""
    profile = load(_PROFILE)
    names = tuple(str(number) for number in range(1, zones + 1))
    host = FenceHost(1, profile)
    heard = _FirstHeard()
    latencies: list[float] = []
    with SerialBus([host], baud) as wire:
        wiring = FenceWiring("fence-1", 1, profile, names)
        bus = ModbusBus(SerialLine(wire.port, baud), [FenceStation(wiring)])
        heard.expect(names[-1], "normal")
        bus.start(heard.tell)
        try:
            heard.changed.wait(_HEARD_WITHIN_S)
            for sample in range(samples):
                latencies.append(_alarm_s(host, heard, names[sample % zones]))
                time.sleep(_LONGEST_PAUSE_S * (sample * _UNEVEN % 1.0))
        finally:
            bus.stop()
    return latencies


def disturbed(modules: int = 8, baud: int = 9600, share: float = 0.2, seconds: float = 6.0) -> Disturbed:
    """Garble this share of all bytes for a while, both ways, then see how all modules come back."""
    profile = load(_PROFILE)
    wirings = [FenceWiring(f"fence-{unit}", unit, profile) for unit in range(1, modules + 1)]
    told: list[Said] = []
    with SerialBus([FenceHost(w.unit, profile) for w in wirings], baud) as wire:
        bus = ModbusBus(SerialLine(wire.port, baud), [FenceStation(w) for w in wirings])
        bus.start(told.append)
        try:
            _answered_s(bus, dict.fromkeys(bus.devices, 0))
            wire.noise(share)
            time.sleep(seconds)
            wire.noise(0.0)
            back_s = _answered_s(bus, {h.device: h.words for h in bus.health()})
        finally:
            bus.stop()
    lost = sum(isinstance(said, DeviceLost) for said in told)
    return Disturbed(lost, sum(untrue(said) for said in told), back_s)


def untrue(said: Said) -> bool:
    """Say whether a host told what is not so: it is armed, on mains, closed, and nothing stirs."""
    match said:
        case ZoneChanged(state=state):
            return state != "normal"
        case TamperChanged(tampered=tampered):
            return tampered
        case PowerChanged(power=power):
            return power != "mains"
        case ArmedChanged(armed=armed):
            return not armed
        case _:
            return False


def _answered_s(bus: ModbusBus, words: Mapping[str, int]) -> float:
    """Return how long it took until every device is online and said more than `words`, NaN for never."""
    began_s = time.monotonic()
    while not all(h.online and h.words > words[h.device] for h in bus.health()):
        if time.monotonic() - began_s > _BACK_WITHIN_S:
            return float("nan")
        time.sleep(0.01)
    return time.monotonic() - began_s


def _alarm_s(host: FenceHost, heard: _FirstHeard, zone: str) -> float:
    heard.expect(zone, "alarm")
    began_s = time.monotonic()
    host.climb(zone)
    told = heard.changed.wait(_HEARD_WITHIN_S)
    took_s = time.monotonic() - began_s
    heard.expect(zone, "normal")
    host.mend(zone)
    heard.changed.wait(_HEARD_WITHIN_S)
    return took_s if told else float("nan")
