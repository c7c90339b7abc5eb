"""Known faces, and who among them is nearest to a probe."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.faces.engine import FaceEngine, Template


@dataclass(frozen=True, slots=True)
class Candidate:
    """The nearest subject. `runner_up` is the best similarity of a different subject, -1.0 if none.

    In an empty gallery `subject` is None and `similarity` -1.0.
    """

    subject: str | None
    similarity: float
    runner_up: float

    @property
    def lead(self) -> float:
        """How far the nearest subject is ahead."""
        return self.similarity - self.runner_up


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Templates of one engine, shape (rows, dimension); row i shows `subjects[i]`, who may have several."""

    engine: str
    subjects: tuple[str, ...]
    templates: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.templates.ndim != 2 or len(self.templates) != len(self.subjects):
            raise ValueError("a gallery needs one template row for each subject entry")

    @classmethod
    def empty(cls, engine: FaceEngine) -> Self:
        """Return a gallery of nobody."""
        return cls(engine.name, (), np.empty((0, engine.dimension), dtype=np.float32))

    def nearest(self, engine: FaceEngine, probe: Template) -> Candidate:
        """Return who is nearest to `probe`. ValueError: the probe is of another engine."""
        if engine.name != self.engine:
            raise ValueError(f"templates of {self.engine} cannot be compared with those of {engine.name}")
        if not self.subjects:
            return Candidate(None, -1.0, -1.0)
        similarities = engine.similarities(self.templates, probe)
        best = int(np.argmax(similarities))
        subject = self.subjects[best]
        others = [i for i, s in enumerate(self.subjects) if s != subject]
        runner_up = float(similarities[others].max()) if others else -1.0
        return Candidate(subject, float(similarities[best]), runner_up)
