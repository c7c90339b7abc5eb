"""Non-maximum suppression: of boxes that overlap too much, only the best scored stays."""

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]


def suppress(boxes: Rows, scores: Rows, overlap: float) -> npt.NDArray[np.intp]:
    """Return the indices of the boxes that stay, best score first.

    `boxes` has shape (n, 4): left, top, width, height. A box goes when its intersection over union
    with a better one that stays exceeds `overlap`; of equal scores the earlier row is the better.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[np.intp] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        order = rest[_overlaps(boxes[best], boxes[rest]) <= overlap]
    return np.array(kept, dtype=np.intp)


def _overlaps(box: Rows, others: Rows) -> Rows:
    left_top = np.maximum(box[:2], others[:, :2])
    right_bottom = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    shared = np.prod(np.clip(right_bottom - left_top, 0, None), axis=1)
    union = box[2] * box[3] + others[:, 2] * others[:, 3] - shared
    result: Rows = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return result
