"""From the pose detector's raw rows to bodies: anchors, scores, weighted suppression."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.geometry import Point
from models.people.network import SIDE

Rows = npt.NDArray[np.float32]

# Stride of a grid of anchors, and anchors a cell; the three layers of stride 32 share one grid.
_GRIDS = ((8, 2), (16, 2), (32, 6))
_LARGEST_LOGIT = 100.0
# Faces that overlap more than this are one person's (MediaPipe's pose_detection graph).
_SAME_FACE = 0.3


@dataclass(frozen=True, slots=True)
class Body:
    """A person as the detector draws them: `crown` is the end of the body above the middle of the hips.

    The circle around `hips` through `crown` holds the whole body, whichever way it leans.
    """

    hips: Point
    crown: Point
    score: float


def anchors() -> Rows:
    """Return the centres of the 2254 anchors, shape (2254, 2), in pixels of the network's input."""
    grids = []
    for stride, per_cell in _GRIDS:
        along = (np.arange(SIDE // stride, dtype=np.float32) + np.float32(0.5)) * stride
        cells = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
        grids.append(np.repeat(cells, per_cell, axis=0))
    return np.concatenate(grids)


def scores(logits: Rows) -> Rows:
    """Return the logistic function of the logits."""
    held = np.clip(logits, -_LARGEST_LOGIT, _LARGEST_LOGIT).astype(np.float64)
    return (1 / (1 + np.exp(-held))).astype(np.float32)


def bodies(logits: Rows, rows: Rows, centres: Rows, least_score: float) -> list[Body]:
    """Return the bodies in pixels of the network's input, best score first.

    Rows whose faces overlap are one body: their mean, weighted by score, with the best one's score.
    """
    found = scores(logits)
    (at,) = np.nonzero(found >= least_score)
    at = at[np.argsort(-found[at], kind="stable")]
    points = rows[at].reshape(-1, 6, 2).copy()
    points[:, [0, 2, 3, 4, 5]] += centres[at][:, None, :]
    weights = found[at]
    result = []
    while len(points):
        same = _overlaps(points) > _SAME_FACE
        same[0] = True  # a degenerate face overlaps nothing, itself neither
        mean = np.average(points[same], axis=0, weights=weights[same])
        result.append(_body(mean, float(weights[0])))
        points, weights = points[~same], weights[~same]
    return result


def _body(points: npt.NDArray[np.floating], score: float) -> Body:
    hips, crown = (Point(float(x), float(y)) for x, y in points[2:4])
    return Body(hips, crown, score)


def _overlaps(points: Rows) -> Rows:
    """Return the intersection over union of the first row's face with each row's."""
    centre, size = points[:, 0], np.clip(points[:, 1], 0, None)
    low, high = centre - size / 2, centre + size / 2
    shared = np.prod(np.clip(np.minimum(high[0], high) - np.maximum(low[0], low), 0, None), axis=1)
    area = np.prod(size, axis=1)
    union = area[0] + area - shared
    result: Rows = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return result
