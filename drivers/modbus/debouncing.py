"""When a reading is believed: a pure function of (state, reading, now).

Two equal readings in a row are always asked for: CRC-16 lets one garbled frame in some ten thousand pass, and
a single one must never be an event. Where the poll in between failed the line is a bad one, on which two such
frames meet sooner or later: then a third is asked for.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

T = TypeVar("T")

_AGREEING = 2
_AGREEING_IN_DOUBT = 3


@dataclass(frozen=True, slots=True)
class Debounced(Generic[T]):
    """`settled` is what is believed, None at first; `candidate` what has been read since `since_s`.

    `doubted` says that a poll failed since then.
    """

    settled: T | None = None
    candidate: T | None = None
    since_s: float = 0.0
    agreed: int = 0
    doubted: bool = False

    @property
    def unsettled(self) -> bool:
        """Whether something else than what is believed has been read last."""
        return self.candidate is not None


def believed(held: Mapping[str, Debounced[T]], name: str) -> T | None:
    """Return what is believed of one of many, None where nothing is yet."""
    one = held.get(name)
    return None if one is None else one.settled


def doubt(before: Mapping[str, Debounced[T]]) -> Mapping[str, Debounced[T]]:
    """Return the states after a poll that failed."""
    return {name: replace(one, doubted=True) if one.unsettled else one for name, one in before.items()}


def step(
    before: Debounced[T],
    reading: T,
    now_s: float,
    hold_s: float,
    same: Callable[[T, T], bool] = operator.eq,
) -> Debounced[T]:
    """Return the state after a reading. It is believed once it was read often enough, over at least `hold_s`.

    Readings that are the `same` agree; the last of them is what is believed.
    """
    if before.settled is not None and same(reading, before.settled):
        return Debounced(before.settled)
    if before.candidate is None or not same(reading, before.candidate):
        return Debounced(before.settled, reading, now_s, 1)
    agreed = before.agreed + 1
    if agreed >= _enough(before) and now_s - before.since_s >= hold_s:
        return Debounced(reading)
    return replace(before, agreed=agreed)


def _enough(before: Debounced[T]) -> int:
    return _AGREEING_IN_DOUBT if before.doubted else _AGREEING
