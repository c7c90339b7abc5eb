"""An alert as a frozen value, and the words it is told in."""

import hashlib
from typing import Literal

import msgspec

from edge import catalogue
from edge.linkage.effects import Sentence
from edge.site.sections import Severity


class Text(msgspec.Struct, frozen=True, rename={"zh": "zh-CN"}):
    """A sentence in both languages."""

    zh: str
    en: str


class Picture(msgspec.Struct, frozen=True):
    """An evidence picture: the JPEG's SHA-256 in hexadecimal, the day (UTC) it is filed under, its score."""

    sha256: str
    day: str
    score: float

    @property
    def path(self) -> str:
        """Its place below the evidence folder."""
        return f"{self.day}/{self.sha256}.jpg"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody must know about.

    `sequence` counts the site's alerts from 1. `revision` counts what was told about this one after it was
    raised. `key` is what repeated observations merge under; `cause_seq` is the journal's number of the
    observation that raised it; `count` is how many observations it stands for. The monotonic times belong to
    boot `boot` and say how long a visit lasts whatever the wall clock does.
    """

    id: str
    sequence: int
    revision: int
    kind: str
    key: str
    severity: Severity
    state: Literal["open", "settled"]
    place: str
    camera: str | None
    zone: str | None
    subject: str | None
    first_wall_s: float
    last_wall_s: float
    first_mono_s: float
    last_mono_s: float
    boot: str
    clock_trusted: bool
    cause_seq: int
    count: int
    gap_s: float | None
    longest_s: float | None
    text: Text
    why: tuple[Text, ...]
    picture: Picture | None = None
    settled_wall_s: float | None = None
    device: str | None = None


def alert_id(site: str, boot: str, seq: int, key: str) -> str:
    """Derive an alert's id from what caused it: the same journal always gives the same ids."""
    cause = "\x1f".join((site, boot, str(seq), key))
    return hashlib.blake2b(cause.encode(), digest_size=16).hexdigest()


def tell(sentence: Sentence) -> Text:
    """Put a sentence into both languages. KeyError: the catalogue cannot tell it, nor what stands for it."""
    return Text(zh=_told(sentence, "zh-CN"), en=_told(sentence, "en"))


def _told(sentence: Sentence, language: catalogue.Language) -> str:
    try:
        return catalogue.text(sentence.key, language, **sentence.values)
    except KeyError:
        if sentence.otherwise is None:
            raise
        return _told(sentence.otherwise, language)
