"""How fast the bus is, measured against simulated stations at a paced baud rate."""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from drivers.fences.host import FenceStation, FenceWiring
from drivers.fences.profile_files import load
from drivers.modbus.bus import ModbusBus
from drivers.modbus.station import Answers, Looked
from drivers.modbus.wiring import SerialLine
from drivers.said import DeviceLost, Said, ZoneChanged
from drivers.sim.modbus_slaves import FenceHost
from drivers.sim.modbus_wire import SerialBus

_PROFILE = "generic-16di"
_DEAD_WITHIN_S = 20.0
_HEARD_WITHIN_S = 5.0


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
                raise TimeoutError("a dead module was not noticed")
            looks.clear()
            time.sleep(seconds)
        finally:
            bus.stop()
    return [b - a for times in looks.values() for a, b in pairwise(times)]


def alarm_latencies_s(
    zones: int = 8, baud: int = 9600, samples: int = 100, apart_s: Sequence[float] = (0.13, 0.171, 0.219)
) -> Sequence[float]:
    """Return how long it took from an alarm contact's opening to ZoneChanged, zone after zone."""
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
            _await(heard)
            for sample in range(samples):
                latencies.append(_alarm_s(host, heard, names[sample % zones]))
                # Uneven pauses, so that alarms meet the poll at every phase.
                time.sleep(apart_s[sample % len(apart_s)])
        finally:
            bus.stop()
    return latencies


def _alarm_s(host: FenceHost, heard: _FirstHeard, zone: str) -> float:
    heard.expect(zone, "alarm")
    began_s = time.monotonic()
    host.climb(zone)
    _await(heard)
    took_s = time.monotonic() - began_s
    heard.expect(zone, "normal")
    host.mend(zone)
    _await(heard)
    return took_s


def _await(heard: _FirstHeard) -> None:
    if not heard.changed.wait(_HEARD_WITHIN_S):
        raise TimeoutError("a zone's change was not told")
