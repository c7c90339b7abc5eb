"""Puts a face where SFace was trained to see it: 112x112 pixels, five landmarks in fixed places."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from models.faces.engine import Picture
from models.geometry import Point

SIDE_PX = 112

# OpenCV's FaceRecognizerSF::alignCrop, in the order of Face.landmarks.
_PLACES = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def aligned(picture: Picture, landmarks: Sequence[Point]) -> Picture:
    """Return the face turned, scaled and moved into place, black where the picture ends."""
    matrix = similarity_transform(np.array(landmarks, dtype=np.float64), _PLACES)
    warped = cv2.warpAffine(picture, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR)
    return warped.astype(np.uint8, copy=False)


def similarity_transform(
    source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the 2x3 matrix of rotation, scale and shift that brings `source` nearest to `target`.

    Both have shape (n, 2); nearest by least squares (Umeyama 1991 without reflection). Points that all
    coincide give no rotation: the matrix then only shifts.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    # A plane's rotation and scale are one complex factor.
    s = (source - source_mean) @ np.array([1, 1j])
    t = (target - target_mean) @ np.array([1, 1j])
    spread = float(np.sum(np.abs(s) ** 2))
    factor = complex(np.sum(np.conj(s) * t)) / spread if spread > 0 else 1 + 0j
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, target_mean - turn @ source_mean])
