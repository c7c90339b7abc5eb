"""Whether a station is there: a pure state machine that says lost once and found once."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Presence:
    """`heard_s` is its last word, None before the first; `reason` and `detail` tell why it fell silent."""

    since_s: float
    heard_s: float | None = None
    online: bool = False
    lost: bool = False
    reason: str = "modbus.silent"
    detail: str = "-"


@dataclass(frozen=True, slots=True)
class Found:
    """It answers (again). `away_s` is None at the first start."""

    away_s: float | None


@dataclass(frozen=True, slots=True)
class Lost:
    """It has been silent for too long; `silent_s` is None when it never said a word."""

    silent_s: float | None


def heard(before: Presence, now_s: float) -> tuple[Presence, Found | None]:
    """Return the state after a good answer, and what is news of it."""
    after = replace(before, heard_s=now_s, online=True, lost=False)
    if before.online:
        return after, None
    return after, Found(None if before.heard_s is None else now_s - before.heard_s)


def failed(before: Presence, reason: str, detail: str) -> Presence:
    """Return the state after a poll that failed."""
    return replace(before, reason=reason, detail=detail)


def judged(before: Presence, now_s: float, lost_after_s: float) -> tuple[Presence, Lost | None]:
    """Return the state at `now_s`, and whether it is lost since just now."""
    silent_since_s = before.since_s if before.heard_s is None else before.heard_s
    if before.lost or now_s - silent_since_s <= lost_after_s:
        return before, None
    silent_s = None if before.heard_s is None else now_s - before.heard_s
    return replace(before, online=False, lost=True), Lost(silent_s)
