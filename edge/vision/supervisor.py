"""Keeps one vision worker alive: starts it, hears it, misses it, starts it again."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.base import Malformed
from edge.clock import Clock
from edge.events import Report, VisionWorkerFound, VisionWorkerLost
from edge.vision import messages, restarting

START_WITHIN_S = 60.0
HEARD_WITHIN_S = 10.0
STOP_WITHIN_S = 5.0

# One computing thread a worker. Pictures and layers go back to the system when freed instead of splitting up
# the heap: a seventh more processor time for a hundred megabytes less at the peak.
FRUGAL = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(2 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
}

log = logging.getLogger("menwei.vision")

Deliver = Callable[[Sequence[Report]], None]


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a worker is gone: a catalogue key, and the detail behind it."""

    reason: str
    detail: str


class VisionSupervisor:
    """One worker process; `deliver` is called in the event loop with what the worker reports."""

    def __init__(self, worker: int, task: messages.Task, deliver: Deliver, clock: Clock) -> None:
        self._worker = worker
        self._task = task
        self._deliver = deliver
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._lost_s: float | None = None
        self.heartbeat: messages.Heartbeat | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id while it lives."""
        return None if self._process is None else self._process.pid

    @property
    def cameras(self) -> tuple[str, ...]:
        """The cameras that the worker is to watch."""
        return self._task.cameras

    async def run(self) -> None:
        """Keep the worker alive until `stop`."""
        restarts = restarting.Restarts()
        while not self._stopping.is_set():
            restarts = restarting.started(restarts, self._clock.mono())
            loss = await self._live()
            if self._stopping.is_set():
                return
            now = self._clock.mono()
            if self._lost_s is None:
                self._lost_s = now
                self._deliver([Report(self._lost(loss, now))])
            restarts, wait_s = restarting.died(restarts, now)
            log.warning(
                "vision worker %d: %s (%s); again in %.1f s", self._worker, loss.reason, loss.detail, wait_s
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()

    async def teach(self, gallery: messages.Gallery) -> None:
        """Give the worker, and every later one, a new gallery."""
        self._task = messages.Task(
            self._task.site, self._task.cameras, self._task.passwords, self._task.weights, gallery
        )
        await self._send(gallery)

    async def challenge(self, challenge: messages.Challenge) -> None:
        """Let the worker see whether a face is live; without a worker there is no answer."""
        await self._send(challenge)

    async def stop(self) -> None:
        """End the worker in good order, or by force after some seconds."""
        self._stopping.set()
        await self._send(messages.Stop())
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _send(self, message: messages.Message) -> None:
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            return
        with contextlib.suppress(ConnectionError):  # its death is noticed and told by _live
            process.stdin.write(messages.encode(message))
            await process.stdin.drain()

    async def _live(self) -> Loss:
        """Start a worker and hear it to its end; return why it ended."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "edge.vision.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
            env=os.environ | FRUGAL,
        )
        self._process = process
        self.heartbeat = None
        try:
            await self._send(self._task)
            loss = await self._hear(process)
        finally:
            if process.returncode is None and not self._stopping.is_set():
                process.kill()
            code = await process.wait()
            self._process = None
        return loss or Loss("vision.worker_died", f"exit code {code}")

    async def _hear(self, process: asyncio.subprocess.Process) -> Loss | None:
        buffer = bytearray()
        within_s = START_WITHIN_S
        if process.stdout is None:
            raise RuntimeError("the worker was started without a pipe")
        while True:
            try:
                async with asyncio.timeout(within_s):
                    chunk = await process.stdout.read(1 << 20)
            except TimeoutError:
                return Loss("vision.worker_silent", f"nothing heard for {within_s:.0f} s")
            if not chunk:
                return None
            buffer += chunk
            try:
                loss = self._take(buffer)
            except Malformed as error:
                return Loss("vision.worker_garbled", str(error))
            if loss is not None:
                return loss
            if self.heartbeat is not None:
                within_s = HEARD_WITHIN_S

    def _take(self, buffer: bytearray) -> Loss | None:
        while True:
            message, used = messages.decode(buffer)
            if message is None:
                return None
            del buffer[:used]
            if isinstance(message, messages.Reported):
                self._deliver(message.reports)
            elif isinstance(message, messages.Heartbeat):
                self.heartbeat = message
            elif isinstance(message, messages.Ready):
                self._found()
            elif isinstance(message, messages.Failed):
                return Loss("vision.worker_refused", message.sentence)

    def _found(self) -> None:
        now = self._clock.mono()
        away = None if self._lost_s is None else now - self._lost_s
        self._lost_s = None
        log.info("vision worker %d is up", self._worker)
        found = VisionWorkerFound(worker=self._worker, cameras=self._task.cameras, away_s=away, mono_s=now)
        self._deliver([Report(found)])

    def _lost(self, loss: Loss, now_s: float) -> VisionWorkerLost:
        return VisionWorkerLost(
            worker=self._worker,
            cameras=self._task.cameras,
            reason=loss.reason,
            detail=loss.detail,
            mono_s=now_s,
        )
