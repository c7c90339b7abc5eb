"""One door for every observation: stamp, journal, rules, alerts, outbox, in one transaction or not at all.

The controller never waits and starts nothing: the daemon calls it from its loop, replay calls it with a
clock turned by hand, and both get the same alerts from the same observations.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

from drivers.base import Transient
from edge.access import access as passages
from edge.access.policy_of import access_policy_of
from edge.access.register import AccessRegister
from edge.alerts import book as alert_book
from edge.alerts.book import Book, Change, Merged, Settled
from edge.clock import Clock, Moment
from edge.deciding import Outcome, State, decide, elapse
from edge.events import Report
from edge.linkage.knowledge import Knowledge
from edge.linkage.policy import policy_of
from edge.linkage.rules import Linkage
from edge.site.schema import Site
from edge.store import alert_rows, counters, device_states, journal, outbox, passing
from edge.store.outbox import Content, Waiting
from edge.store.store import Store
from edge.uplink import cloudevents
from edge.uplink.cloudevents import Origin

log = logging.getLogger(__name__)


class Controller:
    """Takes observations in and turns them into alerts. Not thread-safe."""

    def __init__(
        self,
        *,
        site: Site,
        store: Store,
        clock: Clock,
        boot: str,
        state: State,
        clock_trusted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._site_id = site.site.id
        self._origin = Origin(site.site.id, site.site.name, site.site.zone_info)
        self._store = store
        self._clock = clock
        self._boot = boot
        self._state = state
        self._clock_trusted = clock_trusted

    @classmethod
    def resume(
        cls,
        *,
        site: Site,
        store: Store,
        clock: Clock,
        boot: str,
        knowledge: Knowledge,
        clock_trusted: Callable[[], bool] = lambda: True,
        register: AccessRegister | None = None,
    ) -> Self:
        """Go on where the store left off: open alerts stay open and merge on, and passing is remembered.

        `boot` names a run of the monotonic clock: equal values promise comparable times.
        """
        now = Moment(clock.wall(), clock.mono(), clock_trusted())
        standing = [alert_book.resume(a, boot, now) for a in alert_rows.read_open(store.connection)]
        last_seq = counters.last(store.connection, "journal")
        held = passing.read(store.connection)
        state = State(
            # The journal goes on with every order: no two runs begin their orders' ids alike.
            access=passages.resume(
                access_policy_of(site), register or AccessRegister(), held, f"passage-{last_seq}"
            ),
            linkage=Linkage(policy_of(site), knowledge, held=device_states.read(store.connection)),
            book=Book({a.key: a for a in standing}, counters.last(store.connection, "alert")),
            last_seq=last_seq,
        )
        return cls(site=site, store=store, clock=clock, boot=boot, state=state, clock_trusted=clock_trusted)

    @property
    def state(self) -> State:
        """What it knows now."""
        return self._state

    def learn(self, knowledge: Knowledge, register: AccessRegister) -> None:
        """Go by other registers from the next observation on."""
        linkage = replace(self._state.linkage, knowledge=knowledge)
        access = replace(self._state.access, register=register)
        self._state = replace(self._state, linkage=linkage, access=access)

    def observe(self, reports: Sequence[Report]) -> Outcome:
        """Take in a batch. Raises Transient when it cannot be written: nothing happened then, try again.

        An alert whose picture cannot be written goes without it.
        """
        now = self._now()
        decision = decide(self._state, reports, now, site=self._origin.site, boot=self._boot)
        try:
            for picture, jpeg in decision.pictures:
                self._store.evidence.keep(picture, jpeg)
        except OSError as error:
            log.warning("an evidence picture cannot be written, its alert goes without: %s", error)
            bare = [Report(report.observation) for report in reports]
            blind = replace(self._state, shots={})
            decision = decide(blind, bare, now, site=self._origin.site, boot=self._boot)
        return self._commit(decision.state, decision.outcome, now)

    def tick(self) -> Outcome:
        """Let happen what time alone brings: visits end, doors stand open. Raises Transient."""
        now = self._now()
        decision = elapse(self._state, now, site=self._origin.site, boot=self._boot)
        return self._commit(decision.state, decision.outcome, now)

    def _now(self) -> Moment:
        return Moment(self._clock.wall(), self._clock.mono(), self._clock_trusted())

    def _commit(self, state: State, outcome: Outcome, now: Moment) -> Outcome:
        if outcome.journalled or outcome.changes or outcome.memory:
            try:
                with self._store.transaction() as connection:
                    journal.append(connection, outcome.journalled)
                    for changed in outcome.states:
                        device_states.write(connection, changed.points, now.wall_s, changed.seq)
                    passing.write(connection, outcome.memory)
                    for change in outcome.changes:
                        self._write(connection, change, now)
            except sqlite3.OperationalError as error:
                raise Transient(
                    "store.unwritable",
                    "the database cannot be written: {why}; this is tried again",
                    why=error,
                ) from error
        self._state = state
        return outcome

    def _write(self, connection: sqlite3.Connection, change: Change, now: Moment) -> None:
        alert_rows.write(connection, change.alert)
        if isinstance(change, Merged):
            return
        alert = change.alert
        sequence = counters.last(connection, "alerts") + 1
        row = Waiting(id=cloudevents.alert_event_id(alert), lane="alerts", sequence=sequence, after=0)
        event = cloudevents.alert_event(alert, self._origin, sequence)
        outbox.queue(connection, row, Content(event, None), now.wall_s)
        if alert.picture is None or isinstance(change, Settled):
            return
        place = counters.last(connection, "pictures") + 1
        row = Waiting(id=cloudevents.picture_event_id(alert), lane="pictures", sequence=place, after=sequence)
        event = cloudevents.picture_event(alert, alert.picture, self._origin, place)
        outbox.queue(connection, row, Content(event, alert.picture.path), now.wall_s)
