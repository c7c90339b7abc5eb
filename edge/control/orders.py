"""Orders from people: journalled with name and reason, given while fresh, and what became of them."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping

from drivers import base
from drivers.base import DeviceError, Transient
from drivers.said import OrderDone, Said
from edge.box_events import OpeningOrdered, OrderGiven
from edge.clock import Clock
from edge.control.handing_over import Drivers, hand_over_guarded, not_given, unknown_device
from edge.control.messages import Done, GiveOrder, NotDone, not_done
from edge.events import Report
from edge.orders import Open, in_a_word
from edge.site.roster import Listed

# How long an order is worth carrying out, and how long a driver may take to say what became of it.
GOOD_FOR_S = 5.0
ANSWERED_WITHIN_S = 10.0

log = logging.getLogger("menwei.control")


class OrderDesk:
    """Takes orders for the devices of `roster`. Used in the event loop only.

    `take_in` hands a report to the controller, in order with what drivers say. Every order to a device of the
    site is journalled before it is given, one that is refused too.
    """

    def __init__(
        self,
        drivers: Drivers,
        roster: Mapping[str, Listed],
        clock: Clock,
        take_in: Callable[[Report], None],
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._drivers = drivers
        self._roster = roster
        self._clock = clock
        self._take_in = take_in
        self._new_id = new_id
        self._waiting: dict[str, asyncio.Future[OrderDone]] = {}

    def heard(self, said: Said) -> None:
        """Take note of what a driver said: what became of an order is passed on to who gave it."""
        waiting = self._waiting.get(said.order) if isinstance(said, OrderDone) else None
        if isinstance(said, OrderDone) and waiting is not None and not waiting.done():
            waiting.set_result(said)

    async def give(self, asked: GiveOrder) -> Done | NotDone:
        """Carry an order to its device; return what became of it, or why it was not given."""
        listed = self._roster.get(asked.device)
        if listed is None:
            return not_done(unknown_device(asked.device))
        order = base.Order(self._new_id(), asked.asked_mono_s + GOOD_FOR_S)
        waiting = self._waiting[order.id] = asyncio.get_running_loop().create_future()
        began_s = self._clock.mono()
        log.info("operator %s orders %s: %s (%s)", asked.by, asked.device, in_a_word(asked.what), asked.why)
        self._take_in(Report(_record(asked, order, began_s)))
        try:
            self._require_fresh(asked, began_s)
            hand_over_guarded(self._drivers, listed, asked.what, order)
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                done = await waiting
        except DeviceError as error:
            self._take_in(Report(not_given(order, asked.device, error, began_s, self._clock.mono())))
            return not_done(error)
        except TimeoutError:
            return not_done(_unanswered(asked.device))
        finally:
            del self._waiting[order.id]
        return Done(order.id, done.refused, done.took_s)

    def _require_fresh(self, asked: GiveOrder, now_s: float) -> None:
        if not now_s - GOOD_FOR_S < asked.asked_mono_s <= now_s:
            raise Transient(
                "control.late",
                "the order for {device} is too old, or from another boot: give it again",
                device=asked.device,
            )


def _record(asked: GiveOrder, order: base.Order, now_s: float) -> OpeningOrdered | OrderGiven:
    by = f"operator/{asked.by}"
    if isinstance(asked.what, Open):
        return OpeningOrdered(
            device=asked.device,
            mono_s=now_s,
            order=order.id,
            pulse_s=asked.what.pulse_ms / 1000,
            by=by,
            why=asked.why,
        )
    return OrderGiven(
        device=asked.device, mono_s=now_s, order=order.id, what=in_a_word(asked.what), by=by, why=asked.why
    )


def _unanswered(device: str) -> Transient:
    return Transient(
        "control.unanswered",
        "the driver of {device} did not say what became of the order: look at the device",
        device=device,
    )
