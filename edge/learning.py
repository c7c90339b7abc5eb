"""The registers as a running daemon goes by them, read at one moment: for rules, decisions and cameras."""

import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.access.register import AccessRegister
from edge.linkage.knowledge import Knowledge
from edge.registers import access_register, knowledge
from edge.site.schema import Site
from edge.store import layout
from edge.store.database import open_database, snapshot
from edge.vision import gallery
from edge.vision.messages import Gallery


@dataclass(frozen=True, slots=True)
class Registers:
    """Everything that was read under one `version` of the registers."""

    version: int
    knowledge: Knowledge
    access: AccessRegister
    gallery: Gallery


def version(connection: sqlite3.Connection) -> int:
    """Return the number that every change of the registers counts up."""
    return access_register.version(connection)


def gather(connection: sqlite3.Connection, site: Site, now_wall_s: float) -> Registers:
    """Read all of it at one moment. Refused: the key of the face templates is lost.

    `now_wall_s` is -inf where the wall clock is not trusted.
    """
    with _uncollected(), snapshot(connection):
        return Registers(
            version(connection),
            knowledge.gather(connection),
            access_register.gather(connection, now_wall_s),
            gallery.gather(connection, site, now_wall_s),
        )


def read_anew(site: Site, directory: Path, now_wall_s: float) -> Registers:
    """Do the same on a connection of its own, for another thread."""
    with closing(open_database(layout.database(directory))) as connection:
        return gather(connection, site, now_wall_s)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Make many lasting values without the garbage collector going through all of them again and again.

    It would hold up whoever waits at a door. What is made here holds no cycles and is never looked at again;
    whatever else there is of garbage goes before, so that it is not kept with it.
    """
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
