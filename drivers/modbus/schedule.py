"""Which station is polled next: pure functions of (schedule, what happened, now).

Living stations take turns, the one that waited longest first. One whose reading just changed is looked at
again at once, so that the second look which an event needs does not wait for a whole round; but never more
than twice in a row. A dead station is asked rarely, and however many are dead, they share one time-out a
while: the living hardly notice them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from drivers.modbus.wiring import Pace

_MOST_SECOND_LOOKS = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """One station's place in the schedule. `misses` counts unanswered polls in a row."""

    station: str
    due_s: float
    misses: int = 0
    second_looks: int = 0
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every station's turn, and when a dead one may be asked again."""

    turns: tuple[Turn, ...]
    dead_from_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Poll:
    """Poll this station now."""

    station: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Nobody is due before `until_s`."""

    until_s: float


def begin(stations: Iterable[str], now_s: float) -> Schedule:
    """Return a schedule in which everybody is due."""
    return Schedule(tuple(Turn(station, now_s) for station in stations), now_s)


def following(schedule: Schedule, now_s: float, pace: Pace) -> Poll | Rest:
    """Return whom to poll now, or until when to rest."""
    living = [turn for turn in schedule.turns if turn.misses < pace.misses]
    looks = [turn for turn in living if _wants_second_look(turn)]
    if looks:
        return Poll(min(looks, key=lambda turn: turn.due_s).station)
    dead = [turn for turn in schedule.turns if turn.misses >= pace.misses]
    due = [(max(turn.due_s, schedule.dead_from_s), turn.station) for turn in dead]
    due += [(turn.due_s, turn.station) for turn in living]
    if not due:
        return Rest(now_s + pace.dead_apart_s)
    due_s, station = min(due)
    return Poll(station) if due_s <= now_s else Rest(due_s)


def answered(schedule: Schedule, station: str, now_s: float, pace: Pace, *, unsettled: bool) -> Schedule:
    """Return the schedule after a good answer; `unsettled` asks for a second look at once."""

    def after(turn: Turn) -> Turn:
        # A look that was owed was taken; a regular turn opens a new account.
        looks = turn.second_looks + 1 if _wants_second_look(turn) else 0
        return replace(turn, due_s=now_s + pace.every_s, misses=0, second_looks=looks, unsettled=unsettled)

    return _replaced(schedule, station, after)


def missed(
    schedule: Schedule, station: str, now_s: float, pace: Pace, jitter: float, *, rest_s: float = 0.0
) -> Schedule:
    """Return the schedule after a poll without a good answer; `jitter` is a random number from 0 to 1.

    The station is left in peace for `rest_s` at least.
    """

    def after(turn: Turn) -> Turn:
        misses = turn.misses + 1
        # Jitter: stations that lost their power together do not come due together for ever.
        wait_s = pace.every_s if misses < pace.misses else pace.dead_every_s * (0.75 + 0.5 * jitter)
        return replace(turn, due_s=now_s + max(wait_s, rest_s), misses=misses, unsettled=False)

    later = _replaced(schedule, station, after)
    if is_dead(later, station, pace):
        return replace(later, dead_from_s=now_s + pace.dead_apart_s)
    return later


def is_dead(schedule: Schedule, station: str, pace: Pace) -> bool:
    """Say whether a station has missed so many polls that it is asked rarely."""
    return any(turn.station == station and turn.misses >= pace.misses for turn in schedule.turns)


def _wants_second_look(turn: Turn) -> bool:
    return turn.unsettled and turn.second_looks < _MOST_SECOND_LOOKS


def _replaced(schedule: Schedule, station: str, after: Callable[[Turn], Turn]) -> Schedule:
    turns = tuple(after(turn) if turn.station == station else turn for turn in schedule.turns)
    return replace(schedule, turns=turns)
