"""The `face_recognition` package as an engine: dlib's HOG detector, five-point model and ResNet."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import EngineAbsent
from models.faces.engine import Face, Picture, Template, Thresholds
from models.geometry import Box

NAME = "face_recognition"

# The package's own 0.4 (distance 0.6) gives nearly every stranger a name in a gallery.
MEASURED = Thresholds(raise_alert=0.60, open_door=0.65, margin=0.06)


@dataclass(frozen=True, slots=True)
class FaceRecognition:
    """Similarity is 1 minus the Euclidean distance of templates; faces carry no landmarks.

    The package's 68-point model is for non-commercial use only: nothing here calls it.
    """

    package: Any
    name: str = NAME
    dimension: int = 128
    thresholds: Thresholds = MEASURED

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces of a BGR picture, from about 40 px, best score first."""
        if 0 in picture.shape:
            return []
        rectangles, margins, _ = self.package.api.face_detector.run(_rgb(picture), 1, 0.0)
        faces = [_face(r, m) for r, m in zip(rectangles, margins, strict=True)]
        return sorted(faces, key=lambda f: -f.score)

    def embed(self, picture: Picture, face: Face) -> Template:
        """Return the template of a face that `detect` found in this very picture."""
        box = face.box
        place = (round(box.y), round(box.x + box.width), round(box.y + box.height), round(box.x))
        (vector,) = self.package.face_encodings(_rgb(picture), [place], model="small")
        template: Template = np.asarray(vector, dtype=np.float32)
        return template

    def similarities(self, gallery: npt.NDArray[np.float32], probe: Template) -> npt.NDArray[np.float32]:
        """Return 1 minus the distance of `probe` to each row of `gallery`, shape (rows,)."""
        distances: npt.NDArray[np.float32] = np.linalg.norm(gallery - probe, axis=1)
        return 1 - distances


def load() -> FaceRecognition:
    """Load the engine. EngineAbsent: the package is not installed."""
    try:
        import face_recognition
    except ImportError as error:
        raise EngineAbsent(
            "faces.engine_absent",
            "The face engine {name} is not installed ({reason}): install Menwei's extra face-recognition "
            "and scripts/face-recognition.txt, or choose yunet-sface.",
            name=NAME,
            reason=str(error).splitlines()[0],
        ) from error
    return FaceRecognition(face_recognition)


def _rgb(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, :, ::-1])


def _face(rectangle: Any, margin: float) -> Face:
    box = Box(
        float(rectangle.left()),
        float(rectangle.top()),
        float(rectangle.right() - rectangle.left()),
        float(rectangle.bottom() - rectangle.top()),
    )
    # dlib gives a support vector margin: 0 is the edge, 1 is sure.
    return Face(box, 1 / (1 + math.exp(-2 * margin)), ())
