"""From the registers to the one value that decisions about passing are given."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from edge.access.register import AccessRegister, Allowance, Card, Holder, Pin, Vehicle, VisitorPass
from edge.registers import subjects

Tied = Mapping[int, frozenset[str]]


def version(connection: sqlite3.Connection) -> int:
    """Return the number that every change of the registers counts up."""
    (value,) = connection.execute("SELECT version FROM register_version").fetchone()
    return int(value)


def gather(connection: sqlite3.Connection, now_wall_s: float) -> AccessRegister:
    """Return what the registers know now; cards, passes and rights that ended are in it with their end.

    Ties that ended before `now_wall_s` lead nowhere; it is -inf where the wall clock is not trusted.
    """
    passes = _passes(connection)
    return AccessRegister(
        holders=_holders(connection, now_wall_s),
        cards=_cards(connection),
        pins=_pins(connection),
        keypad_numbers=_keypad_numbers(connection),
        passes=passes,
        vehicles=_vehicles(connection),
        visiting_plates=_visiting(passes),
        barred_plates=dict(
            connection.execute(
                "SELECT plate, max(until_s) FROM watchlist"
                " WHERE kind = 'barred' AND plate IS NOT NULL GROUP BY plate"
            ).fetchall()
        ),
    )


def _holders(connection: sqlite3.Connection, now_wall_s: float) -> dict[str, Holder]:
    buildings = _names(
        connection,
        "SELECT t.person, h.building FROM ties t JOIN houses h ON h.id = t.house"
        " WHERE t.until_s IS NULL OR t.until_s > ?",
        now_wall_s,
    )
    organisations = _names(
        connection,
        "SELECT t.person, o.name FROM ties t JOIN organisations o ON o.id = t.organisation"
        " WHERE t.until_s IS NULL OR t.until_s > ?",
        now_wall_s,
    )
    allowances: dict[int, list[Allowance]] = defaultdict(list)
    for person, opening, allow, from_s, until_s in connection.execute(
        "SELECT person, opening, allow, from_s, until_s FROM exceptions ORDER BY id"
    ):
        allowances[person].append(Allowance(opening, bool(allow), from_s, until_s))
    nothing: frozenset[str] = frozenset()
    return {
        subject: Holder(
            subject,
            name,
            kind,
            buildings.get(person, nothing),
            organisations.get(person, nothing),
            tuple(allowances.get(person, ())),
        )
        for person, name, kind in connection.execute("SELECT id, name, kind FROM people")
        for subject in (subjects.person(person),)
    }


def _names(connection: sqlite3.Connection, query: str, now_wall_s: float) -> dict[int, frozenset[str]]:
    names: dict[int, frozenset[str]] = {}
    for person, name in connection.execute(query, (now_wall_s,)):
        names[person] = names.get(person, frozenset()) | {name}
    return names


def _cards(connection: sqlite3.Connection) -> dict[str, Card]:
    return {
        code: Card(card, subjects.person(person), status, from_s, until_s, bool(duress))
        for code, card, person, status, from_s, until_s, duress in connection.execute(
            "SELECT card, id, person, status, from_s, until_s, duress FROM credentials WHERE kind = 'card'"
        )
    }


def _pins(connection: sqlite3.Connection) -> dict[str, tuple[Pin, ...]]:
    pins: dict[str, tuple[Pin, ...]] = {}
    for person, pin, hashed, status, from_s, until_s, duress in connection.execute(
        "SELECT person, id, pin_hash, status, from_s, until_s, duress FROM credentials WHERE kind = 'pin'"
    ):
        subject = subjects.person(person)
        pins[subject] = (*pins.get(subject, ()), Pin(pin, hashed, status, from_s, until_s, bool(duress)))
    return pins


def _keypad_numbers(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT keypad_number, id FROM people WHERE keypad_number IS NOT NULL")
    return {str(number): subjects.person(person) for number, person in rows}


def _passes(connection: sqlite3.Connection) -> dict[int, VisitorPass]:
    openings: dict[int, list[str]] = defaultdict(list)
    for visitor, opening in connection.execute("SELECT visitor, opening FROM visitor_openings"):
        openings[visitor].append(opening)
    return {
        visitor: VisitorPass(
            visitor,
            name,
            frozenset(openings.get(visitor, ())),
            from_s,
            until_s,
            passes,
            cancelled is not None,
            plate,
            None if host is None else subjects.person(host),
            nonce,
        )
        for visitor, name, from_s, until_s, passes, cancelled, plate, host, nonce in connection.execute(
            "SELECT id, name, from_s, until_s, passes, cancelled_s, plate, host, nonce FROM visitors"
        )
    }


def _vehicles(connection: sqlite3.Connection) -> dict[str, Vehicle]:
    usual = _usual(connection)
    return {
        plate: Vehicle(
            vehicle,
            plate,
            owner,
            None if person is None else subjects.person(person),
            plate_type,
            colour,
            parking,
            until_s,
            usual.get(person, frozenset()),
        )
        for vehicle, plate, owner, person, plate_type, colour, parking, until_s in connection.execute(
            "SELECT id, plate, owner, person, plate_type, colour, parking, until_s FROM vehicles"
        )
    }


def _usual(connection: sqlite3.Connection) -> Tied:
    """Return whose enrolled faces are usual at the wheel of each owner's car: the household's."""
    rows = connection.execute(
        "SELECT v.person, t.person FROM vehicles v JOIN face_templates t ON t.person = v.person"
        " UNION SELECT v.person, other.person FROM vehicles v"
        " JOIN ties own ON own.person = v.person AND own.house IS NOT NULL AND own.until_s IS NULL"
        " JOIN ties other ON other.house = own.house AND other.until_s IS NULL"
        " JOIN face_templates t ON t.person = other.person"
    )
    usual: dict[int, frozenset[str]] = {}
    for owner, driver in rows:
        usual[owner] = usual.get(owner, frozenset()) | {subjects.person(driver)}
    return usual


def _visiting(passes: Mapping[int, VisitorPass]) -> dict[str, tuple[int, ...]]:
    plates: dict[str, tuple[int, ...]] = {}
    for visitor in passes.values():
        if visitor.plate is not None:
            plates[visitor.plate] = (*plates.get(visitor.plate, ()), visitor.id)
    return plates
