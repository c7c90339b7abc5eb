"""From the registers to the one value that the rules are given."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from edge.linkage.knowledge import Knowledge, WatchEntry
from edge.registers import people, vehicles, watchlist


def gather(connection: sqlite3.Connection) -> Knowledge:
    """Return what the registers know now. Expired entries are in it with their end: the rules judge it."""
    entries = sorted(watchlist.every_entry(connection), key=lambda entry: entry.until_s)
    registered = people.everyone(connection)
    named = {entry.subject: entry.name for entry in entries if entry.name is not None}
    return Knowledge(
        names={person.subject: person.name for person in registered} | named,
        plates={vehicle.plate: vehicle.owner for vehicle in vehicles.every_vehicle(connection)},
        watched_subjects={entry.subject: _entry(entry) for entry in entries if entry.plate is None},
        # Of several entries for one plate the last to end speaks: at most one of them has not ended.
        watched_plates={entry.plate: _entry(entry) for entry in entries if entry.plate is not None},
        expected_plates=_expected_plates(connection),
    )


def _expected_plates(connection: sqlite3.Connection) -> Mapping[str, tuple[tuple[float, float], ...]]:
    spans = defaultdict[str, list[tuple[float, float]]](list)
    rows = connection.execute(
        "SELECT plate, from_s, until_s FROM visitors"
        " WHERE plate IS NOT NULL AND cancelled_s IS NULL ORDER BY id"
    )
    for plate, from_s, until_s in rows:
        spans[plate].append((from_s, until_s))
    return {plate: tuple(some) for plate, some in spans.items()}


def _entry(entry: watchlist.Watched) -> WatchEntry:
    return WatchEntry(
        kind=entry.kind,
        reason=entry.reason,
        until_s=entry.until_s,
        owner=entry.owner,
        instruction=entry.instruction,
    )
