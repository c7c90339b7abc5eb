"""One badge is one badge, however often the reader repeats it: a pure function of (state, tag, now)."""

from dataclasses import dataclass, field, replace

# More tags than this at one point within a few seconds are noise; the oldest is forgotten.
_MOST_TAGS = 32


@dataclass(frozen=True, slots=True)
class Debouncing:
    """A tag counts after `reads` reads within `within_s`, and again only after it was away for `away_s`.

    Ask readers without a checksum, and those that repeat a tag while it lies there, for two reads.
    """

    reads: int = 1
    within_s: float = 2.0
    away_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A tag at the reader: since when this bout of reads lasts, when the last one was, how many."""

    tag: str = field(repr=False)
    first_s: float
    last_s: float
    reads: int
    told: bool


def read(
    state: tuple[Seen, ...], tag: str, now_s: float, how: Debouncing
) -> tuple[tuple[Seen, ...], str | None]:
    """Return the tags at the reader after one more read, and the tag where it is to be told."""
    present = tuple(s for s in state if now_s - s.last_s < (how.away_s if s.told else how.within_s))
    seen = next((s for s in present if s.tag == tag), Seen(tag, now_s, now_s, 0, told=False))
    if not seen.told and now_s - seen.first_s > how.within_s:
        seen = Seen(tag, now_s, now_s, 0, told=False)
    tell = not seen.told and seen.reads + 1 >= how.reads
    seen = replace(seen, last_s=now_s, reads=seen.reads + 1, told=seen.told or tell)
    others = tuple(s for s in present if s.tag != tag)
    return (*others, seen)[-_MOST_TAGS:], tag if tell else None
