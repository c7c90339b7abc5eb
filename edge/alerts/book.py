"""The open alerts, and how effects change them: one visit is one alert."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from edge.alerts.alert import Alert, Picture, alert_id, tell
from edge.clock import Moment
from edge.linkage.effects import RaiseAlert, SettleAlert

# How much better a picture must be to be sent after the first; bounds what one visit sends.
BETTER_PICTURE = 1.15


class Raised(msgspec.Struct, frozen=True, tag=True):
    """There is a new alert."""

    alert: Alert


class Merged(msgspec.Struct, frozen=True, tag=True):
    """The alert goes on: it stands for more observations."""

    alert: Alert


class Improved(msgspec.Struct, frozen=True, tag=True):
    """The alert goes on and has a better picture now."""

    alert: Alert


class Settled(msgspec.Struct, frozen=True, tag=True):
    """What the alert was about is over."""

    alert: Alert


Change = Raised | Merged | Improved | Settled


@dataclass(frozen=True, slots=True)
class Book:
    """The open alerts by merge key, and the number of the last alert raised."""

    open: Mapping[str, Alert] = field(default_factory=dict)
    last_sequence: int = 0


@dataclass(frozen=True, slots=True)
class Cause:
    """The observation behind an effect: where, when, its number in the journal, its picture."""

    site: str
    boot: str
    seq: int
    now: Moment
    picture: Picture | None = None


def step(book: Book, effect: RaiseAlert | SettleAlert, cause: Cause) -> tuple[Book, tuple[Change, ...]]:
    """Return the book after one effect, and what changed, in order."""
    standing = book.open.get(effect.key)
    if isinstance(effect, SettleAlert):
        return (book, ()) if standing is None else _calm(book, standing, effect.calm_s, cause.now)
    if standing is None:
        return _raise(book, effect, cause)
    if _goes_on(standing, cause.now.mono_s):
        return _merge(book, standing, effect, cause)
    settled, first = _settle(book, standing, cause.now)
    raised, second = _raise(settled, effect, cause)
    return raised, (*first, *second)


def elapse(book: Book, now: Moment) -> tuple[Book, tuple[Change, ...]]:
    """Settle every visit that is over by `now`."""
    changes: list[Change] = []
    for alert in tuple(book.open.values()):
        if not _still_there(alert, now.mono_s):
            book, settled = _settle(book, alert, now)
            changes += settled
    return book, tuple(changes)


def resume(alert: Alert, boot: str, now: Moment) -> Alert:
    """Carry an open alert over into this boot, whose monotonic clock may have started anew.

    Its age is the wall clock's word, and nothing where the wall clock went back.
    """
    if alert.boot == boot and alert.last_mono_s <= now.mono_s:
        return alert
    last = now.mono_s - max(0.0, now.wall_s - alert.last_wall_s)
    lasted = max(0.0, alert.last_mono_s - alert.first_mono_s)
    return msgspec.structs.replace(alert, boot=boot, first_mono_s=last - lasted, last_mono_s=last)


def _still_there(alert: Alert, mono_s: float) -> bool:
    return alert.gap_s is None or mono_s - alert.last_mono_s <= alert.gap_s


def _goes_on(alert: Alert, mono_s: float) -> bool:
    too_long = alert.longest_s is not None and mono_s - alert.first_mono_s >= alert.longest_s
    return _still_there(alert, mono_s) and not too_long


def _raise(book: Book, effect: RaiseAlert, cause: Cause) -> tuple[Book, tuple[Change, ...]]:
    sequence = book.last_sequence + 1
    alert = Alert(
        id=alert_id(cause.site, cause.boot, cause.seq, effect.key),
        sequence=sequence,
        revision=0,
        kind=effect.rule,
        key=effect.key,
        severity=effect.severity,
        state="open",
        place=effect.place,
        camera=effect.camera,
        device=effect.device,
        zone=effect.zone,
        subject=effect.subject,
        first_wall_s=cause.now.wall_s,
        last_wall_s=cause.now.wall_s,
        first_mono_s=cause.now.mono_s,
        last_mono_s=cause.now.mono_s,
        boot=cause.boot,
        clock_trusted=cause.now.trusted,
        cause_seq=cause.seq,
        count=1,
        gap_s=effect.gap_s,
        longest_s=effect.longest_s,
        text=tell(effect.text),
        why=tuple(tell(sentence) for sentence in effect.why),
        picture=cause.picture,
    )
    return Book({**book.open, effect.key: alert}, sequence), (Raised(alert),)


def _merge(book: Book, standing: Alert, effect: RaiseAlert, cause: Cause) -> tuple[Book, tuple[Change, ...]]:
    alert = msgspec.structs.replace(
        standing,
        last_wall_s=cause.now.wall_s,
        last_mono_s=max(standing.last_mono_s, cause.now.mono_s),
        count=standing.count + 1,
        gap_s=effect.gap_s,
    )
    if _had_calmed(standing, effect):
        # What it was about was over: it is the new cause that somebody must look at.
        why = tuple(tell(sentence) for sentence in effect.why)
        alert = msgspec.structs.replace(alert, text=tell(effect.text), why=why)
    change: Change = Merged(alert)
    if cause.picture is not None and _better(cause.picture, standing.picture):
        alert = msgspec.structs.replace(alert, picture=cause.picture, revision=alert.revision + 1)
        change = Improved(alert)
    return Book({**book.open, effect.key: alert}, book.last_sequence), (change,)


def _had_calmed(standing: Alert, effect: RaiseAlert) -> bool:
    """Whether an alert that stands until it is settled was only waiting for its end."""
    return effect.gap_s is None and standing.gap_s is not None


def _calm(book: Book, standing: Alert, calm_s: float, now: Moment) -> tuple[Book, tuple[Change, ...]]:
    if calm_s <= 0:
        return _settle(book, standing, now)
    # From now on time alone settles it, unless it is raised again before.
    alert = msgspec.structs.replace(
        standing, gap_s=calm_s, last_wall_s=now.wall_s, last_mono_s=max(standing.last_mono_s, now.mono_s)
    )
    return Book({**book.open, standing.key: alert}, book.last_sequence), (Merged(alert),)


def _settle(book: Book, standing: Alert, now: Moment) -> tuple[Book, tuple[Change, ...]]:
    alert = msgspec.structs.replace(
        standing, state="settled", revision=standing.revision + 1, settled_wall_s=now.wall_s
    )
    rest = {key: other for key, other in book.open.items() if key != standing.key}
    return Book(rest, book.last_sequence), (Settled(alert),)


def _better(new: Picture, held: Picture | None) -> bool:
    return held is None or new.score > held.score * BETTER_PICTURE
