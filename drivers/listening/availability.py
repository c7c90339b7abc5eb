"""Whether a device that only talks is there: a pure state machine that tells each change once."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Availability:
    """Since when the device is listened to, when it last said something, and what was told of it."""

    since_s: float
    heard_s: float | None = None
    known: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The device talks (again); `away_s` is None for its first word."""

    away_s: float | None


@dataclass(frozen=True, slots=True)
class Lost:
    """The device was silent for longer than it may; None where it never said a word."""

    silent_s: float | None


def word(state: Availability, now_s: float) -> tuple[Availability, Found | None]:
    """Take note of a word from the device; return Found when it was not there before."""
    after = replace(state, heard_s=now_s, known=True, lost=False)
    if state.known and not state.lost:
        return after, None
    return after, Found(None if state.heard_s is None else now_s - state.heard_s)


def silence(state: Availability, now_s: float, deadline_s: float) -> tuple[Availability, Lost | None]:
    """Take note that time passes; return Lost when the device has just been silent for too long."""
    last_s = state.since_s if state.heard_s is None else state.heard_s
    if state.lost or now_s - last_s <= deadline_s:
        return state, None
    silent_s = None if state.heard_s is None else now_s - state.heard_s
    return replace(state, known=True, lost=True), Lost(silent_s)
