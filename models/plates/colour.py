"""The ground colour of an upright plate.

A clearly blue ground is blue. Else it matters whether the characters are lighter or darker than the ground,
which survives any light: blue and black grounds bear white characters, the others dark ones. White
characters are then the white with which the ground is compared; a light ground must show its hue itself.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.plates.found import Picture
from models.plates.grammar import Colour

_MARGIN = 0.2  # of the height, and a quarter of it of the width: bolts, frames and bumpers
_HUES = {Colour.YELLOW: (10, 36), Colour.GREEN: (38, 92), Colour.BLUE: (92, 135)}  # OpenCV's half degrees
_COLOURED_SATURATION, _COLOURED_VALUE = 55, 35
_CLEAR_SHARE = 0.35  # the ground is more than half of a plate
_CLEAR_LEAD = {
    Colour.BLUE: 1.5,
    Colour.GREEN: 4.0,
}  # blue leans to green in the evening, green hardly to blue
_STROKE_WINDOW = 15  # pixels at height 48: wider than a stroke
_LIGHT_STROKES, _DARK_STROKES = 0.1, -0.2  # skewness of the grey levels around their local mean
_MIN_CONTRAST = 12.0  # grey levels between the light and the dark parts
_BLUE_OVER_RED, _BLACK_OVER_RED = 1.35, 1.1  # of the ground, characters taken for white
_WHITE_SATURATION = 0.06  # up to here a light ground is white,
_HUED_SATURATION = 0.12  # from here it has a hue; neither in between
_CHARACTERS_SATURATION = 0.3  # lamps tint what they light; more than so is no white to compare with

Numbers = npt.NDArray[np.float64]


_LEAD_WIDTH = 0.27  # of the plate: the two leading characters
_RED_HUES = (8, 170)  # up to the first, from the second
_RED_SHARE = 0.06  # of the lead: strokes are thin


@dataclass(frozen=True, slots=True)
class _Inner:
    """The middle of the plate: where it is light, how far its light and dark parts lie apart, its strokes."""

    bgr: Picture
    light: npt.NDArray[np.bool_]
    contrast: float
    skewness: float


def colour_of(rectified: Picture) -> Colour | None:
    """Return the ground's colour, None where the picture does not tell (infra-red, blur, a glare)."""
    inner = _inner(rectified)
    shares = _hue_shares(inner.bgr)
    if _clearly(Colour.BLUE, shares):
        return Colour.BLUE
    if inner.contrast < _MIN_CONTRAST:
        return None
    if inner.skewness >= _LIGHT_STROKES:
        return _dark_ground(inner)
    if inner.skewness <= _DARK_STROKES:
        return _light_ground(inner)
    return Colour.GREEN if _clearly(Colour.GREEN, shares) else None


def has_red_lead(rectified: Picture) -> bool:
    """Tell whether the leading characters are red on a plate whose other characters are not."""
    high, wide = rectified.shape[:2]
    inner = rectified[int(high * _MARGIN) : high - int(high * _MARGIN)]
    lead = _red_share(inner[:, : int(wide * _LEAD_WIDTH)])
    rest = _red_share(inner[:, int(wide * _LEAD_WIDTH) :])
    return lead >= _RED_SHARE and lead >= 3 * rest


def _red_share(bgr: Picture) -> float:
    hue, saturation, value = cv2.split(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV))
    coloured = (saturation >= 2 * _COLOURED_SATURATION) & (value >= _COLOURED_VALUE)
    return float(np.mean(coloured & ((hue <= _RED_HUES[0]) | (hue >= _RED_HUES[1]))))


def _inner(rectified: Picture) -> _Inner:
    high, wide = rectified.shape[:2]
    top, left = int(high * _MARGIN), int(wide * _MARGIN / 4)
    bgr = rectified[top : high - top, left : wide - left]
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    light = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1] == 1
    flat = bool(light.all() or not light.any())
    contrast = 0.0 if flat else float(grey[light].mean() - grey[~light].mean())
    apart = grey.astype(np.float64) - cv2.blur(grey.astype(np.float64), (_STROKE_WINDOW, _STROKE_WINDOW))
    spread = float(np.mean(apart**2)) ** 1.5
    return _Inner(bgr, light, contrast, float(np.mean(apart**3)) / spread if spread > 0 else 0.0)


def _hue_shares(bgr: Picture) -> dict[Colour, float]:
    hue, saturation, value = cv2.split(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV))
    coloured = (saturation >= _COLOURED_SATURATION) & (value >= _COLOURED_VALUE)
    return {
        colour: float(np.mean(coloured & (hue >= low) & (hue < high)))
        for colour, (low, high) in _HUES.items()
    }


def _clearly(colour: Colour, shares: dict[Colour, float]) -> bool:
    others = max(share for other, share in shares.items() if other is not colour)
    return shares[colour] >= max(_CLEAR_SHARE, _CLEAR_LEAD[colour] * others)


def _dark_ground(inner: _Inner) -> Colour | None:
    characters = inner.bgr[inner.light].mean(axis=0)
    ground = inner.bgr[~inner.light].mean(axis=0)
    relative = (ground + 1) / (characters + 1)
    blue_over_red = float(relative[0] / relative[2])
    if blue_over_red >= _BLUE_OVER_RED:
        return Colour.BLUE
    white = _saturation(characters) <= _CHARACTERS_SATURATION
    return Colour.BLACK if white and blue_over_red <= _BLACK_OVER_RED else None


def _light_ground(inner: _Inner) -> Colour | None:
    lower = slice(inner.bgr.shape[0] // 2, None)  # new-energy green fades to white at the top
    light = inner.light[lower]
    if not light.any():
        return None
    ground = inner.bgr[lower][light].mean(axis=0)
    saturation = _saturation(ground)
    if saturation <= _WHITE_SATURATION:
        return Colour.WHITE
    if saturation < _HUED_SATURATION:
        return None
    pixel = ground.round().astype(np.uint8).reshape(1, 1, 3)
    hue = float(cv2.cvtColor(pixel, cv2.COLOR_BGR2HSV)[0, 0, 0])
    hues = ((colour, _HUES[colour]) for colour in (Colour.YELLOW, Colour.GREEN))
    return next((colour for colour, (low, high) in hues if low <= hue < high), None)


def _saturation(bgr: Numbers) -> float:
    return 1 - float(bgr.min() / max(bgr.max(), 1))
