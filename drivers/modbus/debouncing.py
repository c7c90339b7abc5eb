"""When a reading is believed: a pure function of (state, reading, now).

Two equal readings in a row are always asked for: CRC-16 lets one garbled frame in some ten thousand pass, and
a single one must never be an event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

T = TypeVar("T")

_AGREEING = 2


@dataclass(frozen=True, slots=True)
class Debounced(Generic[T]):
    """`settled` is what is believed, None at first; `candidate` what has been read since `since_s`."""

    settled: T | None = None
    candidate: T | None = None
    since_s: float = 0.0
    agreed: int = 0

    @property
    def unsettled(self) -> bool:
        """Whether something else than what is believed has been read last."""
        return self.candidate is not None


def believed(held: Mapping[str, Debounced[T]], name: str) -> T | None:
    """Return what is believed of one of many, None where nothing is yet."""
    one = held.get(name)
    return None if one is None else one.settled


def step(before: Debounced[T], reading: T, now_s: float, hold_s: float) -> Debounced[T]:
    """Return the state after a reading. It is believed once it was read twice, over at least `hold_s`."""
    if reading == before.settled:
        return Debounced(before.settled)
    if reading != before.candidate:
        return Debounced(before.settled, reading, now_s, 1)
    agreed = before.agreed + 1
    if agreed >= _AGREEING and now_s - before.since_s >= hold_s:
        return Debounced(reading)
    return replace(before, agreed=agreed)
