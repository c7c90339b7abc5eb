"""What a face engine can do; the engines live beside this file and are chosen by name."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.geometry import Box, Point

Picture = npt.NDArray[np.uint8]  # BGR, shape (height, width, 3)
Template = npt.NDArray[np.float32]  # shape (dimension,), comparable only within one engine


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture.

    Landmarks: the person's right eye, left eye, nose tip, right mouth corner, left mouth corner.
    An engine that finds no landmarks (dlib's detector) leaves them empty.
    """

    box: Box
    score: float
    landmarks: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Similarities (higher is more alike, engine's own scale) measured for a gallery, not for one-to-one."""

    raise_alert: float
    open_door: float
    margin: float


class FaceEngine(Protocol):
    """Finds faces and turns one into a template. Stateless but for its loaded weights; not thread-safe."""

    @property
    def name(self) -> str:
        """The engine's name in the site file and beside every template: `yunet-sface`, `face_recognition`."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a template."""
        ...

    @property
    def thresholds(self) -> Thresholds:
        """The engine's measured defaults."""
        ...

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces of a BGR picture of any size, best score first."""
        ...

    def embed(self, picture: Picture, face: Face) -> Template:
        """Return the template of a face that `detect` found in this very picture."""
        ...

    def similarities(self, gallery: npt.NDArray[np.float32], probe: Template) -> npt.NDArray[np.float32]:
        """Return the similarity of `probe` to each row of `gallery`, shape (rows,)."""
        ...
