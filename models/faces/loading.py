"""Face engines by the name they have in the site file."""

from pathlib import Path

from models.errors import EngineAbsent
from models.faces import dlib_engine, yunet_sface
from models.faces.engine import FaceEngine

ENGINES = (yunet_sface.NAME, dlib_engine.NAME)


def load_engine(name: str, weights: Path) -> FaceEngine:
    """Load the engine of this name. EngineAbsent: no such engine here; WeightsError: its weights are not."""
    if name == yunet_sface.NAME:
        return yunet_sface.load(weights)
    if name == dlib_engine.NAME:
        return dlib_engine.load()
    raise EngineAbsent(
        "faces.engine_unknown",
        "There is no face engine {name}: choose one of {known}.",
        name=name,
        known=", ".join(ENGINES),
    )
