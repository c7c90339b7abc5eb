"""Cut a plate out of its picture and stand it upright: one row of text, 48 pixels high."""

import cv2
import numpy as np

from models.plates.found import Corners, Picture, PlateFound

HEIGHT = 48  # pixels of a row, what the readers were trained with
SINGLE_ROW_WIDTH = 152  # 440 x 140 mm at that height
EIGHT_CHARACTERS_WIDTH = 200  # more than 480 x 140 mm: closer together, repeated digits are read as one
DOUBLE_ROW_HEIGHT = 96

# Where a double row is split (fraction of its height), and how much its upper row is then narrowed: GA 36
# draws the upper characters 80 mm wide and 60 high, the lower 65 and 110, and the readers want both alike.
UPPER_ROW_SPLITS = (0.37, 0.41)
UPPER_ROW_WIDTHS = (0.55, 0.7)


def single_row(picture: Picture, found: PlateFound, wide: int = SINGLE_ROW_WIDTH) -> Picture:
    """Return the plate upright, shape (48, wide, 3)."""
    return _upright(picture, found.corners, wide, HEIGHT)


def double_row(picture: Picture, found: PlateFound) -> list[Picture]:
    """Return a double row's halves joined into single rows, shape (48, any, 3), one a way of splitting it."""
    upright = _upright(picture, found.corners, SINGLE_ROW_WIDTH, DOUBLE_ROW_HEIGHT)
    return [joined(upright, at, width) for at in UPPER_ROW_SPLITS for width in UPPER_ROW_WIDTHS]


def joined(upright: Picture, split_at: float, upper_width: float) -> Picture:
    """Put the upper row, narrowed to `upper_width` of the plate's width, before the lower; 48 pixels high."""
    wide = upright.shape[1]
    line = round(upright.shape[0] * split_at)
    upper = cv2.resize(upright[:line], (round(wide * upper_width), HEIGHT), interpolation=cv2.INTER_CUBIC)
    lower = cv2.resize(upright[line:], (wide, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.hstack([upper, lower]).astype(np.uint8, copy=False)


def _upright(picture: Picture, corners: Corners, wide: int, high: int) -> Picture:
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(np.array(corners, dtype=np.float32), target)
    upright = cv2.warpPerspective(
        picture, warp, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return upright.astype(np.uint8, copy=False)
