"""From what a probe was heard to say to what is told of it: pure functions of (state, word, now)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from drivers.base import DeviceError
from drivers.listening.availability import Availability, Found, Lost, silence, word
from drivers.probes.density import Density, Minute, Now, step
from drivers.probes.key import Sighting
from drivers.probes.wiring import ProbeWiring
from drivers.said import DensityMeasured, DeviceFound, DeviceLost, Said


@dataclass(frozen=True, slots=True)
class Word:
    """What one probe said at once, addresses hashed; `heard_s` is the wall time that it gave, if any."""

    sightings: tuple[Sighting, ...] = ()
    others: int = 0
    malformed: int = 0
    heard_s: float | None = None

    @property
    def makes_sense(self) -> bool:
        """Whether it shows that the probe is alive: rubbish alone does not."""
        return bool(self.sightings or self.others or not self.malformed)


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: is it there, what did it hear, how much did it say."""

    wiring: ProbeWiring
    availability: Availability
    density: Density = field(default_factory=Density)
    words: int = 0
    malformed: int = 0
    reason: str | None = None
    detail: str = ""


def begin(wiring: ProbeWiring, now: Now) -> Probe:
    """Return a probe that said nothing yet."""
    return Probe(wiring, Availability(now.mono_s))


def heard(probe: Probe, said: Word, now: Now) -> tuple[Probe, tuple[Said, ...]]:
    """Return the probe after a word, and what is to be told."""
    probe = replace(probe, words=probe.words + 1, malformed=probe.malformed + said.malformed)
    if not said.makes_sense:
        return probe, ()
    availability, found = word(probe.availability, now.mono_s)
    probe = replace(probe, availability=availability, reason=None, detail="")
    probe, told = _measured(probe, said, now, listening=True)
    return probe, (*_found(probe, found, now), *told)


def passed(
    probe: Probe, now: Now, fault: DeviceError, *, listening: bool = True
) -> tuple[Probe, tuple[Said, ...]]:
    """Return the probe as time passes, and what is to be told.

    `fault` says why it would be silent, `listening` whether its wire is open.
    """
    availability, lost = silence(probe.availability, now.mono_s, probe.wiring.deadline_s)
    probe = replace(probe, availability=availability)
    if lost is not None:
        probe = replace(probe, reason=fault.key, detail=str(fault.values["detail"]))
    probe, told = _measured(probe, Word(), now, listening=listening)
    return probe, (*told, *_lost(probe, lost, now))


def _measured(probe: Probe, said: Word, now: Now, *, listening: bool) -> tuple[Probe, tuple[Said, ...]]:
    there = probe.availability.heard_s is not None and not probe.availability.lost
    density, minutes = step(
        probe.density,
        said.sightings,
        now,
        probe.wiring.measuring,
        heard_s=said.heard_s,
        listening=there and listening,
    )
    told = tuple(_density(probe.wiring.id, minute, now) for minute in minutes)
    return replace(probe, density=density), told


def _density(device: str, minute: Minute, now: Now) -> DensityMeasured:
    return DensityMeasured(
        device=device,
        mono_s=now.mono_s,
        minute_s=minute.start_s,
        devices=len(minute.devices),
        near=len(minute.near),
        frames=minute.frames,
        randomised=len(minute.randomised),
        covered_s=minute.covered_s,
    )


def _found(probe: Probe, found: Found | None, now: Now) -> Sequence[Said]:
    if found is None:
        return ()
    name = probe.wiring.sender or probe.wiring.id
    return (
        DeviceFound(
            device=probe.wiring.id,
            mono_s=now.mono_s,
            identity=name,
            firmware="",
            away_s=found.away_s,
        ),
    )


def _lost(probe: Probe, lost: Lost | None, now: Now) -> Sequence[Said]:
    if lost is None:
        return ()
    return (
        DeviceLost(
            device=probe.wiring.id,
            mono_s=now.mono_s,
            reason=probe.reason or "probe.silent",
            detail=probe.detail,
            silent_s=lost.silent_s,
        ),
    )
