"""What the driver holds of one reader, and what becomes of the orders given to it."""

from dataclasses import dataclass, field
from typing import Any

from drivers.base import Identity, Order
from drivers.doors import faults
from drivers.doors.osdp_asking import Asking
from drivers.doors.osdp_panel import Outcome
from drivers.doors.osdp_reports import ReaderState
from drivers.doors.osdp_supervising import Watch
from drivers.doors.osdp_wiring import OsdpReaderWiring
from drivers.said import OrderDone

# A reader that did not confirm an order within this time has not heard it.
ANSWER_S = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """An order on its way to the bus's thread. `reread_s` says when to read the lock again, if at all.

    One that `shows` is for readers with a display: a refusal costs the link.
    """

    device: str
    order: Order
    commands: tuple[dict[str, Any], ...]
    asked_s: float
    reread_s: float | None = None
    shows: bool = False


@dataclass(slots=True)
class Sent:
    """A request whose commands were handed to the library; `left` of them are not answered."""

    request: Request
    left: int
    refused: str | None = None


@dataclass(slots=True)
class Link:
    """One reader: its wiring and key, its supervision, its state, its orders. Used by one thread.

    `known` is who answered when it was last found.
    """

    wiring: OsdpReaderWiring
    key: bytes
    watch: Watch
    state: ReaderState = field(default_factory=ReaderState)
    sent: dict[str, Sent] = field(default_factory=dict)
    asking: Asking = field(default_factory=Asking)
    known: Identity | None = None
    rereads: list[float] = field(default_factory=list)
    words: int = 0
    word_s: float | None = None
    malformed: int = 0
    reason: str | None = None
    detail: str = ""


def done(request: Request, refused: str | None, now_s: float) -> OrderDone:
    """Return what became of a request."""
    return OrderDone(
        device=request.device,
        mono_s=now_s,
        order=request.order.id,
        refused=refused,
        took_s=now_s - request.asked_s,
    )


def refusal(request: Request, *, alive: bool, now_s: float) -> str | None:
    """Return why a request may not be sent now, None where it may. A late order is never sent."""
    if now_s >= request.order.expires_mono_s:
        return faults.LATE
    return None if alive else faults.NOT_CONNECTED


def answered(link: Link, order: str, outcome: Outcome, now_s: float) -> OrderDone | None:
    """Take note of one answered command; return what became of its order once all are answered."""
    sent = link.sent.get(order)
    if sent is None:
        return None
    sent.left -= 1
    if outcome != "confirmed":
        sent.refused = faults.REFUSED_BY_DEVICE if outcome == "refused" else faults.NO_ANSWER
    if sent.left:
        return None
    del link.sent[order]
    return done(sent.request, sent.refused, now_s)


def given_up(link: Link, now_s: float) -> tuple[OrderDone, ...]:
    """Give up the orders that were not confirmed in time; return what became of them."""
    late = [s.request for s in link.sent.values() if now_s >= _until_s(s.request)]
    for request in late:
        del link.sent[request.order.id]
    return tuple(done(request, faults.NO_ANSWER, now_s) for request in late)


def _until_s(request: Request) -> float:
    return min(request.order.expires_mono_s, request.asked_s + ANSWER_S)
