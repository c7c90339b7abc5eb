"""The thread that talks to one PTZ camera: an order never waits for a question that is under way."""

import asyncio
import contextlib
import logging
import random
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from drivers.base import Denied, DeviceError, DeviceHealth, Identity, Order, Tell
from drivers.cameras import onvif, onvif_faults, ptz_standing, reconnecting
from drivers.cameras.onvif_faults import fault, refusal
from drivers.cameras.onvif_session import identify
from drivers.cameras.ptz_wiring import PtzWiring
from drivers.cameras.reconnecting import Failed, Link, Opened, Patience, Phase
from drivers.said import OrderDone

log = logging.getLogger(__name__)

TICK_S = 0.25
_JOIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Turn:
    """An order to turn to a preset, and when it was given."""

    preset: str
    order: Order
    asked_s: float


class PtzCamera:
    """One camera. `put`, `health` and `ask_to_stop` may be called from any thread once it was started."""

    def __init__(self, wiring: PtzWiring, mono: Callable[[], float], tell: Tell, patience: Patience) -> None:
        self.wiring = wiring
        self._mono = mono
        self._tell = tell
        self._patience = patience
        self._random = random.Random(wiring.id)  # noqa: S311 - spreads retries, protects nothing
        self._standing = ptz_standing.begin(mono())
        self._link: Link = reconnecting.begin(mono())
        self._look_at_s = mono()
        self._turns: deque[Turn] = deque()
        self._waiting = asyncio.Event()
        self._guard = threading.Lock()
        self._ended = False
        self._loop: asyncio.AbstractEventLoop
        self._work: asyncio.Task[None]
        self._thread = threading.Thread(target=self._run, name=f"ptz-{wiring.id}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._work = self._loop.create_task(self._all())
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Tell the thread to leave whatever it waits for."""
        with self._guard:
            if not self._ended:
                self._loop.call_soon_threadsafe(self._work.cancel)

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join(_JOIN_S)

    def put(self, turn: Turn) -> bool:
        """Hand over an order; return whether it is taken and OrderDone follows."""
        with self._guard:
            if self._ended:
                return False
            self._turns.append(turn)
            self._loop.call_soon_threadsafe(self._waiting.set)
            return True

    def health(self) -> DeviceHealth:
        """Return how the camera is."""
        return ptz_standing.health(self._standing, self.wiring.id, self._mono())

    def _run(self) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._work)
        finally:
            with self._guard:
                self._ended = True
            for turn in self._turns:
                self._done(turn, onvif_faults.ORDER_STOPPED)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _all(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for step in (self._look, self._judge, self._obey):
                tasks.create_task(self._again_and_again(step))

    async def _again_and_again(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except Exception as error:
                # A fault of ours must not leave a camera that nobody watches.
                log.exception("the driver of %s failed", self.wiring.id)
                self._failed(fault("onvif.unexpected", self.wiring.id, type(error).__name__))
                await asyncio.sleep(TICK_S)

    async def _look(self) -> None:
        """Ask who it is when it is time, and take note of the answer."""
        if self._mono() < self._look_at_s:
            await asyncio.sleep(min(TICK_S, max(0.0, self._look_at_s - self._mono())))
            return
        if self.wiring.out is not None:
            self._failed(self.wiring.out)
            return
        try:
            who = await identify(self.wiring.camera, within_s=self.wiring.answer_s)
        except DeviceError as error:
            self._failed(error)
        else:
            self._heard(who)

    async def _judge(self) -> None:
        self._standing, lost = ptz_standing.judged(self._standing, self.wiring, self._mono())
        if lost is not None:
            self._tell(lost)
        await asyncio.sleep(TICK_S)

    async def _obey(self) -> None:
        """Wait for an order and carry it out."""
        await self._waiting.wait()
        with self._guard:
            turn = self._turns.popleft() if self._turns else None
            if turn is None:
                self._waiting.clear()
        if turn is None:
            return
        try:
            refused = await self._carried_out(turn)
        except (Exception, asyncio.CancelledError):
            self._done(turn, onvif_faults.ORDER_UNANSWERED)
            raise
        self._done(turn, refused)

    async def _carried_out(self, turn: Turn) -> str | None:
        """Return None when the camera said that it turns, else why not, as a key."""
        out = self.wiring.out is not None or self._is_denied()
        if out and self._mono() < turn.order.expires_mono_s:
            return onvif_faults.ORDER_DENIED
        try:
            who = await onvif.turn(
                self.wiring.camera, self.wiring.saved_as(turn.preset), turn.order, self._mono
            )
        except DeviceError as error:
            self._not_turned(error)
            return refusal(error)
        self._heard(who)
        return None

    def _is_denied(self) -> bool:
        """Whether the password was refused and the pause is not over: cameras count every wrong one."""
        return self._link.phase is Phase.WAITING and isinstance(self._standing.fault, Denied)

    def _not_turned(self, error: DeviceError) -> None:
        if isinstance(error, Denied):
            self._failed(error)
        elif self._link.phase is not Phase.WAITING:
            # Perhaps it is gone: that is for the next question to find out.
            self._look_at_s = self._mono()

    def _heard(self, who: Identity) -> None:
        now_s = self._mono()
        self._link, _ = reconnecting.step(self._link, Opened(), now_s, self._patience)
        self._look_at_s = now_s + self.wiring.poll_s
        self._standing, found = ptz_standing.heard(self._standing, who, self.wiring, now_s)
        if found is not None:
            self._tell(found)

    def _failed(self, error: DeviceError) -> None:
        now_s = self._mono()
        event = Failed(type(error), self._random.random())
        self._link, _ = reconnecting.step(self._link, event, now_s, self._patience)
        self._look_at_s = self._link.retry_at_s or now_s
        self._standing = ptz_standing.failed(self._standing, error)

    def _done(self, turn: Turn, refused: str | None) -> None:
        now_s = self._mono()
        self._tell(
            OrderDone(
                device=self.wiring.id,
                mono_s=now_s,
                order=turn.order.id,
                refused=refused,
                took_s=now_s - turn.asked_s,
            )
        )
