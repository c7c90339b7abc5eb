"""Builds everything that a site file asks for, and keeps it alive until told to stop."""

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from drivers.base import Transient
from drivers.said import Said
from edge import learning
from edge.alerts.book import Raised
from edge.box_events import DeviceObservation, ModeSet
from edge.challenger import Challenger
from edge.clock import DAY_S, Clock, plausible
from edge.control.handing_over import may_be_door
from edge.control.messages import Standing
from edge.control.operators import OperatorDesk
from edge.control.orders import OrderDesk
from edge.control.server import ControlServer, Services
from edge.control.standing import Known, standing
from edge.controller import Controller
from edge.deciding import Outcome
from edge.devices.building import build
from edge.devices.hub import Hub
from edge.events import Report, SaidByDevice
from edge.gatekeeper import Devices, Gatekeeper, Judges
from edge.learning import Registers
from edge.registers import allowances, passes, pins, visitors, watchlist
from edge.site.credentials import read_secret
from edge.site.roster import roster
from edge.site.schema import Site
from edge.store import layout, retention
from edge.store.store import Store
from edge.uplink.courier import Courier
from edge.uplink.wiring import wiring_of
from edge.vision import messages
from edge.vision.supervisor import VisionSupervisor

TICK_EVERY_S = 0.5
LOOK_EVERY_S = 0.1
PURGE_EVERY_S = 3600.0
WRITE_AGAIN_AFTER_S = 0.5
MOST_REPORTS_AT_ONCE = 100

# What the box itself finds and decides is told like what devices say.
FOLLOWED = DeviceObservation | ModeSet

log = logging.getLogger("menwei")


class Daemon:
    """One gate box at work: vision workers, controller, store, uplink. Runs once."""

    def __init__(
        self, site: Site, *, weights: Path, clock: Clock, boot: str, environment: Mapping[str, str]
    ) -> None:
        """Open the store and read every secret. Refused: one of them cannot be had; nothing is running then.

        The site's paths are absolute, as `edge.site.loading` makes them; `boot` names the machine's boot.
        """
        self._site = site
        self._clock = clock
        self._reports: asyncio.Queue[Report] = asyncio.Queue()
        passwords = {
            name: read_secret(camera.password, Path("/"), environment)
            for name, camera in site.cameras.items()
            if camera.password is not None
        }
        wiring = wiring_of(site, Path("/"), environment)
        self._purge_due_s = clock.mono()
        self._store = Store.open(site.storage.directory)
        try:
            self._registers = learning.gather(self._store.connection, site, self._gallery_time())
        except BaseException:
            self._store.close()
            raise
        self._controller = Controller.resume(
            site=site,
            store=self._store,
            clock=clock,
            boot=f"{boot}.{self._store.instance}",
            knowledge=self._registers.knowledge,
            clock_trusted=lambda: plausible(clock.wall()),
            register=self._registers.access,
        )
        self._courier = Courier(site.storage.directory, wiring, clock)
        self._hub = Hub(build(site, clock, environment), clock.mono)
        self._roster = roster(site.wires)
        self._desk = OrderDesk(self._hub, self._roster, clock, self._reports.put_nowait)
        self._gatekeeper = Gatekeeper(
            self._controller.state.access.policy,
            Devices(self._roster, self._hub),
            Judges(pins.check, passes.judge_with(layout.pass_key(site.storage.directory))),
            clock,
            self._reports.put_nowait,
        )
        self._challenger = Challenger(
            self._controller.state.access.policy,
            f"{secrets.token_hex(4)}-challenge",
            self._gatekeeper.carry_out,
            clock,
        )
        self._go_by(self._registers)
        doors = tuple(device for device, listed in self._roster.items() if may_be_door(listed))
        self._operators = OperatorDesk(self._desk, doors, clock, self._reports.put_nowait)
        self._control = ControlServer(
            layout.control_socket(site.storage.directory),
            Services(self._standing, self._operators.act),
            clock,
        )
        self._supervisors = [
            VisionSupervisor(number, task, self._deliver, clock)
            for number, task in enumerate(self._tasks(passwords, weights), start=1)
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then end everything in good order."""
        self._courier.start()
        log.info(
            "%s: %d cameras, %d workers, %d devices on %d wires",
            self._site.site.id,
            len(self._site.cameras),
            len(self._supervisors),
            len(self._hub.devices),
            len(self._site.wires),
        )
        loop = asyncio.get_running_loop()
        try:
            await self._control.start()
            self._hub.start(lambda said: self._hear(said, loop))
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(s.run()) for s in self._supervisors]
                work = (self._intake(), self._keep_time(), self._keep_registers())
                running += [tasks.create_task(one) for one in work]
                await stop.wait()
                log.info("stopping")
                await self._control.stop()
                await asyncio.gather(
                    *(s.stop() for s in self._supervisors), asyncio.to_thread(self._hub.stop)
                )
                for task in running:
                    task.cancel()
        finally:
            await self._control.stop()
            self._hub.stop()
            self._gatekeeper.close()
            self._last_words()
            self._courier.stop()
            self._store.close()
            log.info("stopped")

    def _hear(self, said: Said, loop: asyncio.AbstractEventLoop) -> None:
        """Take over what a driver said, in its own thread."""
        if isinstance(said, SaidByDevice):
            loop.call_soon_threadsafe(self._take_over, said)
        else:
            log.error("%s said a %s, which nobody knows: dropped", said.device, type(said).__name__)

    def _take_over(self, said: SaidByDevice) -> None:
        self._reports.put_nowait(Report(said))
        self._desk.heard(said)
        self._gatekeeper.heard(said)

    def _standing(self) -> Standing:
        linkage = self._controller.state.linkage
        heartbeats = tuple((s.cameras, s.heartbeat) for s in self._supervisors)
        now = self._clock
        known = Known(self._hub.health(), linkage.held, linkage.doors, heartbeats, now.wall(), now.mono())
        return standing(self._site, self._roster, known)

    def _deliver(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self._reports.put_nowait(report)

    async def _intake(self) -> None:
        """Take reports in, as many at once as have come, and try again until they are written."""
        while True:
            batch = [await self._reports.get()]
            while not self._reports.empty() and len(batch) < MOST_REPORTS_AT_ONCE:
                batch.append(self._reports.get_nowait())
            while not self._observe(batch):  # noqa: ASYNC110 - the disk sets no event when it has room again
                await asyncio.sleep(WRITE_AGAIN_AFTER_S)

    async def _keep_time(self) -> None:
        """Let happen what time alone brings."""
        while True:
            await asyncio.sleep(TICK_EVERY_S)
            try:
                self._tell(self._controller.tick())
                self._purge()
                self._require_courier()
            except (Transient, sqlite3.OperationalError) as error:
                log.warning("the store cannot be used, trying again: %s", error)

    def _purge(self) -> None:
        """Let go of what is old, now and then, while the clock can be believed."""
        now_s, wall_s = self._clock.mono(), self._clock.wall()
        if now_s < self._purge_due_s or not plausible(wall_s):
            return
        self._purge_due_s = now_s + PURGE_EVERY_S
        ended = watchlist.erase_expired(self._store.connection, now=wall_s)
        gone = retention.purge(self._store, self._site.retention, wall_s)
        before_s = wall_s - self._site.retention.observations_days * DAY_S
        visits = visitors.erase_ended(self._store.connection, before_s)
        visits += allowances.erase_ended(self._store.connection, before_s)
        if ended or visits or not gone.nothing:
            log.info(
                "retention: %s, watch-list entries: %d, visits and exceptions: %d", gone, len(ended), visits
            )

    async def _keep_registers(self) -> None:
        """Go by the registers as they are now: what changes in them holds at every door within a second."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if learning.version(self._store.connection) != self._registers.version:
                    await self._learn()
            except (Transient, sqlite3.OperationalError) as error:
                log.warning("the registers cannot be read, trying again: %s", error)

    async def _learn(self) -> None:
        # Twenty thousand people take a while to read; nobody waits at a door for that.
        changed = await asyncio.to_thread(
            learning.read_anew, self._site, self._store.directory, self._gallery_time()
        )
        before, self._registers = self._registers, changed
        self._controller.learn(changed.knowledge, changed.access)
        self._go_by(changed)
        log.info("the registers changed")
        if changed.gallery != before.gallery:
            await asyncio.gather(*(s.teach(changed.gallery) for s in self._supervisors))
            log.info("the gallery changed: %d templates", len(changed.gallery.subjects))

    def _go_by(self, registers: Registers) -> None:
        self._gatekeeper.learn(registers.access)
        self._challenger.learn(registers.access)

    def _require_courier(self) -> None:
        """End the daemon, to be started anew, rather than run on with nobody to carry alerts away."""
        if not self._courier.alive:
            raise RuntimeError("the uplink's thread ended; see the log above")

    def _observe(self, batch: Sequence[Report]) -> bool:
        try:
            outcome = self._controller.observe(batch)
        except Transient as error:
            log.warning("%s", error)
            return False
        self._control.publish(report.observation for report in batch)
        self._tell(outcome)
        self._challenger.seen((report.observation for report in batch), self._supervisors)
        return True

    def _tell(self, outcome: Outcome) -> None:
        followed = (stamped.observation for stamped in outcome.journalled)
        self._control.publish(o for o in followed if isinstance(o, FOLLOWED))
        self._gatekeeper.carry_out(outcome.orders)
        if outcome.queued:
            self._courier.wake()
        for change in outcome.changes:
            if isinstance(change, Raised):
                text = change.alert.text.zh if self._site.site.language == "zh-CN" else change.alert.text.en
                log.info("alert %s %s: %s", change.alert.id, change.alert.severity, text)

    def _last_words(self) -> None:
        """Write what was reported but not yet taken in."""
        batch = []
        while not self._reports.empty():
            batch.append(self._reports.get_nowait())
        if batch and not self._observe(batch):
            log.error("%d observations could not be written before the end", len(batch))

    def _gallery_time(self) -> float:
        wall = self._clock.wall()
        return wall if plausible(wall) else float("-inf")

    def _tasks(self, passwords: Mapping[str, str], weights: Path) -> list[messages.Task]:
        """Deal the cameras out between the workers."""
        names = list(self._site.cameras)
        hands = [
            tuple(names[i :: self._site.recognition.workers]) for i in range(self._site.recognition.workers)
        ]
        site = self._site.model_dump_json()
        return [
            messages.Task(
                site=site,
                cameras=hand,
                passwords={name: passwords[name] for name in hand if name in passwords},
                weights=str(weights),
                gallery=self._registers.gallery,
            )
            for hand in hands
            if hand
        ]
