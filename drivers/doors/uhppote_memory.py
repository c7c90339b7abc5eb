"""What a controller remembers and this box has not told yet: pure functions."""

from datetime import datetime

from drivers.doors.uhppote_packets import DoorStatus, Entry
from drivers.doors.uhppote_wiring import UhppoteWiring
from drivers.said import DoorChanged, ExitRequested, PassageLogged, Said

# More than a busy gate sees in a day; older entries stay in the controller.
BACKLOG = 1000
_CARD, _DOOR = 1, 2
_NOTHING, _OVERWRITTEN = 0, 0xFF
_EXIT_BUTTON = 20
# A controller tells whole seconds: what was fetched is never taken for what just happened.
_LEAST_LATE_S = 1.0
_REASONS = {
    1: "door.passage_granted",
    6: "door.passage_no_access",
    7: "door.passage_wrong_pin",
    8: "door.passage_antipassback",
    12: "door.passage_interlock",
    13: "door.passage_out_of_hours",
    15: "door.passage_expired",
}


def untold(cursor: int, last: int) -> range:
    """Return the indices after `cursor` up to `last`, the newest BACKLOG of them at most."""
    return range(max(cursor + 1, last - BACKLOG + 1), last + 1)


def late_s(entry: Entry, now: datetime | None) -> float:
    """Return how old a fetched entry is by the controller's own clock; at least a second."""
    if entry.at is None or now is None:
        return _LEAST_LATE_S
    return max(_LEAST_LATE_S, (now - entry.at).total_seconds())


def said_of(entry: Entry, wiring: UhppoteWiring, now_s: float, late: float) -> tuple[Said, ...]:
    """Return what an entry tells, `late` seconds after it happened (0.0: just now)."""
    if entry.kind in (_NOTHING, _OVERWRITTEN):
        return ()
    device = next((door.id for door in wiring.doors if door.number == entry.door), wiring.id)
    if entry.kind == _CARD:
        other = "door.passage_granted" if entry.granted else "door.passage_refused"
        return (
            PassageLogged(
                device=device,
                mono_s=now_s,
                late_s=late,
                index=entry.index,
                card=entry.card,
                granted=entry.granted,
                reason=_REASONS.get(entry.reason, other),
            ),
        )
    if entry.kind == _DOOR and entry.reason == _EXIT_BUTTON:
        return (ExitRequested(device=device, mono_s=now_s, late_s=late),)
    return ()


def changes(
    before: tuple[DoorStatus, ...] | None,
    after: tuple[DoorStatus, ...],
    wiring: UhppoteWiring,
    now_s: float,
) -> tuple[Said, ...]:
    """Return what changed at the doors; all of them, marked `first`, where `before` is None."""
    said: list[Said] = []
    for door in wiring.doors:
        is_now = after[door.number - 1]
        was = None if before is None else before[door.number - 1]
        if was is None or (was.is_open, was.unlocked) != (is_now.is_open, is_now.unlocked):
            said.append(
                DoorChanged(
                    device=door.id,
                    mono_s=now_s,
                    first=was is None,
                    position="open" if is_now.is_open else "closed",
                    lock="unlocked" if is_now.unlocked else "locked",
                )
            )
    return tuple(said)
