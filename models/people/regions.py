"""Where to look for people: what moves, and where the people who are followed should be."""

from collections.abc import Iterable, Sequence

from models.geometry import Box

# Parts of one moving person, an arm and a leg, lie nearer to each other than this part of their size.
_REACH = 0.25


def regions(moving: Iterable[Box], followed: Sequence[Box], limit: int) -> list[Box]:
    """Return at most `limit` regions: the followed first, then what moves apart from them, largest first.

    All boxes are in one unit. Moving boxes that touch each other, or nearly, are one region; what moves
    within a followed person's box is that person.
    """
    apart = [box for box in merged(moving) if not any(_holds(f, box) for f in followed)]
    apart.sort(key=lambda box: -box.area)
    return [*followed, *apart][:limit]


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Return the hulls of the boxes that touch each other, or nearly."""
    apart: list[Box] = []
    for box in boxes:
        hull = box
        while touching := [other for other in apart if _near(hull, other)]:
            apart = [other for other in apart if other not in touching]
            for other in touching:
                hull = _hull(hull, other)
        apart.append(hull)
    return apart


def _near(a: Box, b: Box) -> bool:
    reach = _REACH * min(max(a.width, a.height), max(b.width, b.height))
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return wide > -reach and high > -reach


def _hull(a: Box, b: Box) -> Box:
    left, top = min(a.x, b.x), min(a.y, b.y)
    right, bottom = max(a.x + a.width, b.x + b.width), max(a.y + a.height, b.y + b.height)
    return Box(left, top, right - left, bottom - top)


def _holds(outer: Box, inner: Box) -> bool:
    """Say whether most of the inner box lies in the outer one."""
    wide = min(outer.x + outer.width, inner.x + inner.width) - max(outer.x, inner.x)
    high = min(outer.y + outer.height, inner.y + inner.height) - max(outer.y, inner.y)
    return wide > 0 and high > 0 and wide * high >= inner.area / 2
