"""What the registers know, as one frozen value that the rules are given."""

from collections.abc import Mapping
from typing import Literal

import msgspec

WatchKind = Literal["wanted", "barred", "overdue", "cared-for"]


class WatchEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody or some plate is watched for. `until_s` is the wall time of its expiry, None for never.

    `owner` is who asked for it, `instruction` what to do when it is met.
    """

    kind: WatchKind
    reason: str
    until_s: float | None = None
    owner: str | None = None
    instruction: str | None = None


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """The registers at one moment.

    `names` and `watched_subjects` go by the subject of a FaceSeen (`person/ID`, `watchlist/ID`);
    `plates` (registered plate -> owner's name) and `watched_plates` by the exact text of a PlateRead, as
    `expected_plates`: visitors' plates, each with the spans of wall time in which they may come.
    """

    names: Mapping[str, str] = msgspec.field(default_factory=dict)
    plates: Mapping[str, str] = msgspec.field(default_factory=dict)
    watched_subjects: Mapping[str, WatchEntry] = msgspec.field(default_factory=dict)
    watched_plates: Mapping[str, WatchEntry] = msgspec.field(default_factory=dict)
    expected_plates: Mapping[str, tuple[tuple[float, float], ...]] = msgspec.field(default_factory=dict)
