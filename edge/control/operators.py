"""What operators want done: orders to a device, modes of the whole site, and what takes two of them."""

import asyncio
import logging
from collections.abc import Callable

from edge.box_events import ModeSet
from edge.clock import Clock
from edge.control.messages import (
    Act,
    Answer,
    AwaitsSecond,
    Done,
    GiveOrder,
    ModeTaken,
    Opened,
    OpenEvery,
    SetMode,
)
from edge.control.orders import OrderDesk
from edge.control.two_operators import SECONDED_WITHIN_S, Asked, second
from edge.events import Report
from edge.orders import Open

log = logging.getLogger("menwei.control")


class OperatorDesk:
    """Takes what operators ask for. Used in the event loop only.

    `doors` are those that "every door" means; `take_in` hands a report to the controller.
    """

    def __init__(
        self, orders: OrderDesk, doors: tuple[str, ...], clock: Clock, take_in: Callable[[Report], None]
    ) -> None:
        self._orders = orders
        self._doors = doors
        self._clock = clock
        self._take_in = take_in
        self._first: Asked | None = None

    async def act(self, asked: Act) -> Answer:
        """Do what is asked; return what became of it."""
        match asked:
            case GiveOrder():
                return await self._orders.give(asked)
            case SetMode():
                return self._set_mode(asked)
            case OpenEvery():
                return await self._open_every(asked)

    def _set_mode(self, asked: SetMode) -> ModeTaken:
        log.warning("operator %s turns %s %s (%s)", asked.by, asked.mode, _on(asked), asked.why)
        self._take_in(
            Report(
                ModeSet(
                    mode=asked.mode,
                    on=asked.on,
                    by=f"operator/{asked.by}",
                    why=asked.why,
                    mono_s=self._clock.mono(),
                )
            )
        )
        return ModeTaken(asked.mode, asked.on)

    async def _open_every(self, asked: OpenEvery) -> AwaitsSecond | Opened:
        now_s = self._clock.mono()
        self._first, first = second(self._first, Asked(asked.by, asked.why, now_s))
        if first is None:
            log.warning("operator %s asks to open every door (%s)", asked.by, asked.why)
            return AwaitsSecond(SECONDED_WITHIN_S)
        log.warning("operators %s and %s open every door (%s)", first.by, asked.by, asked.why)
        why = f"{asked.why} ({first.by}: {first.why})"[:200]
        orders = [GiveOrder(door, Open(), asked.by, why, asked.asked_mono_s) for door in self._doors]
        answers = await asyncio.gather(*(self._orders.give(order) for order in orders))
        return Opened(
            {
                door: answer.refused if isinstance(answer, Done) else answer.key
                for door, answer in zip(self._doors, answers, strict=True)
            }
        )


def _on(asked: SetMode) -> str:
    return "on" if asked.on else "off"
