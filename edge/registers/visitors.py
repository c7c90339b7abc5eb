"""Visitors' passes: for whom, by whom invited, through what, from when until when, how often."""

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from edge.clock import DAY_S
from edge.refusal import Refused
from edge.registers import subjects
from edge.registers.entries import act, insert, no_such, printable
from edge.registers.passes import NONCE_BYTES

MOST_PASSES = 1000
LONGEST_S = 366 * DAY_S

_VISITORS = """
SELECT v.id, v.name, v.plate, v.host, p.name, v.purpose,
  (SELECT group_concat(opening) FROM visitor_openings o WHERE o.visitor = v.id),
  v.from_s, v.until_s, v.passes, coalesce(u.uses, 0), v.cancelled_s, v.added_by, v.added_s
FROM visitors v LEFT JOIN people p ON p.id = v.host LEFT JOIN pass_uses u ON u.visitor = v.id
"""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a pass is for. `openings` are ids of doors, door groups and lanes; wall seconds."""

    name: str
    purpose: str
    openings: tuple[str, ...]
    from_s: float
    until_s: float
    passes: int = 1
    plate: str | None = None
    host: int | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor's pass and how often it was used."""

    id: int
    name: str
    plate: str | None
    host: int | None
    host_name: str | None
    purpose: str
    openings: tuple[str, ...]
    from_s: float
    until_s: float
    passes: int
    uses: int
    cancelled_s: float | None
    added_by: str
    added_s: float


def add(
    connection: sqlite3.Connection,
    invitation: Invitation,
    *,
    by: str,
    now: float,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Visitor:
    """Register a visitor. Refused: no such host, or a pass that is never good."""
    _require_good(invitation, now)
    row: dict[str, object] = {
        "name": printable(invitation.name, "name"),
        "plate": invitation.plate,
        "host": invitation.host,
        "purpose": printable(invitation.purpose, "reason"),
        "from_s": invitation.from_s,
        "until_s": invitation.until_s,
        "passes": invitation.passes,
        "nonce": entropy(NONCE_BYTES),
        "added_by": printable(by, "name"),
        "added_s": now,
    }
    with act(connection):
        _require_host(connection, invitation.host)
        visitor = insert(connection, "visitors", row)
        connection.executemany(
            "INSERT INTO visitor_openings (visitor, opening) VALUES (?, ?)",
            [(visitor, opening) for opening in dict.fromkeys(invitation.openings)],
        )
    return one(connection, visitor)


def cancel(connection: sqlite3.Connection, visitor: int, *, now: float) -> Visitor:
    """Let a pass open nothing any more. Refused: there is no such visitor."""
    with act(connection):
        one(connection, visitor)
        connection.execute(
            "UPDATE visitors SET cancelled_s = coalesce(cancelled_s, ?) WHERE id = ?", (now, visitor)
        )
    return one(connection, visitor)


def reissue(
    connection: sqlite3.Connection, visitor: int, entropy: Callable[[int], bytes] = secrets.token_bytes
) -> Visitor:
    """Make the codes that were given out void, for a new one. Refused: there is no such visitor."""
    with act(connection):
        one(connection, visitor)
        connection.execute("UPDATE visitors SET nonce = ? WHERE id = ?", (entropy(NONCE_BYTES), visitor))
    return one(connection, visitor)


def nonce_of(connection: sqlite3.Connection, visitor: int) -> bytes:
    """Return what the code of a pass is signed with. Refused: there is no such visitor."""
    row = connection.execute("SELECT nonce FROM visitors WHERE id = ?", (visitor,)).fetchone()
    if row is None:
        raise no_such(f"visitor/{visitor}")
    return bytes(row[0])


def one(connection: sqlite3.Connection, visitor: int) -> Visitor:
    """Return a visitor. Refused: there is no such visitor."""
    found = _read(connection, "WHERE v.id = ?", (visitor,))
    if not found:
        raise no_such(f"visitor/{visitor}")
    return found[0]


def every_visitor(connection: sqlite3.Connection, ending_after_s: float | None = None) -> list[Visitor]:
    """Return the visitors in the order of their ids: all, or whose pass has not ended at a wall time."""
    if ending_after_s is None:
        return _read(connection, "", ())
    return _read(connection, "WHERE v.until_s > ? AND v.cancelled_s IS NULL", (ending_after_s,))


def erase_ended(connection: sqlite3.Connection, before_s: float) -> int:
    """Erase whose pass ended before a wall time; return how many: nobody is kept longer than the reason."""
    with act(connection):
        gone = connection.execute("DELETE FROM visitors WHERE until_s < ?", (before_s,)).rowcount
        connection.execute("DELETE FROM pass_uses WHERE visitor NOT IN (SELECT id FROM visitors)")
    return gone


def _read(connection: sqlite3.Connection, where: str, values: Sequence[float]) -> list[Visitor]:
    rows = connection.execute(f"{_VISITORS} {where} ORDER BY v.id", tuple(values))
    found = [Visitor(*row) for row in rows]
    return [replace(one, openings=tuple(sorted(str(one.openings).split(",")))) for one in found]


def _require_good(invitation: Invitation, now: float) -> None:
    if not invitation.openings:
        raise Refused("visitors.no_opening", "name at least one door, door group or lane with --opening")
    if invitation.until_s <= max(invitation.from_s, now):
        raise Refused("visitors.never_good", "it must end after it begins, and in the future")
    if invitation.until_s - invitation.from_s > LONGEST_S:
        raise Refused("visitors.too_long", "a visit lasts at most a year: register who stays for longer")
    if not 1 <= invitation.passes <= MOST_PASSES:
        raise Refused("visitors.passes", "a pass is good for 1 to {most} passages", most=MOST_PASSES)


def _require_host(connection: sqlite3.Connection, host: int | None) -> None:
    known = "SELECT 1 FROM people WHERE id = ?"
    if host is not None and connection.execute(known, (host,)).fetchone() is None:
        raise no_such(subjects.person(host))
