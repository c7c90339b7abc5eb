"""Hours of the day as a site file writes them: local, half open, past midnight where the end is earlier."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """From `begin_min` until before `end_min`, in minutes since local midnight; equal means always."""

    begin_min: int
    end_min: int

    def covers(self, minute: int) -> bool:
        """Say whether a minute of the day (0 to 1439) lies within."""
        if self.begin_min < self.end_min:
            return self.begin_min <= minute < self.end_min
        return minute >= self.begin_min or minute < self.end_min

    def __str__(self) -> str:
        """Return the hours as the site file writes them."""
        return f"{_clock_face(self.begin_min)}-{_clock_face(self.end_min)}"


def parse_hours(text: str) -> Hours:
    """Read "22:00-06:00". ValueError: not of that form."""
    begin, end = text.split("-")
    return Hours(_minutes(begin), min(_minutes(end), DAY_MIN))


def within(spans: Iterable[Hours], wall_s: float, zone: tzinfo) -> Hours | None:
    """Return the first of `spans` that covers the wall time in `zone`, None where none does."""
    local = datetime.fromtimestamp(wall_s, UTC).astimezone(zone)
    minute = local.hour * 60 + local.minute
    return next((span for span in spans if span.covers(minute)), None)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _clock_face(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
