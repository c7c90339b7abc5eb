"""Which zones of a camera's picture a thing stands in."""

from collections.abc import Mapping, Sequence

from edge.events import Box
from edge.site.schema import PictureZone


def zones_of(box: Box, zones: Mapping[str, PictureZone]) -> tuple[str, ...]:
    """Return the ids of the zones that hold the middle of the box's lower edge, in the site file's order."""
    x, y = box.x + box.width / 2, min(box.y + box.height, 1.0)
    return tuple(name for name, zone in zones.items() if _inside(x, y, zone.polygon))


def _inside(x: float, y: float, polygon: Sequence[tuple[float, float]]) -> bool:
    # Even-odd rule (Shimrat 1962): count the edges that a ray to the right crosses.
    inside = False
    previous_x, previous_y = polygon[-1]
    for corner_x, corner_y in polygon:
        if (corner_y > y) != (previous_y > y):
            crossing = corner_x + (y - corner_y) * (previous_x - corner_x) / (previous_y - corner_y)
            if x < crossing:
                inside = not inside
        previous_x, previous_y = corner_x, corner_y
    return inside
