"""What the rules for watched faces and watched plates share."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from edge.clock import Moment
from edge.linkage.effects import Sentence
from edge.linkage.knowledge import WatchEntry, WatchKind
from edge.site.sections import Severity

SEVERITY: Mapping[WatchKind, Severity] = {
    "wanted": "critical",
    "barred": "warning",
    "overdue": "notice",
    "cared-for": "notice",
}


def in_force(entry: WatchEntry, now: Moment) -> bool:
    """Say whether an entry has not expired; a wall clock that nobody believes expires nothing."""
    return entry.until_s is None or not now.trusted or now.wall_s < entry.until_s


def why_watched(entry: WatchEntry, zone: tzinfo) -> tuple[Sentence, ...]:
    """Return the sentences that tell what to do, the reason and its end, and who asked for it."""
    told = [_reason(entry, zone)]
    if entry.instruction is not None:
        told.insert(0, Sentence("alerts.why_watched_instruction", {"instruction": entry.instruction}))
    if entry.owner is not None:
        told.append(Sentence("alerts.why_watched_owner", {"owner": entry.owner}))
    return tuple(told)


def _reason(entry: WatchEntry, zone: tzinfo) -> Sentence:
    if entry.until_s is None:
        return Sentence("alerts.why_watched", {"reason": entry.reason})
    until = datetime.fromtimestamp(entry.until_s, UTC).astimezone(zone)
    return Sentence("alerts.why_watched_until", {"reason": entry.reason, "until": f"{until:%Y-%m-%d %H:%M}"})
