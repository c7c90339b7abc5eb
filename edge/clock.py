"""The only module that asks what time it is."""

import time
from dataclasses import dataclass
from typing import Protocol

DAY_S = 86_400.0

# 2026-01-01 UTC: this software is younger than that, so is every moment it works in.
_EARLIEST_S = 1_767_225_600.0


class Clock(Protocol):
    """Wall time may step; monotonic time never does and is the only one for time-outs."""

    def wall(self) -> float:
        """Return seconds since 1970-01-01 UTC."""
        ...

    def mono(self) -> float:
        """Return seconds of CLOCK_MONOTONIC: comparable between processes of one boot."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def wall(self) -> float:
        """Return seconds since 1970-01-01 UTC."""
        return time.time()

    def mono(self) -> float:
        """Return seconds of CLOCK_MONOTONIC."""
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock turned by hand: replay and tests run on it."""

    wall_s: float = 0.0
    mono_s: float = 0.0

    def wall(self) -> float:
        """Return the wall time it was set to."""
        return self.wall_s

    def mono(self) -> float:
        """Return the monotonic time it was set to."""
        return self.mono_s

    def advance(self, seconds: float) -> None:
        """Let both clocks run on by `seconds` (>= 0)."""
        if seconds < 0:
            raise ValueError("monotonic time never goes back")
        self.wall_s += seconds
        self.mono_s += seconds

    def step_wall(self, seconds: float) -> None:
        """Step the wall clock alone, as NTP or a hand does."""
        self.wall_s += seconds


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, as decisions are told it: both times, and whether the wall time was then believed."""

    wall_s: float
    mono_s: float
    trusted: bool = True


def plausible(wall_s: float) -> bool:
    """Say whether a wall time can be true: a box that lost its battery wakes up decades ago."""
    return wall_s >= _EARLIEST_S
