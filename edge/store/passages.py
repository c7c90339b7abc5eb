"""Decisions about passing, as the journal holds them: looked up by door, person and time."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from edge.box_events import PassageDecided

_DECIDED: msgspec.json.Decoder[PassageDecided] = msgspec.json.Decoder(PassageDecided)


@dataclass(frozen=True, slots=True)
class Passage:
    """One decision, its number in the journal, and when it was taken (wall seconds)."""

    seq: int
    wall_s: float
    decided: PassageDecided


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions are asked for; None asks nothing. `subject` is `person/ID` or `visitor/ID`."""

    device: str | None = None
    subject: str | None = None
    since_wall_s: float = 0.0
    refused_only: bool = False


def latest(connection: sqlite3.Connection, wanted: Wanted, limit: int) -> list[Passage]:
    """Return at most `limit` decisions, the newest first."""
    found: list[Passage] = []
    for passage in _newest_first(connection, wanted.since_wall_s):
        if len(found) == limit:
            break
        if _fits(passage.decided, wanted):
            found.append(passage)
    return found


def _newest_first(connection: sqlite3.Connection, since_wall_s: float) -> Iterator[Passage]:
    rows = connection.execute(
        "SELECT seq, wall_s, observation FROM journal WHERE kind = 'PassageDecided' AND wall_s >= ?"
        " ORDER BY seq DESC",
        (since_wall_s,),
    )
    for seq, wall_s, observation in rows:
        yield Passage(seq, wall_s, _DECIDED.decode(observation))


def _fits(decided: PassageDecided, wanted: Wanted) -> bool:
    return (
        (wanted.device is None or decided.device == wanted.device)
        and (wanted.subject is None or wanted.subject in decided.subjects)
        and not (wanted.refused_only and decided.granted)
    )
