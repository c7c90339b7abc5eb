"""A person's name in alerts and in events on their way: found, and replaced by a pseudonym."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from edge import catalogue
from edge.alerts.alert import Alert, Text
from edge.registers import subjects
from edge.store import alert_rows

_ALERT: msgspec.json.Decoder[Alert] = msgspec.json.Decoder(Alert)


@dataclass(frozen=True, slots=True)
class Named:
    """Whose name is looked for, and what stands for it afterwards.

    `subjects` are the alert subjects that are this person or a vehicle of theirs; there the name means this
    person. Elsewhere it does only where `unique`: nobody else who is registered has a name that contains it.
    """

    person: int
    name: str
    subjects: frozenset[str]
    unique: bool

    @property
    def pseudonym(self) -> Text:
        """What is written in place of the name."""
        key = "registers.erased_person"
        return Text(
            zh=catalogue.text(key, "zh-CN", id=self.person), en=catalogue.text(key, "en", id=self.person)
        )

    @property
    def written(self) -> str:
        """The name as it stands within JSON."""
        return msgspec.json.encode(self.name).decode()[1:-1]


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many alerts and events lost the name or the picture, and what could not be changed.

    `pictures` are the paths that these alerts no longer refer to; `delivered` events are at the community
    server already; in `unsure` alerts and events the name may be somebody else's.
    """

    alerts: int
    events: int
    delivered: int
    unsure: int
    pictures: frozenset[str]


def is_free(connection: sqlite3.Connection, person: int, name: str) -> bool:
    """Say whether `name` can mean nobody else: no other entry of the registers has a name that contains it.

    A single character stands in many words.
    """
    if len(name) < 2:
        return False
    others = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM people WHERE id <> :id AND instr(name, :name))"
        " OR EXISTS (SELECT 1 FROM vehicles WHERE person IS NULL AND owner <> :name AND instr(owner, :name))"
        " OR EXISTS (SELECT 1 FROM watchlist WHERE instr(name, :name))"
        " OR EXISTS (SELECT 1 FROM visitors WHERE instr(name, :name))"
        " OR EXISTS (SELECT 1 FROM organisations WHERE instr(name, :name))",
        {"id": person, "name": name},
    ).fetchone()
    return not others[0]


def first_open(connection: sqlite3.Connection, named: Named) -> Alert | None:
    """Return an alert about the person, or that names them, and is not settled."""
    return next((a for a in _alerts(connection, named, "open") if _means(named, a.subject)), None)


def replace(connection: sqlite3.Connection, named: Named) -> Replaced:
    """Replace the name in settled alerts and their events, and let go of pictures of the person.

    Within the caller's transaction; the files are left to the caller.
    """
    alerts = unsure = 0
    pictures: set[str] = set()
    about: set[str] = set()
    for alert in _alerts(connection, named, "settled"):
        if not _means(named, alert.subject):
            unsure += 1
            continue
        if alert.subject == subjects.person(named.person):
            about.add(alert.id)
            pictures |= {alert.picture.path} if alert.picture else set()
            alert = msgspec.structs.replace(alert, picture=None)  # noqa: PLW2901 - the same alert without it
        alert_rows.write(connection, _renamed(named, alert))
        alerts += 1
    pictures |= _let_go(connection, about)
    events, delivered, unsure_events = _replace_in_events(connection, named)
    return Replaced(alerts, events, delivered, unsure + unsure_events, frozenset(pictures))


def _means(named: Named, subject: str | None) -> bool:
    return named.unique or subject in named.subjects


def _alerts(connection: sqlite3.Connection, named: Named, state: str) -> Iterator[Alert]:
    rows = connection.execute(
        "SELECT body FROM alert WHERE state = ?"
        " AND (instr(body, ?) OR json_extract(body, '$.subject') = ?) ORDER BY sequence",
        (state, named.written, subjects.person(named.person)),
    ).fetchall()
    for (body,) in rows:
        alert = _ALERT.decode(body)
        told = [alert.text, *alert.why]
        if alert.subject == subjects.person(named.person) or any(
            named.name in words for text in told for words in (text.zh, text.en)
        ):
            yield alert


def _renamed(named: Named, alert: Alert) -> Alert:
    text, *why = (
        Text(
            zh=told.zh.replace(named.name, named.pseudonym.zh),
            en=told.en.replace(named.name, named.pseudonym.en),
        )
        for told in (alert.text, *alert.why)
    )
    return msgspec.structs.replace(alert, text=text, why=tuple(why))


def _let_go(connection: sqlite3.Connection, about: set[str]) -> set[str]:
    found: set[str] = set()
    for alert in about:
        rows = connection.execute(
            "SELECT id, picture FROM outbox WHERE lane = 'pictures' AND picture IS NOT NULL"
            " AND json_extract(event, '$.alert') = ?",
            (alert,),
        ).fetchall()
        for row, picture in rows:
            # The event still goes: it says that the box no longer has the picture.
            connection.execute("UPDATE outbox SET picture = NULL WHERE id = ?", (row,))
            found.add(picture)
    return found


def _replace_in_events(connection: sqlite3.Connection, named: Named) -> tuple[int, int, int]:
    rows = connection.execute(
        "SELECT id, event, acknowledged_wall_s IS NOT NULL FROM outbox"
        " WHERE lane = 'alerts' AND (instr(event, ?) OR json_extract(event, '$.data.subject') = ?)",
        (named.written, subjects.person(named.person)),
    ).fetchall()
    changed = delivered = unsure = 0
    for row, event, acknowledged in rows:
        fields = msgspec.json.decode(event, type=dict[str, Any])
        told = [fields["data"]["text"], *fields["data"]["why"]]
        if not any(named.name in words for text in told for words in text.values()):
            continue
        if not _means(named, fields["data"]["subject"]):
            unsure += 1
            continue
        for text in told:
            text["zh-CN"] = text["zh-CN"].replace(named.name, named.pseudonym.zh)
            text["en"] = text["en"].replace(named.name, named.pseudonym.en)
        renamed = msgspec.json.encode(fields).decode()
        connection.execute("UPDATE outbox SET event = ? WHERE id = ?", (renamed, row))
        changed += 1
        delivered += acknowledged
    return changed, delivered, unsure
