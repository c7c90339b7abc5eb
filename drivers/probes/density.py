"""How many devices a probe heard in each minute: pure functions of (state, what was heard, now).

A minute is told once, `grace_s` after its end. Minutes in which nobody listened are not told: not measured
is not zero. Where the wall clock is set back by more than a minute, what was open is told as it is and the
minutes that come again are measured, and told, again: their first telling carried a wrong time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from drivers.probes.key import Sighting

MINUTE_S = 60
# A crowd of this size is a flood of made-up addresses: counting stops here, memory stays bounded.
MOST_DEVICES = 10_000
# Longer between two steps, nobody listened.
_LONGEST_STEP_S = 5.0
# Less of a minute than this was no measurement.
_SHORTEST_S = 1.0
_NOBODY: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Measuring:
    """What counts as near (stronger than `near_dbm`), and how long a late word is waited for."""

    near_dbm: int = -65
    grace_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute as measured: distinct hashes, frames, and for how many seconds somebody listened."""

    start_s: int
    devices: frozenset[bytes] = _NOBODY
    near: frozenset[bytes] = _NOBODY
    randomised: frozenset[bytes] = _NOBODY
    frames: int = 0
    covered_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Density:
    """The minutes that are still open, oldest first (two at most), and how many frames came too late."""

    open: tuple[Minute, ...] = ()
    stepped_s: float | None = None
    late: int = 0


@dataclass(frozen=True, slots=True)
class Now:
    """Both clocks: the wall's names minutes, the monotonic one measures them."""

    wall_s: float
    mono_s: float


def step(
    state: Density,
    sightings: Sequence[Sighting],
    now: Now,
    measuring: Measuring,
    *,
    heard_s: float | None = None,
    listening: bool = True,
) -> tuple[Density, tuple[Minute, ...]]:
    """Return the state after what was heard, and the minutes that are complete.

    `heard_s` is when it was heard, by the wall, where the probe says so; the future counts as now. Call at
    least every few seconds, with nothing heard too, and with `listening` False while the probe is lost.
    """
    state, told = _close(state, now, measuring)
    if listening:
        state = _cover(state, now)
    if sightings:
        state = _count(state, sightings, _minute_of(now.wall_s), heard_s, measuring)
    return replace(state, stepped_s=now.mono_s), told


def _close(state: Density, now: Now, measuring: Measuring) -> tuple[Density, tuple[Minute, ...]]:
    set_back = bool(state.open) and now.wall_s < state.open[-1].start_s - MINUTE_S
    done = tuple(m for m in state.open if set_back or now.wall_s >= m.start_s + MINUTE_S + measuring.grace_s)
    told = tuple(m for m in done if m.frames or m.covered_s >= _SHORTEST_S)
    return replace(state, open=tuple(m for m in state.open if m not in done)), told


def _cover(state: Density, now: Now) -> Density:
    """Open the minute of now and credit it with the time since the last step."""
    start_s = _minute_of(now.wall_s)
    # A clock that went back by less than a minute goes on with the minute that is open.
    if not state.open or state.open[-1].start_s < start_s:
        state = replace(state, open=(*state.open, Minute(start_s)))
    since_s = 0.0 if state.stepped_s is None else now.mono_s - state.stepped_s
    if not 0.0 < since_s <= _LONGEST_STEP_S:
        return state
    newest = state.open[-1]
    covered_s = min(float(MINUTE_S), newest.covered_s + since_s)
    return replace(state, open=(*state.open[:-1], replace(newest, covered_s=covered_s)))


def _count(
    state: Density,
    sightings: Sequence[Sighting],
    present_s: int,
    heard_s: float | None,
    measuring: Measuring,
) -> Density:
    start_s = present_s if heard_s is None else min(present_s, _minute_of(heard_s))
    if heard_s is None and state.open:
        start_s = max(start_s, state.open[-1].start_s)
    if start_s not in {m.start_s for m in state.open}:
        return replace(state, late=state.late + len(sightings))
    minutes = tuple(_with(m, sightings, measuring) if m.start_s == start_s else m for m in state.open)
    return replace(state, open=minutes)


def _with(minute: Minute, sightings: Sequence[Sighting], measuring: Measuring) -> Minute:
    heard = {s.pseudonym for s in sightings}
    if len(minute.devices | heard) > MOST_DEVICES:
        heard &= minute.devices
    near = {
        s.pseudonym
        for s in sightings
        if s.rssi_dbm is not None and s.rssi_dbm > measuring.near_dbm and s.pseudonym in heard
    }
    masked = {s.pseudonym for s in sightings if s.randomised and s.pseudonym in heard}
    return replace(
        minute,
        devices=minute.devices | heard,
        near=minute.near | near,
        randomised=minute.randomised | masked,
        frames=minute.frames + len(sightings),
    )


def _minute_of(wall_s: float) -> int:
    return int(wall_s // MINUTE_S) * MINUTE_S
