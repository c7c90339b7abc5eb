"""What a batch of reports comes to, as a pure function of (state, reports, now): nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from edge import shots
from edge.access import access as passages
from edge.access.access import Access
from edge.access.request import Order
from edge.access.stepping import Memory
from edge.alerts import book as alert_book
from edge.alerts.alert import Picture
from edge.alerts.book import Book, Cause, Change, Improved, Merged, Raised
from edge.clock import Moment
from edge.events import Observation, Report, Stamped
from edge.linkage import rules
from edge.linkage.effects import KeepObservation, RaiseAlert, SettleAlert
from edge.linkage.rules import Linkage
from edge.linkage.states import Change as PointChange
from edge.shots import Shots
from edge.store.evidence import describe


@dataclass(frozen=True, slots=True)
class State:
    """All that the controller knows; it changes only by whole transactions."""

    linkage: Linkage
    access: Access
    book: Book = field(default_factory=Book)
    last_seq: int = 0
    shots: Shots = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A device's states that changed with the observation journalled under `seq`."""

    seq: int
    points: tuple[PointChange, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to: the observations journalled and how alerts changed, each in order.

    `orders` are to be given to devices once all of it is written; `memory` is what passing left behind.
    """

    journalled: tuple[Stamped, ...] = ()
    changes: tuple[Change, ...] = ()
    states: tuple[StateChanged, ...] = ()
    orders: tuple[Order, ...] = ()
    memory: tuple[Memory, ...] = ()

    @property
    def queued(self) -> bool:
        """Whether something new waits for the uplink."""
        return any(not isinstance(change, Merged) for change in self.changes)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a batch would come to, and the pictures that must be on the disk before it does."""

    state: State
    outcome: Outcome = Outcome()
    pictures: tuple[tuple[Picture, bytes], ...] = ()


def decide(state: State, reports: Iterable[Report], now: Moment, *, site: str, boot: str) -> Decision:
    """Return what a batch of reports comes to; nothing is written and nothing sent."""
    decision = Decision(state)
    for report in reports:
        waiting = [report]
        while waiting:
            decision, followed = _decide_one(decision, waiting.pop(0), now, site=site, boot=boot)
            waiting += [Report(observation) for observation in followed]
    return decision


def elapse(state: State, now: Moment, *, site: str, boot: str) -> Decision:
    """Return what time alone brings about."""
    linkage, followed = rules.tick(state.linkage, now)
    passed = passages.tick(state.access, now)
    reports = [Report(observation) for observation in (*followed, *passed.followed)]
    decision = decide(
        replace(state, linkage=linkage, access=passed.state), reports, now, site=site, boot=boot
    )
    book, changes = alert_book.elapse(decision.state.book, now)
    outcome = replace(
        decision.outcome,
        changes=(*decision.outcome.changes, *changes),
        orders=(*passed.orders, *decision.outcome.orders),
        memory=(*passed.memory, *decision.outcome.memory),
    )
    return replace(decision, state=replace(decision.state, book=book), outcome=outcome)


def _decide_one(
    before: Decision, report: Report, now: Moment, *, site: str, boot: str
) -> tuple[Decision, tuple[Observation, ...]]:
    stepped = rules.step(before.state.linkage, report.observation, now)
    passed = passages.step(before.state.access, report.observation, now)
    seq = before.state.last_seq + 1
    seen = shots.step(before.state.shots, report, now.mono_s)
    book, changes, pictures = before.state.book, list[Change](), list(before.pictures)
    for effect in stepped.effects:
        if isinstance(effect, KeepObservation):
            continue
        jpeg = _shown_by(effect, report, seen, now)
        picture = None if jpeg is None else describe(jpeg, now.wall_s, _score(effect, report))
        cause = Cause(site=site, boot=boot, seq=seq, now=now, picture=picture)
        book, changed = alert_book.step(book, effect, cause)
        changes += changed
        if picture and jpeg and any(_shows(change, picture) for change in changed):
            pictures.append((picture, jpeg))
    keep = any(isinstance(e, KeepObservation) for e in stepped.effects) or any(
        not isinstance(change, Merged) for change in changes
    )
    outcome = before.outcome
    if keep:
        outcome = replace(outcome, journalled=(*outcome.journalled, _stamp(report, seq, now, boot)))
    if stepped.changed:
        outcome = replace(outcome, states=(*outcome.states, StateChanged(seq, stepped.changed)))
    outcome = replace(
        outcome,
        changes=(*outcome.changes, *changes),
        orders=(*outcome.orders, *passed.orders),
        memory=(*outcome.memory, *passed.memory),
    )
    state = State(stepped.state, passed.state, book, seq if keep else seq - 1, seen)
    return Decision(state, outcome, tuple(pictures)), (*stepped.followed, *passed.followed)


def _shown_by(effect: RaiseAlert | SettleAlert, report: Report, seen: Shots, now: Moment) -> bytes | None:
    if isinstance(effect, SettleAlert):
        return None
    return report.picture or shots.recent(seen, effect.camera, now.mono_s)


def _score(effect: RaiseAlert | SettleAlert, report: Report) -> float:
    # A picture that was borrowed gives way to any that comes with the thing itself.
    return effect.picture_score if report.picture and isinstance(effect, RaiseAlert) else 0.0


def _shows(change: Change, picture: Picture) -> bool:
    return isinstance(change, Raised | Improved) and change.alert.picture == picture


def _stamp(report: Report, seq: int, now: Moment, boot: str) -> Stamped:
    return Stamped(
        seq=seq,
        wall_s=now.wall_s,
        mono_s=now.mono_s,
        boot=boot,
        clock_trusted=now.trusted,
        observation=report.observation,
    )
