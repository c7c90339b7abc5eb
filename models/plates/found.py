"""A plate found in a picture, before anyone has read it."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.geometry import Box, Point

Picture = npt.NDArray[np.uint8]  # BGR, shape (height, width, 3)

# GA 36, in millimetres: a single row is 440 x 140 (480 with new energy), a double row 440 x 220 or, for
# motorcycles, 220 x 140.
DOUBLE_ROW_BELOW = 2.35


class Corners(NamedTuple):
    """The plate's own corners, as its text is read: they stay its own however it is tilted."""

    top_left: Point
    top_right: Point
    bottom_right: Point
    bottom_left: Point


@dataclass(frozen=True, slots=True)
class PlateFound:
    """A plate's place in the picture, in pixels; `score` 0.0 to 1.0 is the detector's."""

    corners: Corners
    box: Box
    score: float

    @property
    def width_px(self) -> float:
        """The mean length of the long edges."""
        c = self.corners
        return (math.dist(c.top_left, c.top_right) + math.dist(c.bottom_left, c.bottom_right)) / 2

    @property
    def height_px(self) -> float:
        """The mean length of the short edges."""
        c = self.corners
        return (math.dist(c.top_left, c.bottom_left) + math.dist(c.top_right, c.bottom_right)) / 2

    @property
    def double_row(self) -> bool:
        """Whether its proportions are those of a plate with two rows."""
        return self.width_px < DOUBLE_ROW_BELOW * self.height_px


def whole(picture: Picture) -> PlateFound:
    """Take a picture that is nothing but one plate, cut out tightly, as found."""
    high, wide = picture.shape[:2]
    corners = Corners(Point(0, 0), Point(wide, 0), Point(wide, high), Point(0, high))
    return PlateFound(corners=corners, box=Box(0, 0, wide, high), score=1.0)
