"""What a community server keeps of the events it receives: each id once, each lane in order."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

# An event offered so often although something before it is missing: that something will not come.
OFFERS = 3


class Verdict(StrEnum):
    """What becomes of an event."""

    TAKEN = "taken"
    REPEATED = "repeated"
    OUT_OF_ORDER = "out of order"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that was taken. `lane` is the last part of its topic; `at_s` is monotonic."""

    id: str
    kind: str
    site: str
    lane: str
    sequence: int
    at_s: float
    event: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lane:
    """The last sequence taken in a lane, and the event that waits for those before it."""

    last: int
    waiting_id: str | None = None
    offers: int = 0


class Ledger:
    """Every event taken so far, in the order of taking."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.repeats = 0
        self._ids: dict[str, Arrival] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}

    def offer(self, arrival: Arrival) -> Verdict:
        """Take an event, or say why it is not taken."""
        if arrival.id in self._ids:
            self.repeats += 1
            return Verdict.REPEATED
        place = (arrival.site, arrival.lane)
        lane = self._lanes.get(place)
        if lane is not None and arrival.sequence > lane.last + 1:
            offers = lane.offers + 1 if lane.waiting_id == arrival.id else 1
            self._lanes[place] = replace(lane, waiting_id=arrival.id, offers=offers)
            if offers < OFFERS:
                return Verdict.OUT_OF_ORDER
        self._lanes[place] = Lane(max(arrival.sequence, lane.last if lane else 0))
        self._ids[arrival.id] = arrival
        self.arrivals.append(arrival)
        return Verdict.TAKEN

    def conflicts(self, arrival: Arrival) -> bool:
        """Say whether its id is known with another content."""
        known = self._ids.get(arrival.id)
        return known is not None and known.event != arrival.event
