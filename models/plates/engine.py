"""Everything that turns a picture into readings of plates, behind two calls."""

from pathlib import Path

import cv2

from models.plates import rectify
from models.plates.colour import colour_of, has_red_lead
from models.plates.detector import PlateDetector
from models.plates.found import Picture, PlateFound
from models.plates.grammar import Colour, may_bear
from models.plates.reader import MainReader, PlateReader, SecondReader
from models.plates.shot import PlateShot, Reading


class PlateEngine:
    """clp_det and two readers. Stateless but for their weights; not thread-safe.

    Raises WeightsError where a weight file is missing or not the pinned one.
    """

    def __init__(self, weights: Path, long_side: int | None = None) -> None:
        self._detector = PlateDetector(weights, long_side)
        self._readers: tuple[PlateReader, ...] = (MainReader(weights), SecondReader(weights))

    def detect(self, picture: Picture) -> list[PlateFound]:
        """Return the plates of a BGR picture of any size, best score first."""
        return self._detector.detect(picture)

    def read(self, picture: Picture, found: PlateFound) -> PlateShot:
        """Read a plate that was found in this very picture, with every reader."""
        upright = rectify.single_row(picture, found)
        colour = colour_of(upright)
        rows = [upright, *_other_rows(picture, found, colour)]
        return PlateShot(
            readings=tuple(best([reader.read(row) for row in rows], colour) for reader in self._readers),
            colour=colour,
            width_px=found.width_px,
            sharpness=sharpness(upright),
            score=found.score,
            red_lead=has_red_lead(upright),
        )


def best(readings: list[Reading], colour: Colour | None) -> Reading:
    """Of one reader's readings of one plate prefer what a plate of that colour may bear, then the surest."""
    return max(readings, key=lambda r: (may_bear(colour, r.text), r.confidence))


def sharpness(upright: Picture) -> float:
    """Return the variance of the Laplacian of an upright plate: the higher, the sharper."""
    return float(cv2.Laplacian(cv2.cvtColor(upright, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def _other_rows(picture: Picture, found: PlateFound, colour: Colour | None) -> list[Picture]:
    """Other ways to make one row of it: joined from two rows, or wider for eight characters."""
    if found.double_row:
        return rectify.double_row(picture, found)
    if colour in {Colour.GREEN, None}:
        return [rectify.single_row(picture, found, rectify.EIGHT_CHARACTERS_WIDTH)]
    return []
