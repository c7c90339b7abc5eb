"""A square look at a picture: what the network sees of it, and where its pixels lie in the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.geometry import Point
from models.people.network import SIDE

Picture = npt.NDArray[np.uint8]  # BGR, shape (height, width, 3)


@dataclass(frozen=True, slots=True)
class Look:
    """A square in the picture, in its pixels; it may reach over the edges, where there is black."""

    left: float
    top: float
    side: float

    def point(self, seen: Point) -> Point:
        """Return where a point of the network's input lies in the picture."""
        scale = self.side / SIDE
        return Point(self.left + seen.x * scale, self.top + seen.y * scale)


def around(centre: Point, side: float) -> Look:
    """Return the square of this side around a point of the picture."""
    return Look(centre.x - side / 2, centre.y - side / 2, side)


def seen(picture: Picture, look: Look) -> npt.NDArray[np.uint8]:
    """Return the look at the network's size, shape (224, 224, 3), black outside the picture."""
    height, width = picture.shape[:2]
    scale = SIDE / look.side
    left, right = _inside(look.left, look.side, width)
    top, bottom = _inside(look.top, look.side, height)
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    if right <= left or bottom <= top:
        return square
    x, x_end = _placed(left, right, look.left, scale)
    y, y_end = _placed(top, bottom, look.top, scale)
    shrinking = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square[y:y_end, x:x_end] = cv2.resize(
        picture[top:bottom, left:right], (x_end - x, y_end - y), interpolation=shrinking
    )
    return square


def _inside(start: float, side: float, size: int) -> tuple[int, int]:
    """Return the first pixel of the square along one axis and the one after its last."""
    return max(0, round(start)), min(size, round(start + side))


def _placed(first: int, end: int, start: float, scale: float) -> tuple[int, int]:
    """Return where these pixels come to lie in the network's input: at least one pixel of it."""
    at = min(SIDE - 1, max(0, round((first - start) * scale)))
    return at, min(SIDE, max(at + 1, round((end - start) * scale)))
