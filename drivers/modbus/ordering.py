"""Orders on their way to the wire: queued by anybody, refused when too late, tried again while fresh."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drivers.base import DeviceError, Misconfigured
from drivers.modbus.commands import Command, too_late
from drivers.modbus.frames import Request
from drivers.said import OrderDone

# An answer that noise destroyed: the pulse may run already, and a second one only begins it anew.
_MOST_TRIES = 3

Ask = Callable[[Request], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Queued:
    """A command and when it was given."""

    command: Command
    since_s: float


class Queue:
    """Commands in the order they were given; `wake` is set when one comes."""

    def __init__(self) -> None:
        self._waiting: deque[Queued] = deque()
        self._lock = threading.Lock()
        self.wake = threading.Event()

    def put(self, command: Command, now_s: float) -> None:
        """Add a command."""
        with self._lock:
            self._waiting.append(Queued(command, now_s))
        self.wake.set()

    def take(self) -> Queued | None:
        """Return the oldest command, None when there is none."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self.wake.clear()
            return None

    def take_late(self, now_s: float) -> Iterator[Queued]:
        """Take out and yield what has become too late."""
        with self._lock:
            late = [q for q in self._waiting if too_late(q.command.order, now_s)]
            self._waiting = deque(q for q in self._waiting if not too_late(q.command.order, now_s))
        yield from late


def send(ask: Ask, requests: tuple[Request, ...], command: Command, mono: Callable[[], float]) -> str | None:
    """Send what an order is on the wire; return None when it was confirmed, else the key of the refusal.

    Freshness is looked at before every single frame, so nothing late is ever sent.
    """
    for request in requests:
        refused = _sent(ask, request, command, mono)
        if refused is not None:
            return refused
    return None


def _sent(ask: Ask, request: Request, command: Command, mono: Callable[[], float]) -> str | None:
    for _ in range(_MOST_TRIES):
        if too_late(command.order, mono()):
            return "relay.expired"
        try:
            ask(request)
        except Misconfigured:
            return "relay.rejected"
        except DeviceError:
            continue
        return None
    return "relay.unanswered"


def done(queued: Queued, refused: str | None, now_s: float) -> OrderDone:
    """Return what is told of an order."""
    return OrderDone(
        device=queued.command.device,
        mono_s=now_s,
        order=queued.command.order.id,
        refused=refused,
        took_s=now_s - queued.since_s,
    )
