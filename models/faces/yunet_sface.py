"""The default face engine: YuNet finds faces, SFace (Zhong et al. 2021) tells them apart."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from models import network
from models.faces.alignment import aligned
from models.faces.detector import YunetDetector
from models.faces.engine import Face, Picture, Template, Thresholds

NAME = "yunet-sface"
DETECTOR_WEIGHTS = "face_detection_yunet_2023mar.onnx"
EMBEDDER_WEIGHTS = "face_recognition_sface_2021dec.onnx"

# For a gallery of some hundred people; the published 0.363 is a one-to-one figure.
MEASURED = Thresholds(raise_alert=0.45, open_door=0.50, margin=0.06)


@dataclass(frozen=True, slots=True)
class YunetSface:
    """Templates are unit vectors; similarity is their cosine."""

    detector: YunetDetector
    embedder: onnxruntime.InferenceSession
    name: str = NAME
    dimension: int = 128
    thresholds: Thresholds = MEASURED

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces of a BGR picture of any size, best score first."""
        return self.detector.detect(picture)

    def embed(self, picture: Picture, face: Face) -> Template:
        """Return the unit vector of a face that `detect` found in this very picture."""
        rgb = aligned(picture, face.landmarks)[:, :, ::-1]
        blob = np.ascontiguousarray(rgb.transpose(2, 0, 1)[None], dtype=np.float32)
        (raw,) = self.embedder.run(None, {"data": blob})
        vector: Template = raw.reshape(-1)
        return vector / max(float(np.linalg.norm(vector)), 1e-12)

    def similarities(self, gallery: npt.NDArray[np.float32], probe: Template) -> npt.NDArray[np.float32]:
        """Return the cosine of `probe` to each row of `gallery`, shape (rows,)."""
        return gallery @ probe


def load(weights: Path, *, long_side: int = 1280) -> YunetSface:
    """Load the engine from installed weights. WeightsError: one is missing or not the pinned one."""
    detector = YunetDetector(network.load(weights, DETECTOR_WEIGHTS), long_side=long_side)
    return YunetSface(detector, network.load(weights, EMBEDDER_WEIGHTS))
