"""From the registers to the one value that the rules are given."""

import sqlite3

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
    )


def _entry(entry: watchlist.Watched) -> WatchEntry:
    return WatchEntry(kind=entry.kind, reason=entry.reason, until_s=entry.until_s)
