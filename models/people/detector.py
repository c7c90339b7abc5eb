"""Finds people by their bodies: who hides his face is still a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path

from models.geometry import Box, Point
from models.people.decoding import Body, anchors, bodies
from models.people.look import Look, Picture, around, seen
from models.people.network import PoseNetwork

# How far a body reaches above its crown, below and beside its hips, in distances from hips to crown.
_ABOVE, _BELOW, _ASIDE = 1.05, 0.95, 0.4
# What moves is often only a part of a person.
_REGION_MARGIN = 1.6
# Enlarging less than this shows the network nothing but blur.
_LEAST_LOOK_PX = 112.0
# A person is still one when seen from nearer and from farther; a table, a car, a bush seldom is. The sides
# of these looks, in distances from hips to crown.
_LOOKS_AGAIN = (2.5, 4.2)
# How far the hips of one body may shift between looks, in the same unit, and how much its size may change.
_SHIFT, _RESIZE = 0.5, 2.0
# People whose boxes overlap more than this are one.
_SAME_PERSON = 0.5


@dataclass(frozen=True, slots=True)
class Person:
    """The box around a body, as far as it lies in the picture, and the mean score of all looks at it."""

    box: Box
    score: float


class PersonDetector:
    """Finds the nearest few people. Deterministic; not thread-safe."""

    def __init__(
        self, weights: Path, *, score: float = 0.65, candidate_score: float = 0.3, candidates: int = 4
    ) -> None:
        """Load the network from the folder of weights. WeightsError: its file is missing or another one.

        At most `candidates` bodies that one look shows with at least `candidate_score` are looked at
        again; who reaches `score` on average is a person.
        """
        self._network = PoseNetwork(weights)
        self._anchors = anchors()
        self._score = score
        self._candidate_score = candidate_score
        self._candidates = candidates

    def detect(self, picture: Picture, region: Box | None = None) -> list[Person]:
        """Return the people in a BGR picture of any size, in its pixels, best score first.

        `region` (pixels) narrows the look to a square around it with a margin: something that moves, or
        where a track should be. The look finds people of more than a quarter of its side and seldom more
        than two of them, so give regions when the picture is wide.
        """
        if 0 in picture.shape:
            return []
        candidates = self._bodies(picture, _first_look(picture, region), self._candidate_score)
        confirmed = [self._confirmed(picture, body) for body in candidates[: self._candidates]]
        return distinct(person for person in confirmed if person is not None)

    def _bodies(self, picture: Picture, look: Look, least_score: float) -> list[Body]:
        logits, rows = self._network.run(seen(picture, look))
        found = bodies(logits, rows, self._anchors, least_score)
        return [Body(look.point(b.hips), look.point(b.crown), b.score) for b in found]

    def _confirmed(self, picture: Picture, body: Body) -> Person | None:
        """Return the person of a candidate whose mean score holds when it is looked at again."""
        shown, total, looks = [body], body.score, _looks_again(picture, body)
        for still_to_come, look in zip(reversed(range(len(looks))), looks, strict=True):
            again = _best_same(body, self._bodies(picture, look, self._candidate_score))
            if again is not None:
                shown.append(again)
                total += again.score
            if total + still_to_come < self._score * (1 + len(looks)):
                return None  # not even the full score for the rest would do
        box = body_box(shown, picture.shape[1], picture.shape[0])
        return None if box is None else Person(box, total / (1 + len(looks)))


def distinct(people: Iterable[Person]) -> list[Person]:
    """Return the people without those seen twice, best score first: several regions may show one person."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda p: -p.score):
        if all(person.box.overlap(other.box) <= _SAME_PERSON for other in kept):
            kept.append(person)
    return kept


def body_box(shown: Sequence[Body], width: int, height: int) -> Box | None:
    """Return the box around the mean of several looks at one body, within a picture of this size.

    The box stands upright however the body leans; None when nothing of it lies in the picture.
    """
    hips, crown = _mean([b.hips for b in shown]), _mean([b.crown for b in shown])
    up = Point(crown.x - hips.x, crown.y - hips.y)
    ends = [Point(hips.x + up.x * along, hips.y + up.y * along) for along in (_ABOVE, -_BELOW)]
    wide, high = abs(up.y) * _ASIDE, abs(up.x) * _ASIDE
    left = max(0.0, min(e.x for e in ends) - wide)
    top = max(0.0, min(e.y for e in ends) - high)
    right = min(float(width), max(e.x for e in ends) + wide)
    bottom = min(float(height), max(e.y for e in ends) + high)
    return Box(left, top, right - left, bottom - top) if left < right and top < bottom else None


def _first_look(picture: Picture, region: Box | None) -> Look:
    if region is None:
        height, width = picture.shape[:2]
        return around(Point(width / 2, height / 2), float(max(width, height)))
    side = max(region.width, region.height) * _REGION_MARGIN
    return around(region.centre, max(_LEAST_LOOK_PX, side))


def _looks_again(picture: Picture, body: Body) -> list[Look]:
    """Return the looks at a body; of one that reaches far out of the picture, at what the picture shows."""
    height, width = picture.shape[:2]
    centre = Point(min(max(body.hips.x, 0.0), float(width)), min(max(body.hips.y, 0.0), float(height)))
    reach = min(_reach(body), max(width, height) / 2)
    return [around(centre, max(_LEAST_LOOK_PX, times * reach)) for times in _LOOKS_AGAIN]


def _best_same(body: Body, others: Sequence[Body]) -> Body | None:
    """Return the best scored of the bodies that are this one, if any is."""
    return next((other for other in others if _is_same(body, other)), None)


def _is_same(body: Body, other: Body) -> bool:
    shift = hypot(body.hips.x - other.hips.x, body.hips.y - other.hips.y)
    ratio = _reach(other) / _reach(body) if _reach(body) > 0 else 0.0
    return shift <= _SHIFT * _reach(body) and 1 / _RESIZE <= ratio <= _RESIZE


def _reach(body: Body) -> float:
    return hypot(body.crown.x - body.hips.x, body.crown.y - body.hips.y)


def _mean(points: Sequence[Point]) -> Point:
    return Point(sum(p.x for p in points) / len(points), sum(p.y for p in points) / len(points))
