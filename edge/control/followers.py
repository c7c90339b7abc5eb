"""Who follows what is observed, each behind a bounded queue."""

import asyncio
from collections import deque
from collections.abc import Iterable

import msgspec

from drivers.said import CodeScanned, KeysPressed
from edge.control.messages import Dropped, Observed
from edge.events import Observation

MOST_WAITING = 256


class Follower:
    """One that follows. Used in the event loop only."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._waiting: deque[Observed] = deque()
        self._most = most_waiting
        self._dropped = 0
        self._news = asyncio.Event()

    def put(self, observed: Observed) -> None:
        """Queue an observation, or count it where too many wait."""
        if len(self._waiting) >= self._most:
            self._dropped += 1
        else:
            self._waiting.append(observed)
        self._news.set()

    async def take(self) -> list[Observed | Dropped]:
        """Wait for news and return them all, in order; what was dropped came after them."""
        await self._news.wait()
        self._news.clear()
        news: list[Observed | Dropped] = list(self._waiting)
        self._waiting.clear()
        if self._dropped:
            news.append(Dropped(self._dropped))
            self._dropped = 0
        return news


def observed(observation: Observation, wall_s: float) -> Observed:
    """Return an observation as it may be told: a code typed or scanned at a door is nobody's to read."""
    if isinstance(observation, KeysPressed):
        observation = msgspec.structs.replace(observation, keys="•" * len(observation.keys))
    elif isinstance(observation, CodeScanned):
        observation = msgspec.structs.replace(observation, text="•")
    return Observed(wall_s, observation)


def tell_all(followers: Iterable[Follower], observations: Iterable[Observation], wall_s: float) -> None:
    """Queue observations with everybody who follows."""
    everybody = tuple(followers)
    if everybody:
        for observation in observations:
            told = observed(observation, wall_s)
            for follower in everybody:
                follower.put(told)
