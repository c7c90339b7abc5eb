"""Lets known faces before doors prove that they are live: between cameras, decisions and readers."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from edge.access import challenging
from edge.access.challenging import Challenging, Grounds
from edge.access.policy import AccessPolicy
from edge.access.register import AccessRegister
from edge.access.request import Order
from edge.clock import Clock, Moment, plausible
from edge.events import Observation
from edge.vision.messages import Challenge

log = logging.getLogger("menwei.access")


class Worker(Protocol):
    """Who looks at some cameras."""

    @property
    def cameras(self) -> tuple[str, ...]:
        """Those cameras."""
        ...

    async def challenge(self, challenge: Challenge) -> None:
        """Watch how a face meets a challenge."""
        ...


class Challenger:
    """Used in the event loop only. `carry_out` hands orders to readers; their ids begin with `prefix`.

    `choose` returns a number below the one given that nobody can foresee.
    """

    def __init__(
        self,
        policy: AccessPolicy,
        prefix: str,
        carry_out: Callable[[Iterable[Order]], None],
        clock: Clock,
        choose: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._state = Challenging(prefix)
        self._grounds = Grounds(policy, AccessRegister(), choose)
        self._carry_out = carry_out
        self._clock = clock
        self._telling: set[asyncio.Task[None]] = set()

    def learn(self, register: AccessRegister) -> None:
        """Go by other registers from now on."""
        self._grounds = Grounds(self._grounds.policy, register, self._grounds.choose)

    def seen(self, observations: Iterable[Observation], workers: Sequence[Worker]) -> None:
        """Ask whom these observations show at a door, and take note of what challenges came to."""
        for seen in observations:
            wall_s = self._clock.wall()
            now = Moment(wall_s, self._clock.mono(), plausible(wall_s))
            answer = challenging.observe(self._state, self._grounds, seen, now)
            self._state = answer.state
            for challenge in answer.challenges:
                self._tell(challenge, workers)
            if answer.orders:
                self._carry_out(answer.orders)

    def _tell(self, challenge: Challenge, workers: Sequence[Worker]) -> None:
        log.info("%s is asked at %s to turn the head", challenge.subject, challenge.door)
        for worker in workers:
            if challenge.camera in worker.cameras:
                # The pipe may be full: nobody else waits for it.
                task = asyncio.get_running_loop().create_task(worker.challenge(challenge))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)
