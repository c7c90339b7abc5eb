"""Find plates and their four corners with clp_det: one look at the picture, one closer look at each plate.

The network was trained with long sides near 960 pixels and needs a plate of 45 pixels there (better 70).
Coordinates: the network's priors are squares on three grids; boxes and corners are offsets from them.
"""

import functools
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from models import network
from models.geometry import Box, Point
from models.plates.found import Corners, Picture, PlateFound

WEIGHTS = "clp_det.onnx"
LONG_SIDE = 960
WIDE_SCENE_LONG_SIDE = 1280  # for larger pictures: more than halved, a plate at the gate gets too small

_PRIORS = ((8, (24, 48)), (16, (96, 192)), (32, (384, 768)))  # step and sizes of each grid, pixels
_CENTRE_VARIANCE, _SIZE_VARIANCE = 0.1, 0.2
_BGR_MEAN = np.array((104, 117, 123), dtype=np.float32)
_SAME_PLATE_OVERLAP = 0.4
_CLOSE_UP = (320, 200)  # width and height of the closer look
_CLOSE_UP_PLATE_PX = 160  # how wide the plate is there

Numbers = npt.NDArray[np.float32]


class Decoded(NamedTuple):
    """What the network found in the picture it was given: rows belong together, best first."""

    scores: Numbers  # (found,)
    boxes: Numbers  # (found, 4): left, top, width, height
    corners: Numbers  # (found, 4, 2): top left, top right, bottom right, bottom left


class PlateDetector:
    """clp_det on onnxruntime. Stateless but for its weights; not thread-safe.

    `long_side` is that of the first look in pixels, None where the picture's size decides; `threshold`
    (0.0 to 1.0) is the least score of a plate.
    """

    def __init__(self, weights: Path, long_side: int | None = None, threshold: float = 0.5) -> None:
        self._session = network.load(weights, WEIGHTS)
        self._long_side = long_side
        self._threshold = threshold

    def detect(self, picture: Picture) -> list[PlateFound]:
        """Return the plates of a picture of any size, best score first."""
        scale = min(1.0, (self._long_side or long_side_for(picture)) / max(picture.shape[:2]))
        seen = self._look(_scaled(picture, scale))
        found = (
            self._closer(picture, float(score), box / scale, corners / scale)
            for score, box, corners in zip(*seen, strict=True)
        )
        return [plate for plate in found if plate is not None]

    def _closer(self, picture: Picture, score: float, box: Numbers, corners: Numbers) -> PlateFound | None:
        """Look again where a plate was found, enlarged: corners from a full picture are a few pixels off."""
        width = float(np.linalg.norm(corners[1] - corners[0]))
        if width < 1:
            return None
        scale = _CLOSE_UP_PLATE_PX / width
        shift = np.array(_CLOSE_UP) / 2 - scale * corners.mean(axis=0)
        move = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], dtype=np.float32)
        close_up = cv2.warpAffine(picture, move, _CLOSE_UP, flags=cv2.INTER_LINEAR)
        seen = self._look(close_up.astype(np.uint8, copy=False))
        centred = _nearest_to_centre(seen)
        if centred is not None:
            corners = (seen.corners[centred] - shift) / scale
        return PlateFound(corners=_corners(corners), box=Box(*map(float, box)), score=score)

    def _look(self, picture: Picture) -> Decoded:
        high, wide = picture.shape[:2]
        pixels = (picture.astype(np.float32) - _BGR_MEAN).transpose(2, 0, 1)[None]
        offsets, scores, marks = self._session.run(None, {"image": pixels})
        return decode(offsets[0], scores[0][:, 1], marks[0], priors(high, wide), self._threshold)


def long_side_for(picture: Picture) -> int:
    """Return to how many pixels the picture's long side is shrunk for the first look."""
    return LONG_SIDE if max(picture.shape[:2]) <= WIDE_SCENE_LONG_SIDE else WIDE_SCENE_LONG_SIDE


@functools.lru_cache(maxsize=4)
def priors(high: int, wide: int) -> Numbers:
    """Return the prior squares of a picture, shape (priors, 3): centre x, centre y and side in pixels."""
    grids = []
    for step, sizes in _PRIORS:
        rows, columns = -(-high // step), -(-wide // step)
        y, x, side = np.meshgrid(
            (np.arange(rows) + 0.5) * step, (np.arange(columns) + 0.5) * step, sizes, indexing="ij"
        )
        grids.append(np.stack([x, y, side], axis=-1).reshape(-1, 3))
    return np.concatenate(grids).astype(np.float32)


def decode(offsets: Numbers, scores: Numbers, marks: Numbers, prior: Numbers, threshold: float) -> Decoded:
    """Turn the network's three outputs, one row a prior, into plates in pixels without duplicates."""
    sure = scores > threshold
    offsets, scores, marks, prior = offsets[sure], scores[sure], marks[sure].reshape(-1, 4, 2), prior[sure]
    centre, side = prior[:, :2], prior[:, 2:]
    sizes = side * np.exp(offsets[:, 2:] * _SIZE_VARIANCE)
    middles = centre + offsets[:, :2] * _CENTRE_VARIANCE * side
    boxes = np.concatenate([middles - sizes / 2, sizes], axis=1)
    corners = centre[:, None] + marks * _CENTRE_VARIANCE * side[:, None]
    kept = _without_duplicates(boxes, scores, threshold)
    # The network gives bottom right, bottom left, top left, top right.
    return Decoded(scores[kept], boxes[kept], corners[kept][:, [2, 3, 0, 1]])


def _without_duplicates(boxes: Numbers, scores: Numbers, threshold: float) -> npt.NDArray[np.int32]:
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), threshold, _SAME_PLATE_OVERLAP)
    return np.asarray(kept, dtype=np.int32).reshape(-1)


def _nearest_to_centre(seen: Decoded) -> int | None:
    """Of several plates in the closer look, the one that it was aimed at, if it is there."""
    if len(seen.scores) == 0:
        return None
    away = np.linalg.norm(seen.corners.mean(axis=1) - np.array(_CLOSE_UP) / 2, axis=1)
    nearest = int(away.argmin())
    return nearest if away[nearest] < _CLOSE_UP_PLATE_PX / 4 else None


def _corners(xy: Numbers) -> Corners:
    return Corners(*(Point(float(x), float(y)) for x, y in xy))


def _scaled(picture: Picture, scale: float) -> Picture:
    if scale == 1:
        return picture
    smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return smaller.astype(np.uint8, copy=False)
