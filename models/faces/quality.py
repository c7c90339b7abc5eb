"""How good a shot of a face is: for choosing best shots and for refusing enrolment pictures."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.faces.engine import Face, Picture
from models.geometry import Point

SHARPNESS_SIDE_PX = 64
_NOSE_REACH = 0.6  # how far the nose tip stands out from between the eyes, in eye distances


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """What a shot is worth.

    `face_px` is the width of the face's box. `sharpness` is the variance of the Laplacian over the
    variance of the grey values at 64 px width: 0.1 to 0.8 for sharp pictures, below 0.05 for blurred
    ones. Yaw (to the side) and roll (tilt) in degrees are 0 for a frontal face, None where the engine
    finds no landmarks.
    """

    face_px: int
    sharpness: float
    yaw_deg: float | None
    roll_deg: float | None
    score: float


def quality(picture: Picture, face: Face) -> FaceQuality:
    """Measure a face that was found in this BGR picture."""
    yaw, roll = pose(face.landmarks) if len(face.landmarks) == 5 else (None, None)
    return FaceQuality(round(face.box.width), _sharpness(_grey(picture, face)), yaw, roll, face.score)


def picture_score(measured: FaceQuality) -> float:
    """Return one figure from 0 to 1 by which to choose the best shot: a factor for each flaw."""
    size = math.sqrt(min(1.0, measured.face_px / 112))
    sharp = measured.sharpness / (measured.sharpness + 0.05)
    frontal = max(0.0, math.cos(math.radians(measured.yaw_deg or 0.0)))
    upright = 0.5 + 0.5 * max(0.0, math.cos(math.radians(measured.roll_deg or 0.0)))
    return size * sharp * frontal * upright * min(1.0, max(0.0, measured.score))


def pose(landmarks: tuple[Point, ...]) -> tuple[float, float]:
    """Return yaw and roll in degrees from five landmarks in the order of Face.landmarks.

    Yaw is positive when the nose points to the right of the picture; it is estimated from how far the
    nose tip lies beside the middle of the eyes.
    """
    right_eye, left_eye, nose = landmarks[:3]
    across = (left_eye.x - right_eye.x, left_eye.y - right_eye.y)
    distance = math.hypot(*across)
    if distance == 0:
        return 90.0, 0.0  # one eye hides behind the other
    middle = ((left_eye.x + right_eye.x) / 2, (left_eye.y + right_eye.y) / 2)
    beside = ((nose.x - middle[0]) * across[0] + (nose.y - middle[1]) * across[1]) / distance**2
    return math.degrees(math.atan(beside / _NOSE_REACH)), math.degrees(math.atan2(across[1], across[0]))


def _grey(picture: Picture, face: Face) -> npt.NDArray[Any]:
    box = face.box
    top, left = max(0, int(box.y)), max(0, int(box.x))
    crop = picture[top : max(top, int(box.y + box.height)), left : max(left, int(box.x + box.width))]
    if min(crop.shape[:2]) < 3:
        return np.zeros((3, 3), dtype=np.uint8)
    height, width = crop.shape[:2]
    if width > SHARPNESS_SIDE_PX:
        size = (SHARPNESS_SIDE_PX, max(3, round(height * SHARPNESS_SIDE_PX / width)))
        crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)


def _sharpness(grey: npt.NDArray[Any]) -> float:
    edges = cv2.Laplacian(grey.astype(np.float32), cv2.CV_32F)
    return float(edges.var() / max(float(grey.var()), 1.0))
