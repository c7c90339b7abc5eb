"""What the registers have in common: texts that may stand in them, rows, and the erasing of rows."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from sqlite_utils import Database

from edge.refusal import Refused
from edge.store.database import transaction

LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone for good; `label` is what the entry was called, for the one who erased it."""

    subject: str
    label: str
    templates: int
    consents: int


@contextmanager
def act(connection: sqlite3.Connection) -> Iterator[None]:
    """Do the block all or nothing: within the caller's transaction where there is one, else in its own."""
    if connection.in_transaction:
        yield
        return
    with transaction(connection):
        yield


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> int:
    """Insert a row within the caller's transaction; return its id."""
    inserted = Database(connection, execute_plugins=False).table(table).insert(dict(row))
    return int(cast("int", inserted.last_pk))


def printable(text: str, what: str) -> str:
    """Return a text without blanks around it. Refused: empty, too long, or with characters that do not print.

    `what` is the English word for it; the sentence in the catalogue has the key `registers.WHAT_text`.
    """
    text = text.strip()
    if text and len(text) <= LONGEST_TEXT and text.isprintable():
        return text
    raise Refused(
        f"registers.{what}_text",
        "the {what} must have 1 to {longest} characters that can be printed",
        what=what,
        longest=LONGEST_TEXT,
    )


def no_such(subject: str) -> Refused:
    """Return the refusal of an entry that does not exist."""
    return Refused("registers.no_such_entry", "there is no {subject}: `list` shows the ids", subject=subject)


def leave_receipt(connection: sqlite3.Connection, erased: Erased, now: float) -> None:
    """Record an erasure within its transaction: when and how much, and of whom no more than the id."""
    row = {"subject": erased.subject, "templates": erased.templates, "consents": erased.consents}
    insert(connection, "erasures", row | {"erased_s": now})


@contextmanager
def for_good(connection: sqlite3.Connection) -> Iterator[None]:
    """Do a block all or nothing, in a transaction of its own; what it deletes is nowhere in the files then.

    SQLite overwrites it, and the log, in which older copies of deleted pages lie, is cut off.
    """
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    with transaction(connection):
        yield
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
