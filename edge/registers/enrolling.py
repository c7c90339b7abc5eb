"""From picture files to face templates: read, judged, turned into templates, compared with each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge import catalogue
from edge.catalogue import Language
from edge.refusal import Refused
from edge.registers.faces import FaceTemplate
from edge.site.schema import Site
from models.errors import ModelError
from models.faces.engine import FaceEngine, Picture, Template
from models.faces.enrolment import enrol
from models.faces.loading import load_engine
from models.weights import weights_folder

LARGEST_MIB = 32
MOST_MEGAPIXELS = 64


class PictureRefused(Refused):
    """A picture is no good for knowing a person by; `because` is what the judge said."""

    def __init__(self, file: Path, because: ModelError) -> None:
        self.because = because
        super().__init__("registers.picture_refused", "{file}: {reason}", file=file, reason=because)

    def render(self, language: Language) -> str:
        """Return the sentence with the judge's own in the same language."""
        reason = catalogue.explain(self.because, language)
        return catalogue.text(self.key, language, **self.values | {"reason": reason})


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    file: Path
    template: Template


def engine_for(site: Site) -> FaceEngine:
    """Load the engine that the site recognises faces with."""
    return load_engine(site.recognition.face_engine, weights_folder())


def templates_of(files: Sequence[Path], engine: FaceEngine) -> list[FaceTemplate]:
    """Return one template for each picture file, all of one person.

    Refused, PictureRefused: a file is no picture, shows not exactly one good face, or somebody else.
    """
    shown: list[_Shown] = []
    for file in files:
        latest = _Shown(file, _template(file, engine))
        if shown:
            _require_same_person(shown, latest, engine)
        shown.append(latest)
    return [FaceTemplate(engine.name, one.template.astype("<f4").tobytes()) for one in shown]


def read_picture(file: Path) -> Picture:
    """Return a picture file as BGR, upright as its EXIF says. Refused: unreadable, too large, no picture."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_MIB * 2**20 + 1)
    except FileNotFoundError:
        raise Refused(
            "registers.picture_missing", "there is no picture {file}: check the path", file=file
        ) from None
    except OSError as error:
        raise Refused(
            "registers.picture_unreadable",
            "the picture {file} cannot be read ({reason})",
            file=file,
            reason=error.strerror,
        ) from None
    if len(content) > LARGEST_MIB * 2**20:
        raise _too_large(file)
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    except cv2.error:
        picture = None  # OpenCV raises for pictures beyond its own bounds
    if picture is None:
        raise Refused(
            "registers.picture_no_image", "{file} is no picture that can be read: use JPEG or PNG", file=file
        )
    if picture.shape[0] * picture.shape[1] > MOST_MEGAPIXELS * 1_000_000:
        raise _too_large(file)
    return picture.astype(np.uint8, copy=False)


def _too_large(file: Path) -> Refused:
    return Refused(
        "registers.picture_too_large",
        "the picture {file} is too large: at most {mib} MiB and {megapixels} million pixels",
        file=file,
        mib=LARGEST_MIB,
        megapixels=MOST_MEGAPIXELS,
    )


def _template(file: Path, engine: FaceEngine) -> Template:
    try:
        return enrol(engine, read_picture(file)).template
    except ModelError as because:
        raise PictureRefused(file, because) from because


def _require_same_person(known: Sequence[_Shown], latest: _Shown, engine: FaceEngine) -> None:
    # A picture of somebody else among them would give two people one name.
    similarities = engine.similarities(np.stack([one.template for one in known]), latest.template)
    best = int(np.argmax(similarities))
    if similarities[best] < engine.thresholds.raise_alert:
        raise Refused(
            "registers.pictures_differ",
            "{file} and {other} do not show the same person clearly enough (similarity {similarity}): use "
            "pictures of one person, from the front",
            file=latest.file,
            other=known[best].file,
            similarity=f"{similarities[best]:.2f}",
        )
