"""The thread that keeps one wire open and hands on what it says."""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from drivers.base import DeviceError, WrongState
from drivers.cameras.reconnecting import (
    Due,
    Event,
    Failed,
    Link,
    Opened,
    Order,
    Patience,
    begin,
    step,
)
from drivers.listening.faults import Fault
from drivers.listening.wire import Chunk, Wire

log = logging.getLogger(__name__)

TICK_S = 0.25
_JOIN_S = 8.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the wire is; replaced as a whole, so that any thread may read it."""

    link: Link
    fault: DeviceError | None = None

    @property
    def is_open(self) -> bool:
        """Whether the wire can be read."""
        return self.link.phase == "streaming"


class WireThread:
    """Reads a wire and calls `step` with what came and how the wire stands, at least every TICK_S.

    `step` runs in this thread alone. A wire that fails is closed and tried again with the house's patience.
    """

    def __init__(
        self,
        wire: Wire,
        step_with: Callable[[Sequence[Chunk], Standing], None],
        mono: Callable[[], float],
        fault: Fault,
        patience: Patience | None = None,
    ) -> None:
        self._wire = wire
        self._step_with = step_with
        self._mono = mono
        self._fault = fault
        self._patience = patience or Patience(first_s=0.5, cap_s=5.0, denied_s=300.0, misconfigured_s=30.0)
        self._random = random.Random(wire.name)  # noqa: S311 - spreads retries, protects nothing
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"wire-{wire.name}", daemon=True)
        self.standing = Standing(begin(mono()))

    @property
    def started(self) -> bool:
        """Whether it was ever started."""
        return self._thread.ident is not None

    def start(self) -> None:
        """Start reading. Raises WrongState the second time."""
        if self.started:
            raise WrongState(
                "probe.started_twice", "the driver of {wire} was started already", wire=self._wire.name
            )
        self._thread.start()

    def stop(self) -> bool:
        """End the thread; return whether it had ended in time."""
        self._stopping.set()
        if self.started:
            self._thread.join(_JOIN_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        order = Order.OPEN
        try:
            while not self._stopping.is_set():
                order = self._turn(order)
        finally:
            self._wire.close()

    def _turn(self, order: Order) -> Order:
        """Do one thing with the wire and tell how it went; return what to do next."""
        try:
            event, chunks = self._do(order)
            after = order if event is None else self._advance(event, None)
            self._step_with(chunks, self.standing)
        except DeviceError as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 - its text may hold an address: only its kind is kept
            log.error("the driver of %s failed: %s", self._wire.name, type(error).__name__)  # noqa: TRY400
            return self._failed(self._fault("unexpected", f"{self._wire.name}: {type(error).__name__}"))
        return after

    def _do(self, order: Order) -> tuple[Event | None, Sequence[Chunk]]:
        match order:
            case Order.OPEN:
                self._wire.open()
                return Opened(), ()
            case Order.READ:
                return None, self._wire.read(TICK_S)
            case _:
                self._stopping.wait(self._rest_s())
                return Due(), ()

    def _rest_s(self) -> float:
        retry_at_s = self.standing.link.retry_at_s or 0.0
        return min(TICK_S, max(0.0, retry_at_s - self._mono()))

    def _failed(self, error: DeviceError) -> Order:
        self._wire.close()
        order = self._advance(Failed(type(error), self._random.random()), error)
        try:
            self._step_with((), self.standing)
        except Exception as again:  # noqa: BLE001 - as above; the thread lives on
            log.error("the driver of %s failed: %s", self._wire.name, type(again).__name__)  # noqa: TRY400
        return order

    def _advance(self, event: Event, error: DeviceError | None) -> Order:
        link, order = step(self.standing.link, event, self._mono(), self._patience)
        keep = isinstance(event, Due)
        self.standing = replace(self.standing, link=link, fault=self.standing.fault if keep else error)
        return order
