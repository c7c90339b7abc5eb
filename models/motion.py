"""Where a picture moves: running average of the grey picture, at 320 by 180.

Pure: `step` takes the state and returns the next. Something that stands still is absorbed within
seconds; presence is for a tracker to know.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.geometry import Box

Luma = npt.NDArray[np.uint8]  # shape (height, width)
Grey = npt.NDArray[np.float32]  # shape (180, 320)

WIDTH, HEIGHT = 320, 180
# Regions are told apart on a grid of 4-pixel cells: finer is noise.
_CELL = 4
_BUSY_CELL = 255 * 3 // (_CELL * _CELL)
# A change over so much of the picture may be one of exposure: worth the cost of looking.
_LEVEL_FROM = 0.03
_SEAM = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What counts as movement.

    `difference` is the change of grey level that counts, `absorb_s` the time in which the average forgets
    what changed, `smallest` the least region, as a fraction of the picture. A change over `most` of the
    picture is one of the light or of the whole view, not something that moves in it.
    """

    difference: int = 14
    absorb_s: float = 4.0
    smallest: float = 0.001
    most: float = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class MotionState:
    """The running average of one camera, float32 of shape (180, 320); None before the first picture."""

    average: Grey | None = None
    last_s: float = 0.0
    sensitivity: Sensitivity = Sensitivity()


@dataclass(frozen=True, slots=True)
class Motion:
    """What moved: the fraction of the picture, and regions in fractions of its width and height.

    Largest region first. `whole_picture` says that light or view changed at once; there are no regions
    then.
    """

    fraction: float
    regions: tuple[Box, ...]
    whole_picture: bool = False


def step(state: MotionState, luma: Luma, now_s: float) -> tuple[MotionState, Motion]:
    """Return the state after a grey picture of any size taken at `now_s`, and what moved in it.

    A jump of exposure is levelled out before anything is compared. The first picture shows no motion.
    """
    small = shrunk(luma)
    if state.average is None:
        return _begun(state, small, now_s), Motion(0.0, ())
    average, moved, fraction = _compared(state, state.average, small)
    if fraction > state.sensitivity.most:
        return _begun(state, small, now_s), Motion(fraction, (), whole_picture=True)
    passed_s = max(0.0, now_s - state.last_s)
    weight = 1.0 - float(np.exp(-passed_s / state.sensitivity.absorb_s))
    blended = cv2.addWeighted(average, 1.0 - weight, small, weight, 0.0)
    after = MotionState(np.asarray(blended, np.float32), now_s, state.sensitivity)
    regions = _regions(moved, state.sensitivity.smallest)
    return after, Motion(fraction if regions else 0.0, regions)


def shrunk(luma: Luma) -> Grey:
    """Return the grey picture at 320 by 180, softened against noise, float32."""
    # Whole rows and columns are left out first: to average every pixel costs more than it tells.
    stride = max(1, luma.shape[0] // (2 * HEIGHT))
    coarse = np.ascontiguousarray(luma[::stride, ::stride])
    small = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.blur(small, (3, 3)), np.float32)


def _compared(state: MotionState, average: Grey, small: Grey) -> tuple[Grey, npt.NDArray[np.uint8], float]:
    """Return the average at the picture's exposure, the mask of what differs from it, and its fraction."""
    moved, fraction = _difference(average, small, state.sensitivity)
    if fraction > _LEVEL_FROM:
        level = _levelled(average, small)
        moved_level, fraction_level = _difference(level, small, state.sensitivity)
        if fraction_level < fraction / 2:
            return level, moved_level, fraction_level
    return average, moved, fraction


def _difference(average: Grey, small: Grey, sensitivity: Sensitivity) -> tuple[npt.NDArray[np.uint8], float]:
    apart = cv2.absdiff(small, average)
    _, moved = cv2.threshold(apart, float(sensitivity.difference), 255, cv2.THRESH_BINARY)
    return np.asarray(moved, np.uint8), cv2.countNonZero(moved) / moved.size


def _begun(state: MotionState, small: Grey, now_s: float) -> MotionState:
    return MotionState(small, now_s, state.sensitivity)


def _levelled(average: Grey, small: Grey) -> Grey:
    """Return the average as it would look at the picture's exposure.

    Gain and offset come from the quartiles over the picture, which a passer-by hardly moves.
    """
    was = np.percentile(average[::4, ::4], (25, 50, 75))
    is_ = np.percentile(small[::4, ::4], (25, 50, 75))
    spread = was[2] - was[0]
    gain = float(np.clip((is_[2] - is_[0]) / spread, 0.5, 2.0)) if spread > 4.0 else 1.0
    offset = float(is_[1] - gain * was[1])
    return np.asarray(np.clip(average * gain + offset, 0, 255), np.float32)


def _regions(moved: Any, smallest: float) -> tuple[Box, ...]:
    columns, rows = WIDTH // _CELL, HEIGHT // _CELL
    cells = cv2.resize(moved, (columns, rows), interpolation=cv2.INTER_AREA)
    _, busy = cv2.threshold(cells, _BUSY_CELL - 1, 255, cv2.THRESH_BINARY)
    # Neighbours join over a gap of one cell; the size that counts is what moved, without that seam.
    _, labels, found, _ = cv2.connectedComponentsWithStats(cv2.dilate(busy, _SEAM), connectivity=8)
    sizes = np.bincount(labels[np.asarray(busy) > 0], minlength=len(found))
    kept = [f for f, size in zip(found[1:], sizes[1:], strict=True) if size >= smallest * columns * rows]
    kept.sort(key=lambda f: -int(f[cv2.CC_STAT_AREA]))
    return tuple(
        Box(float(x) / columns, float(y) / rows, float(w) / columns, float(h) / rows)
        for x, y, w, h, _ in kept
    )
