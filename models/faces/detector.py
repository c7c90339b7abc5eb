"""YuNet (Wu et al. 2023, OpenCV Zoo): finds faces with five landmarks each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from models.faces.engine import Face, Picture
from models.faces.suppression import suppress
from models.geometry import Box, Point

STRIDES = (8, 16, 32)
MULTIPLE = 32  # of the network's input size
WIDEST_PX = 320  # wider faces get misplaced boxes, two boxes or none

_Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class YunetDetector:
    """Detects on pictures shrunk to `long_side` pixels at most.

    Score 0.6 finds nearly every face of 24 px, where the usual 0.9 finds three in five.
    """

    session: onnxruntime.InferenceSession
    score: float = 0.6
    overlap: float = 0.3
    long_side: int = 1280
    limit: int = 512  # faces looked at before suppression, best first

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces of a BGR picture, in its own pixels, best score first."""
        if 0 in picture.shape:
            return []
        return self._detect(picture, min(self.long_side, max(picture.shape[:2])))

    def _detect(self, picture: Picture, long_side: int) -> list[Face]:
        shrunk, scale = fitted(picture, long_side)
        faces = self._once(shrunk, scale)
        narrow = [f for f in faces if f.box.width * scale <= WIDEST_PX]
        if len(narrow) == len(faces) or long_side <= WIDEST_PX:
            return faces
        # What is too wide for the network here is narrow enough in a picture of half the size.
        coarse = self._detect(picture, long_side // 2)
        return _merged([*narrow, *(f for f in coarse if f.box.width * scale > WIDEST_PX / 2)], self.overlap)

    def _once(self, shrunk: Picture, scale: float) -> list[Face]:
        network_input = padded(shrunk)
        names = [o.name for o in self.session.get_outputs()]
        outputs = dict(zip(names, self.session.run(names, {"input": network_input}), strict=True))
        size = (network_input.shape[2], network_input.shape[3])
        scores, boxes, landmarks = decoded(outputs, size, self.score)
        best = np.argsort(-scores, kind="stable")[: self.limit]
        scores, boxes, landmarks = scores[best], boxes[best], landmarks[best]
        kept = suppress(boxes, scores, self.overlap)
        return [_face(scores[i], boxes[i] / scale, landmarks[i] / scale) for i in kept]


def fitted(picture: Picture, long_side: int) -> tuple[Picture, float]:
    """Return the picture shrunk so that its longer side is at most `long_side`, and the scale."""
    height, width = picture.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return picture, 1.0
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False), scale


def padded(picture: Picture) -> npt.NDArray[np.float32]:
    """Return the network's input: shape (1, 3, height, width) of multiples of 32, black right and below."""
    height, width = picture.shape[:2]
    blob = np.zeros((1, 3, -height % MULTIPLE + height, -width % MULTIPLE + width), dtype=np.float32)
    blob[0, :, :height, :width] = picture.transpose(2, 0, 1)
    return blob


def decoded(
    outputs: Mapping[str, npt.NDArray[np.float32]], size: tuple[int, int], least_score: float
) -> tuple[_Rows, _Rows, _Rows]:
    """Return scores (n,), boxes (n, 4) as left, top, width, height, and landmarks (n, 5, 2), in pixels.

    The anchors of one stride lie row by row; centres and landmarks are offsets in strides, sizes are
    logarithms, and a score is the geometric mean of class and object score (OpenCV's FaceDetectorYN).
    """
    found = [_decoded_stride(outputs, stride, size, least_score) for stride in STRIDES]
    scores, boxes, landmarks = (np.concatenate(rows) for rows in zip(*found, strict=True))
    return scores, boxes, landmarks


def _decoded_stride(
    outputs: Mapping[str, npt.NDArray[np.float32]], stride: int, size: tuple[int, int], least_score: float
) -> tuple[_Rows, _Rows, _Rows]:
    class_score = outputs[f"cls_{stride}"].reshape(-1).clip(0, 1)
    object_score = outputs[f"obj_{stride}"].reshape(-1).clip(0, 1)
    all_scores = np.sqrt(class_score * object_score)
    (at,) = np.nonzero(all_scores >= least_score)
    rows, columns = np.divmod(at, size[1] // stride)
    anchors = np.stack([columns, rows], axis=1).astype(np.float32)
    offsets = outputs[f"bbox_{stride}"].reshape(-1, 4)[at]
    sizes = np.exp(offsets[:, 2:]) * stride
    centres = (anchors + offsets[:, :2]) * stride
    boxes = np.concatenate([centres - sizes / 2, sizes], axis=1)
    points = outputs[f"kps_{stride}"].reshape(-1, 5, 2)[at]
    return all_scores[at], boxes, (points + anchors[:, None, :]) * stride


def _face(score: np.float32, box: _Rows, landmarks: _Rows) -> Face:
    left, top, width, height = (float(v) for v in box)
    points = tuple(Point(float(x), float(y)) for x, y in landmarks)
    return Face(Box(left, top, width, height), float(score), points)


def _merged(faces: Sequence[Face], overlap: float) -> list[Face]:
    rows = [(f.box.x, f.box.y, f.box.width, f.box.height) for f in faces]
    boxes = np.array(rows, dtype=np.float32).reshape(-1, 4)
    scores = np.array([f.score for f in faces], dtype=np.float32)
    return [faces[i] for i in suppress(boxes, scores, overlap)]
