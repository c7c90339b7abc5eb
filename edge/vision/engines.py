"""The models that a set of cameras needs, loaded once a process, and the gallery in their own form."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.site.schema import Camera, Recognition
from edge.vision.agreement import Bar
from edge.vision.messages import Gallery as GalleryMessage
from models.faces.engine import FaceEngine
from models.faces.gallery import Gallery
from models.faces.loading import load_engine
from models.people.detector import PersonDetector
from models.plates.engine import PlateEngine


@dataclass(frozen=True, slots=True)
class Engines:
    """None where no camera has the role."""

    face: FaceEngine | None
    plate: PlateEngine | None
    person: PersonDetector | None = None


def load_engines(recognition: Recognition, cameras: Iterable[Camera], weights: Path) -> Engines:
    """Load what the cameras' roles ask for. WeightsError: a weight is missing or not what it should be."""
    roles = {role for camera in cameras for role in camera.roles}
    return Engines(
        face=load_engine(recognition.face_engine, weights) if "face" in roles else None,
        plate=PlateEngine(weights) if "plate" in roles else None,
        person=PersonDetector(weights) if "overview" in roles else None,
    )


def gallery_of(message: GalleryMessage) -> Gallery:
    """Return the gallery that a message carries."""
    templates = np.frombuffer(message.templates, dtype="<f4").reshape(
        len(message.subjects), message.dimension
    )
    return Gallery(message.engine, message.subjects, templates.astype(np.float32))


def bar_of(recognition: Recognition, engine: FaceEngine) -> Bar:
    """Return what a name needs: the site's figures, or the engine's measured ones."""
    measured = engine.thresholds
    return Bar(
        similarity=recognition.raise_similarity or measured.raise_alert,
        margin=measured.margin if recognition.margin is None else recognition.margin,
        frames=recognition.agreeing_frames,
    )
