"""What may stand in the cells: names, numbers of people, dates; each from a cell to a value."""

import datetime as dt
import re
from collections.abc import Callable

from edge.refusal import Refused
from edge.registers import id_number, identities
from edge.registers.entries import printable
from edge.registers.sheets.table import Cell

_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_TIME = re.compile(r"(.+?)[ T]+([0-9]{1,2}):([0-9]{2})(?::[0-9]{2}(?:\.0+)?)?")
# Days since 1899-12-30: what Excel stores for a date whose format got lost. Here 1954 to 2099.
_SERIAL_EPOCH = dt.date(1899, 12, 30)
_SERIALS = range(20_000, 73_051)
# Excel keeps 15 digits of a number and makes zeros of what follows.
_KEPT_DIGITS = 15

# Stands for the characters of a number that an export hides.
MASK = "*"


def text_called(what: str) -> Callable[[Cell], str]:
    """Return what reads a text; `what` as in `printable`. Refused: no text, or Excel made a date of it."""

    def read(cell: Cell) -> str:
        return printable(undated(cell), what)

    return read


def undated(cell: Cell) -> str:
    """Return a cell's text. Refused: Excel took what was typed for a date."""
    if cell.kind == "date":
        raise Refused(
            "sheets.made_a_date",
            "Excel made the date {text} of what was typed: set the column's format to text and type it again",
            text=cell.text,
        )
    return cell.text


def id_number_on(today: dt.date) -> Callable[[Cell], str]:
    """Return what reads an ID number, masked ones as they are. Refused: it is none, or Excel rounded it."""

    def read(cell: Cell) -> str:
        text = undated(cell)
        if _ROUNDED.fullmatch(text) or (cell.kind == "number" and len(text) > _KEPT_DIGITS):
            raise _rounded()
        return text if MASK in text else id_number.checked(text, today=today)

    return read


def phone(cell: Cell) -> str:
    """Return a phone number, masked ones as they are. Refused: it is none, or Excel rounded it."""
    text = undated(cell)
    if _ROUNDED.fullmatch(text):
        raise _rounded()
    return text if MASK in text else identities.phone_called(text)


def first_moment(zone: dt.tzinfo) -> Callable[[Cell], float]:
    """Return what reads a date, or date and time, as the wall seconds at which it begins. Refused: none."""

    def read(cell: Cell) -> float:
        day, time = _day_and_time(cell)
        return dt.datetime.combine(day, time or dt.time(), zone).timestamp()

    return read


def last_moment(zone: dt.tzinfo) -> Callable[[Cell], float]:
    """Return what reads a date as the wall seconds when that day is over, a time as itself. Refused: none."""

    def read(cell: Cell) -> float:
        day, time = _day_and_time(cell)
        if time is None:
            day, time = day + dt.timedelta(1), dt.time()
        return dt.datetime.combine(day, time, zone).timestamp()

    return read


def day_written(wall_s: float, zone: dt.tzinfo) -> str:
    """Return the day in which a moment lies, as a sheet writes it."""
    return dt.datetime.fromtimestamp(wall_s, zone).date().isoformat()


def end_written(until_s: float, zone: dt.tzinfo) -> str:
    """Return an end as `last_moment` reads it: the last whole day, or date and time."""
    end = dt.datetime.fromtimestamp(until_s, zone)
    if end.time() == dt.time():
        return (end.date() - dt.timedelta(1)).isoformat()
    return end.isoformat(" ", "minutes")[:16]


def _day_and_time(cell: Cell) -> tuple[dt.date, dt.time | None]:
    text = cell.text.strip()
    if cell.kind == "number" and text.isdecimal() and int(text) in _SERIALS:
        return _SERIAL_EPOCH + dt.timedelta(int(text)), None
    timed = _TIME.fullmatch(text)
    day, time = (timed[1], timed) if timed else (text, None)
    matched = _DAY.fullmatch(day.strip()) or _DIGITS.fullmatch(day.strip())
    try:
        if matched:
            date = dt.date(*map(int, matched.groups()))
            if _SERIAL_EPOCH.year < date.year < dt.MAXYEAR - 1:
                return date, dt.time(int(time[2]), int(time[3])) if time else None
    except ValueError:
        pass  # the 31st of a month with 30 days, or 25 o'clock
    raise Refused(
        "sheets.no_date",
        "{text} is no date: write year, month and day, like 2026-12-31",
        text=text[:40],
    )


def _rounded() -> Refused:
    return Refused(
        "sheets.rounded",
        "Excel took it for a number and lost its last digits: set the column's format to text and type it "
        "again",
    )
