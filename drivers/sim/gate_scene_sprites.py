"""Sprites: pictures with an alpha channel that are pasted into a scene at any size."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]  # BGR, shape (height, width, 3)
Sprite = npt.NDArray[np.uint8]  # BGR and alpha, shape (height, width, 4)

_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Cutout:
    """A sprite, each level half the size of the one before, and the point in the first that is placed."""

    levels: tuple[Sprite, ...]
    anchor: tuple[float, float]


def cutout(sprite: Sprite, anchor: tuple[float, float]) -> Cutout:
    """Return a sprite ready to be pasted at its own size or smaller."""
    levels = [sprite]
    while len(levels) < _LEVELS:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), dtype=np.uint8))
    return Cutout(tuple(levels), anchor)


def paste(picture: Picture, figure: Cutout, at: tuple[float, float], scale: float) -> None:
    """Lay a figure over the picture so that its anchor comes to lie `at`, to a fraction of a pixel."""
    level = 0
    while level < _LEVELS - 1 and scale * 2 ** (level + 1) <= 1:
        level += 1
    sprite, zoom = figure.levels[level], scale * 2**level
    corner = (at[0] - figure.anchor[0] * scale, at[1] - figure.anchor[1] * scale)
    left, top = max(0, int(corner[0])), max(0, int(corner[1]))
    right = min(picture.shape[1], int(corner[0] + sprite.shape[1] * zoom) + 2)
    bottom = min(picture.shape[0], int(corner[1] + sprite.shape[0] * zoom) + 2)
    if left >= right or top >= bottom:
        return
    placing = np.array([[zoom, 0, corner[0] - left], [0, zoom, corner[1] - top]])
    laid = cv2.warpAffine(sprite, placing, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    _blend(picture[top:bottom, left:right], np.asarray(laid, dtype=np.uint8))


def _blend(under: Picture, over: Sprite) -> None:
    colour, alpha = cv2.cvtColor(over, cv2.COLOR_BGRA2BGR), np.ascontiguousarray(over[..., 3])
    # Most of a figure is opaque; only its edge needs arithmetic.
    edge = np.nonzero((alpha > 0) & (alpha < 255))
    share = alpha[edge].astype(np.uint16)[:, None]
    mixed = (colour[edge] * share + under[edge] * (255 - share) + 127) // 255
    cv2.copyTo(colour, (alpha == 255).astype(np.uint8), under)
    under[edge] = mixed.astype(np.uint8)
