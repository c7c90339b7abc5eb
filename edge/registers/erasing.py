"""Erasing a person: every trace that the law does not ask to keep, removed or under a pseudonym, and told."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from edge.refusal import Refused
from edge.registers import mentions, people, subjects
from edge.registers.entries import Erased, for_good, leave_receipt
from edge.registers.mentions import Named, Replaced
from edge.store import alert_rows
from edge.store.evidence import Evidence

_CASCADING = ("face_templates", "consents", "ties", "credentials", "exceptions")

# Where names stand of those who acted: they answer for it.
_ACTED = (
    ("people", "confirmed_by"),
    ("houses", "confirmed_by"),
    ("organisations", "confirmed_by"),
    ("ties", "confirmed_by"),
    ("vehicles", "confirmed_by"),
    ("credentials", "added_by"),
    ("exceptions", "added_by"),
    ("visitors", "added_by"),
    ("watchlist", "owner"),
    ("access_modes", "by"),
    ("register_acts", "by"),
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What became of a person's traces, each by what it is and how many; zeros are left out.

    Catalogue `registers.removed_WHAT`, `registers.pseudonymised_WHAT`, and `registers.kept_WHAT`, which says
    why.
    """

    subject: str
    label: str
    removed: Mapping[str, int]
    pseudonymised: Mapping[str, int]
    kept: Mapping[str, int]


def erase_person(connection: sqlite3.Connection, person: int, *, evidence: Evidence, now: float) -> Erasure:
    """Erase a person for good and leave a receipt.

    Refused: no such person, or an alert that names them is not settled: the running daemon would write the
    name again.
    """
    with for_good(connection):
        known = people.one(connection, person)
        named = _named(connection, person, known.name)
        _require_settled(connection, named)
        removed = {"numbers": _numbers(connection, person)}
        removed |= {table: _count(connection, table, person) for table in _CASCADING}
        removed |= _remove_rows(connection, named)
        pseudonymised = _pseudonymise_rows(connection, named, now)
        replaced = mentions.replace(connection, named)
        connection.execute("DELETE FROM people WHERE id = ?", (person,))
        receipt = Erased(known.subject, known.name, removed["face_templates"], removed["consents"])
        leave_receipt(connection, receipt, now)
        kept = _kept(connection, named, now)
        still_shown = alert_rows.pictures(connection)
    removed["pictures"] = _remove_pictures(evidence, replaced.pictures - still_shown)
    return Erasure(
        known.subject,
        known.name,
        _some(removed),
        _some(pseudonymised | {"alerts": replaced.alerts, "events": replaced.events}),
        _some(kept | _left(replaced)),
    )


def _named(connection: sqlite3.Connection, person: int, name: str) -> Named:
    plates = connection.execute("SELECT plate FROM vehicles WHERE person = ?", (person,))
    about = {subjects.person(person), *(f"plate/{plate}" for (plate,) in plates)}
    return Named(person, name, frozenset(about), mentions.is_free(connection, person, name))


def _require_settled(connection: sqlite3.Connection, named: Named) -> None:
    alert = mentions.first_open(connection, named)
    if alert is not None:
        raise Refused(
            "registers.in_open_alert",
            "alert {number} at {place} names {subject} and is not over: erase when it is over, or the name "
            "would be written again",
            number=alert.sequence,
            place=alert.place,
            subject=subjects.person(named.person),
        )


def _remove_rows(connection: sqlite3.Connection, named: Named) -> dict[str, int]:
    whereabouts = connection.execute(
        "DELETE FROM whereabouts WHERE subject = ?", (subjects.person(named.person),)
    ).rowcount
    if not named.unique:
        return {"whereabouts": whereabouts}
    contacts = connection.execute(
        "UPDATE organisations SET contact = NULL WHERE instr(contact, ?)", (named.name,)
    ).rowcount
    return {"whereabouts": whereabouts, "contacts": contacts}


def _pseudonymise_rows(connection: sqlite3.Connection, named: Named, now: float) -> dict[str, int]:
    pseudonym = named.pseudonym.zh
    vehicles = connection.execute(
        "UPDATE vehicles SET owner = ?, person = NULL WHERE person = ?"
        " OR (? AND person IS NULL AND owner = ?)",
        (pseudonym, named.person, named.unique, named.name),
    ).rowcount
    if named.unique:
        connection.execute(
            "UPDATE visitors SET purpose = replace(purpose, ?, ?) WHERE instr(purpose, ?)",
            (named.name, pseudonym, named.name),
        )
    # Nobody answers any longer for a visitor who has yet to come.
    connection.execute(
        "UPDATE visitors SET cancelled_s = ? WHERE host = ? AND cancelled_s IS NULL AND until_s > ?",
        (now, named.person, now),
    )
    visitors = connection.execute("UPDATE visitors SET host = NULL WHERE host = ?", (named.person,)).rowcount
    return {"vehicles": vehicles, "visitors": visitors}


def _kept(connection: sqlite3.Connection, named: Named, now: float) -> dict[str, int]:
    acts = sum(
        connection.execute(
            f"SELECT count(*) FROM {table} WHERE {column} = ?",  # noqa: S608 - literals of this module
            (named.name,),
        ).fetchone()[0]
        for table, column in _ACTED
    )
    (journal,) = connection.execute(
        "SELECT count(*) FROM journal WHERE instr(observation, ?)", (f'"{subjects.person(named.person)}"',)
    ).fetchone()
    (watched,) = connection.execute(
        "SELECT count(*) FROM watchlist WHERE until_s > ?"
        " AND (instr(name, ?) OR instr(reason, ?) OR instr(instruction, ?))",
        (now, *(named.name,) * 3),
    ).fetchone()
    (namesakes,) = connection.execute(
        "SELECT count(*) FROM vehicles WHERE person IS NULL AND owner = ? AND NOT ?",
        (named.name, named.unique),
    ).fetchone()
    return {"receipt": 1, "journal": journal, "acts": acts, "watched": watched, "namesakes": namesakes}


def _left(replaced: Replaced) -> dict[str, int]:
    return {"delivered": replaced.delivered, "unsure": replaced.unsure}


def _count(connection: sqlite3.Connection, table: str, person: int) -> int:
    counted = connection.execute(
        f"SELECT count(*) FROM {table} WHERE person = ?",  # noqa: S608 - a literal of this module
        (person,),
    )
    return int(counted.fetchone()[0])


def _numbers(connection: sqlite3.Connection, person: int) -> int:
    counted = connection.execute(
        "SELECT (id_number IS NOT NULL) + (phone IS NOT NULL) + (keypad_number IS NOT NULL)"
        " FROM people WHERE id = ?",
        (person,),
    )
    return int(counted.fetchone()[0])


def _remove_pictures(evidence: Evidence, paths: frozenset[str]) -> int:
    # A file that stays behind is swept with the rest that nothing refers to.
    for path in paths:
        (evidence.directory / path).unlink(missing_ok=True)
    return len(paths)


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {what: count for what, count in counts.items() if count}
