"""When several frames agree on whose face it is: never one frame alone, never without a lead."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaceShot:
    """One embedded shot of a track: the nearest gallery subject and how near it and the runner-up are.

    `subject` is None where the gallery was empty. `at_s` is the frame's monotonic time.
    """

    at_s: float
    score: float
    subject: str | None
    similarity: float
    runner_up: float


@dataclass(frozen=True, slots=True)
class Bar:
    """What a name needs: similarity, lead over the runner-up, frames that agree."""

    similarity: float
    margin: float
    frames: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the shots say. `subject` None: nobody in the gallery fits."""

    subject: str | None
    similarity: float
    frames: int


def agree(shots: Sequence[FaceShot], bar: Bar) -> Verdict | None:
    """Return whom the shots name, or unknown, or None while they do not suffice for either.

    A name needs `bar.frames` votes and more than half of all shots. Unknown needs as many shots, of
    which not more than a quarter vote for any one subject: in between, more frames are awaited.
    """
    if len(shots) < bar.frames:
        return None
    votes = Counter(s.subject for s in shots if s.subject is not None and _votes(s, bar))
    nearest = max(s.similarity for s in shots)
    if not votes:
        return Verdict(None, nearest, len(shots))
    subject, count = votes.most_common(1)[0]
    if count >= bar.frames and count * 2 > len(shots):
        best = max(s.similarity for s in shots if s.subject == subject)
        return Verdict(subject, best, count)
    if count * 4 <= len(shots):
        return Verdict(None, nearest, len(shots) - count)
    return None


def _votes(shot: FaceShot, bar: Bar) -> bool:
    return shot.similarity >= bar.similarity and shot.similarity - shot.runner_up >= bar.margin
