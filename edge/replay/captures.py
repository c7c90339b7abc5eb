"""Recorded captures of Wi-Fi probes as reports, in the capture's own time."""

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

from drivers.listening.faults import probe_fault
from drivers.probes import capture, telling
from drivers.probes.capture import Captured
from drivers.probes.density import MINUTE_S, Now
from drivers.probes.key import DailyKey, key_of, pseudonymous
from drivers.probes.telling import Probe, Word
from drivers.probes.wiring import ProbeWiring
from drivers.said import Said
from edge.events import Report, SaidByDevice

_STEP_S = 1.0


def begins_at(path: Path) -> float | None:
    """Return the wall time of a capture's first packet, None for an empty one. Raises Misconfigured."""
    return next((captured.wall_s for captured in capture.frames(path)), None)


def play(
    wiring: ProbeWiring, path: Path, begin_s: float, zone: tzinfo, randomness: Callable[[int], bytes]
) -> Iterator[Report]:
    """Yield what a probe would have told, had it heard the capture from `begin_s` (wall seconds) on.

    Time runs from 0.0 s at the first packet. Addresses are hashed under a key that nobody keeps. Raises
    Misconfigured where this is no capture.
    """
    first_s = begins_at(path)
    if first_s is None:
        return
    key: DailyKey | None = None
    probe, now_s = telling.begin(wiring, Now(begin_s, 0.0)), 0.0
    for captured in capture.frames(path):
        at_s = max(now_s, captured.wall_s - first_s)
        for between_s in _until(now_s, at_s):
            probe, told = _silent(probe, Now(begin_s + between_s, between_s), path)
            yield from _reports(told)
        now_s = at_s
        key = key_of(key, datetime.fromtimestamp(begin_s + now_s, zone).date(), randomness)
        probe, told = telling.heard(probe, _word(captured, key), Now(begin_s + now_s, now_s))
        yield from _reports(told)
    # The last minute is told once its grace is over.
    for later_s in _until(now_s, now_s + MINUTE_S + 2 * wiring.measuring.grace_s):
        probe, told = telling.passed(
            probe, Now(begin_s + later_s, later_s), probe_fault("silent", path.name), listening=False
        )
        yield from _reports(told)


def _until(now_s: float, at_s: float) -> Iterator[float]:
    """Yield the seconds that pass before `at_s`: a probe is looked at once a second."""
    while now_s + _STEP_S < at_s:
        now_s += _STEP_S
        yield now_s


def _silent(probe: Probe, now: Now, path: Path) -> tuple[Probe, tuple[Said, ...]]:
    return telling.passed(probe, now, probe_fault("silent", path.name))


def _word(captured: Captured, key: DailyKey) -> Word:
    if captured.malformed:
        return Word(malformed=1)
    if captured.heard is None:
        return Word(others=1)
    return Word(pseudonymous((captured.heard,), key))


def _reports(told: tuple[Said, ...]) -> Iterator[Report]:
    for said in told:
        if isinstance(said, SaidByDevice):
            yield Report(said)
