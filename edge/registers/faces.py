"""Sealed face templates: kept beside their subject, opened only for the vision workers' gallery."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edge.refusal import Refused
from edge.registers import subjects
from edge.registers.entries import insert
from edge.store import sealing
from edge.store.sealing import SealingKey

Holder = Literal["person", "watched"]


@dataclass(frozen=True, slots=True)
class FaceTemplate:
    """A template as its engine made it: little-endian float32, comparable only within that engine."""

    engine: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """One opened template of one subject."""

    subject: str
    engine: str
    template: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Every template that opens, and the subjects of those that do not."""

    entries: tuple[GalleryEntry, ...]
    damaged: tuple[str, ...] = ()


def gallery(connection: sqlite3.Connection, key: SealingKey, *, engine: str, now: float) -> Gallery:
    """Return the templates of one engine, those of watch-list entries that ended before `now` left out.

    Where the wall clock is not trusted, `now` is -inf: then no entry has ended.
    """
    rows = connection.execute(
        "SELECT t.person, t.watched, t.sealed "
        "FROM face_templates t LEFT JOIN watchlist w ON w.id = t.watched "
        "WHERE t.engine = ? AND (w.id IS NULL OR w.until_s > ?) ORDER BY t.id",
        (engine, now),
    )
    entries: list[GalleryEntry] = []
    damaged: list[str] = []
    for person, watched, sealed in rows:
        subject = subjects.watched(watched) if person is None else subjects.person(person)
        try:
            template = sealing.unseal(key, sealed, subject=subject, engine=engine)
        except sealing.Tampered:
            damaged.append(subject)
        else:
            entries.append(GalleryEntry(subject, engine, template))
    return Gallery(tuple(entries), tuple(damaged))


def key_for(connection: sqlite3.Connection, path: Path) -> SealingKey:
    """Return the key for sealing; a first one is made only while nothing was ever sealed.

    Refused: the key file is lost or cannot be used.
    """
    return key_to_open(connection, path) or sealing.load_or_create_key(path)


def key_to_open(connection: sqlite3.Connection, path: Path) -> SealingKey | None:
    """Return the key for opening what is sealed, None before anything ever was. Refused: as `key_for`."""
    if path.exists():
        return sealing.load_key(path)
    if _anything_sealed(connection):
        raise Refused(
            "registers.key_lost",
            "the key file {file} is gone, and the stored face templates, ID numbers and phone numbers do not "
            "open without it: restore it from the backup, or remove every entry that has one and register "
            "them again",
            file=path,
        )
    return None


def count(connection: sqlite3.Connection) -> int:
    """Return how many templates are stored."""
    return int(connection.execute("SELECT count(*) FROM face_templates").fetchone()[0])


def _anything_sealed(connection: sqlite3.Connection) -> bool:
    sealed = "SELECT 1 FROM people WHERE id_number IS NOT NULL OR phone IS NOT NULL LIMIT 1"
    return bool(count(connection)) or connection.execute(sealed).fetchone() is not None


def keep(
    connection: sqlite3.Connection,
    key: SealingKey,
    holder: tuple[Holder, int],
    templates: Sequence[FaceTemplate],
    *,
    now: float,
) -> None:
    """Seal and store templates within the caller's transaction."""
    column, holder_id = holder
    subject = subjects.person(holder_id) if column == "person" else subjects.watched(holder_id)
    for template in templates:
        sealed = sealing.seal(key, template.data, subject=subject, engine=template.engine)
        row = {column: holder_id, "engine": template.engine, "sealed": sealed, "added_s": now}
        insert(connection, "face_templates", row)


def erase(connection: sqlite3.Connection, holder: tuple[Holder, int]) -> int:
    """Delete a subject's templates within the caller's transaction; return how many there were."""
    column, holder_id = holder
    rows = connection.execute(
        f"DELETE FROM face_templates WHERE {column} = ?",  # noqa: S608 - the column is one of two literals
        (holder_id,),
    )
    return rows.rowcount
