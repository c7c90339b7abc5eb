"""The watch-list: faces and plates somebody is told about, each with kind, reason and expiry."""

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import get_args

from edge.linkage.knowledge import WatchKind
from edge.refusal import Refused
from edge.registers import faces, subjects
from edge.registers.entries import (
    Erased,
    for_good,
    insert,
    leave_receipt,
    no_such,
    printable,
)
from edge.registers.faces import FaceTemplate
from edge.store.database import transaction
from edge.store.sealing import SealingKey

KINDS: tuple[WatchKind, ...] = get_args(WatchKind)


@dataclass(frozen=True, slots=True)
class Watched:
    """An entry of the watch-list; `until_s` is the wall time at which it ends.

    `owner` is who asked for it, `instruction` what to do when it is met.
    """

    id: int
    kind: WatchKind
    reason: str
    name: str | None
    plate: str | None
    until_s: float
    added_s: float
    templates: int
    owner: str | None = None
    instruction: str | None = None

    @property
    def subject(self) -> str:
        """The subject of a FaceSeen that is this entry."""
        return subjects.watched(self.id)


@dataclass(frozen=True, slots=True)
class Terms:
    """Why somebody is watched for, until when (wall seconds), who asked for it, and what to do then."""

    kind: WatchKind
    reason: str
    until_s: float
    name: str | None = None
    owner: str | None = None
    instruction: str | None = None


def add_plate(connection: sqlite3.Connection, *, plate: str, terms: Terms, now: float) -> Watched:
    """Watch for a plate that the grammar accepts. Refused: it already is, or the terms are void."""
    terms = _valid(terms, now)
    with transaction(connection):
        watched = "SELECT id FROM watchlist WHERE plate = ? AND until_s > ?"
        already = connection.execute(watched, (plate, now)).fetchone()
        if already:
            raise Refused(
                "registers.plate_watched",
                "{plate} is watched for already as {subject}: remove that entry first",
                plate=plate,
                subject=subjects.watched(already[0]),
            )
        entry = insert(connection, "watchlist", _row(terms, now) | {"plate": plate})
    return _watched(entry, terms, plate, now, templates=0)


def add_face(
    connection: sqlite3.Connection,
    key: SealingKey,
    *,
    templates: Sequence[FaceTemplate],
    terms: Terms,
    now: float,
) -> Watched:
    """Watch for a face, its templates sealed, all or nothing. Refused: the terms are void."""
    terms = _valid(terms, now)
    with transaction(connection):
        entry = insert(connection, "watchlist", _row(terms, now))
        faces.keep(connection, key, ("watched", entry), templates, now=now)
    return _watched(entry, terms, None, now, templates=len(templates))


def every_entry(connection: sqlite3.Connection) -> list[Watched]:
    """Return the entries in the order of their ids, expired ones too."""
    rows = connection.execute(
        "SELECT w.id, w.kind, w.reason, w.name, w.plate, w.until_s, w.added_s, "
        "(SELECT count(*) FROM face_templates t WHERE t.watched = w.id), w.owner, w.instruction "
        "FROM watchlist w ORDER BY w.id"
    )
    return [Watched(*row) for row in rows]


def remove(connection: sqlite3.Connection, entry: int, *, now: float) -> Erased:
    """Erase an entry and its templates for good, leaving a receipt. Refused: there is no such entry."""
    with for_good(connection):
        return _erase(connection, entry, now)


def erase_expired(connection: sqlite3.Connection, *, now: float) -> list[Erased]:
    """Erase every entry whose time is over: strangers' templates are kept no longer than their reason."""
    if not _over(connection, now):
        return []
    with for_good(connection):
        return [_erase(connection, entry, now) for entry in _over(connection, now)]


def _over(connection: sqlite3.Connection, now: float) -> list[int]:
    rows = connection.execute("SELECT id FROM watchlist WHERE until_s <= ? ORDER BY id", (now,))
    return [entry for (entry,) in rows]


def _erase(connection: sqlite3.Connection, entry: int, now: float) -> Erased:
    row = connection.execute(
        "SELECT coalesce(name, plate, '') FROM watchlist WHERE id = ?", (entry,)
    ).fetchone()
    if row is None:
        raise no_such(subjects.watched(entry))
    templates = faces.erase(connection, ("watched", entry))
    connection.execute("DELETE FROM watchlist WHERE id = ?", (entry,))
    erased = Erased(subjects.watched(entry), row[0], templates, 0)
    leave_receipt(connection, erased, now)
    return erased


def _valid(terms: Terms, now: float) -> Terms:
    if not terms.until_s > now:
        raise Refused("registers.until_past", "the end must lie ahead: an expired entry watches for nobody")
    return replace(
        terms,
        reason=printable(terms.reason, "reason"),
        name=_printable(terms.name, "name"),
        owner=_printable(terms.owner, "watch_owner"),
        instruction=_printable(terms.instruction, "instruction"),
    )


def _printable(text: str | None, what: str) -> str | None:
    return None if text is None else printable(text, what)


def _watched(entry: int, terms: Terms, plate: str | None, now: float, *, templates: int) -> Watched:
    return Watched(
        id=entry,
        kind=terms.kind,
        reason=terms.reason,
        name=terms.name,
        plate=plate,
        until_s=terms.until_s,
        added_s=now,
        templates=templates,
        owner=terms.owner,
        instruction=terms.instruction,
    )


def _row(terms: Terms, now: float) -> dict[str, object]:
    return asdict(terms) | {"added_s": now}
