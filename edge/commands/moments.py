"""Dates and times as people type them at the command line, as wall seconds."""

from datetime import date, datetime, time, timedelta, tzinfo

from edge.refusal import Refused


def start_of(text: str, zone: tzinfo) -> float:
    """Return the wall seconds of an ISO time, or of an ISO date's begin, local to `zone` unless it says.

    Refused: it is neither.
    """
    return _read(text, zone, days=0)


def end_of(text: str, zone: tzinfo) -> float:
    """Return the wall seconds of an ISO time, or of an ISO date's end, local to `zone` unless it says.

    Refused: it is neither.
    """
    return _read(text, zone, days=1)


def _read(text: str, zone: tzinfo, *, days: int) -> float:
    try:
        try:
            moment = datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(0), zone)
        except ValueError:
            moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        raise Refused(
            "registers.moment_unclear", "write a date or a time like 2026-12-31 or 2026-12-31T18:00"
        ) from None
