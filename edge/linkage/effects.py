"""What the rules ask for; whoever carries it out stands elsewhere."""

from collections.abc import Mapping

import msgspec

from edge.site.sections import Severity


class Sentence(msgspec.Struct, frozen=True):
    """A sentence of the catalogue: its key and what fills its placeholders.

    `otherwise` is told where the catalogue lacks the key or a value for it: a driver of another package may
    give reasons of its own.
    """

    key: str
    values: Mapping[str, str] = msgspec.field(default_factory=dict)
    otherwise: "Sentence | None" = None


class KeepObservation(msgspec.Struct, frozen=True, tag=True):
    """Write the observation to the journal: it says something new."""


class RaiseAlert(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Alert somebody.

    Raised again under the same `key` within `gap_s` of the last time, it is the same alert; `gap_s` None
    means until it is settled. An alert that has lasted `longest_s` is followed by a new one.
    """

    rule: str
    key: str
    severity: Severity
    place: str
    text: Sentence
    why: tuple[Sentence, ...]
    camera: str | None = None
    device: str | None = None
    zone: str | None = None
    subject: str | None = None
    gap_s: float | None = None
    longest_s: float | None = None
    picture_score: float = 0.0


class SettleAlert(msgspec.Struct, frozen=True, tag=True):
    """What the alert under `key` was about is over; it is settled once it has stayed so for `calm_s`."""

    key: str
    calm_s: float = 0.0


Effect = KeepObservation | RaiseAlert | SettleAlert
