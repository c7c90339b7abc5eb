"""The database file: opened durable, brought up to date by numbered SQL files, refused when it is not ours.

`PRAGMA user_version` is the number of the newest migration that ran; `PRAGMA application_id` says that the
file is Menwei's.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from edge.refusal import Refused

APPLICATION_ID = 0x4D4E5745  # "MNWE"
BUSY_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema."""

    number: int
    name: str
    sql: str


def migrations() -> tuple[Migration, ...]:
    """Return every migration that this version ships, in order of its number."""
    folder = resources.files("edge.store") / "migrations"
    found = []
    for file in folder.iterdir():
        numbered = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", file.name)
        if numbered:
            found.append(Migration(int(numbered[1]), numbered[2], file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda m: m.number))


def open_database(path: Path, steps: Sequence[Migration] | None = None) -> sqlite3.Connection:
    """Open or create the database at `path` and bring it up to date.

    The connection is in autocommit mode (use `transaction`), writes ahead, syncs at every commit and may
    be handed from thread to thread, one user at a time. Raises Refused when the file is damaged, belongs
    to another program or was written by a newer version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise Refused("store.unreadable", "{path} cannot be opened: {why}", path=path, why=error) from error
    try:
        _require_ours(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path, migrations() if steps is None else steps)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _refusal(path, error) from error
    except Refused:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the block as one write transaction: committed at its end, rolled back by any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Read at one moment whatever others write meanwhile; nobody waits for it."""
    connection.execute("BEGIN DEFERRED")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")


def require_sound(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database whose pages or indexes are damaged; reads the whole file."""
    try:
        verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise _refusal(path, error) from error
    if verdict != "ok":
        raise _damaged(path, verdict)


def _require_ours(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == APPLICATION_ID or (application == 0 and tables == 0):
        return
    raise Refused(
        "store.foreign",
        "{path} is a database of another program: name another storage.directory in the site file",
        path=path,
    )


def _migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Migration]) -> None:
    newest = max((step.number for step in steps), default=0)
    if _version(connection) > newest:
        raise Refused(
            "store.too_new",
            "{path} was written by a newer Menwei (schema {found}, this one knows {known}): "
            "install that version",
            path=path,
            found=_version(connection),
            known=newest,
        )
    for step in steps:
        _apply(connection, step)


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    if _version(connection) >= step.number:
        return
    with transaction(connection):
        # Another process may have run it while this one waited for the lock.
        if _version(connection) >= step.number:
            return
        for statement in _statements(step.sql):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {step.number}")


def _statements(sql: str) -> Iterator[str]:
    """Split a script: executescript would commit the transaction that the migration runs in."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _refusal(path: Path, error: sqlite3.DatabaseError) -> Refused:
    if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
        return Refused("store.unreadable", "{path} cannot be opened: {why}", path=path, why=error)
    return _damaged(path, str(error))


def _damaged(path: Path, why: str) -> Refused:
    return Refused(
        "store.damaged",
        "{path} is damaged or no database ({why}): move it away and restore the last backup",
        path=path,
        why=why,
    )
