"""The models that a set of cameras needs, loaded once a process, and the gallery in their own form."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.site.schema import Camera, Recognition
from edge.vision.agreement import Bar
from edge.vision.messages import Gallery as GalleryMessage
from models.faces.engine import Face, FaceEngine
from models.faces.gallery import Gallery
from models.faces.loading import load_engine
from models.geometry import Box, Point
from models.people.detector import PersonDetector
from models.plates.engine import PlateEngine
from models.plates.found import whole


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


def warm_up(engines: Engines) -> None:
    """Run every network once: a first run is many times slower, and the first alarm must not wait for it."""
    picture = np.full((360, 640, 3), 127, dtype=np.uint8)
    landmarks = (Point(290, 150), Point(350, 150), Point(320, 180), Point(297, 210), Point(343, 210))
    if engines.face is not None:
        engines.face.detect(picture)
        engines.face.embed(picture, Face(Box(260, 110, 120, 140), 1.0, landmarks))
    if engines.plate is not None:
        engines.plate.detect(picture)
        engines.plate.read(picture, whole(picture[100:148, 100:250]))
    if engines.person is not None:
        engines.person.detect(picture)


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
