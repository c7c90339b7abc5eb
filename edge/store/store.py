"""The box's memory: one database and one folder of evidence, held by one controller at a time."""

import fcntl
import os
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from edge.refusal import Refused
from edge.store import alert_rows, database, layout
from edge.store.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Store:
    """An open memory. `connection` is the controller's own: whoever runs in another thread opens another."""

    directory: Path
    connection: sqlite3.Connection
    evidence: Evidence
    lock: int

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open or create the memory in `directory`, and remove what a crash left half done.

        Raises Refused when another controller holds it, or when the database is damaged or not ours.
        """
        directory.mkdir(parents=True, exist_ok=True)
        lock = _hold(directory)
        try:
            connection = database.open_database(layout.database(directory))
        except Refused:
            os.close(lock)
            raise
        store = cls(directory, connection, Evidence(layout.evidence(directory)), lock)
        try:
            database.require_sound(connection, layout.database(directory))
            store.evidence.sweep(alert_rows.pictures(connection))
        except BaseException:
            store.close()
            raise
        return store

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Run a block as one write transaction."""
        return database.transaction(self.connection)

    @property
    def instance(self) -> str:
        """A name that no other database has, made with it."""
        (name,) = self.connection.execute("SELECT id FROM instance").fetchone()
        return str(name)

    def close(self) -> None:
        """Close the database and let go of the folder."""
        self.connection.close()
        os.close(self.lock)


def _hold(directory: Path) -> int:
    # The kernel drops the lock with the process, however that ends.
    handle = os.open(layout.controller_lock(directory), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise Refused(
            "store.held",
            "{directory} is in use by another Menwei: stop that one first",
            directory=directory,
        ) from error
    return handle
