"""What one frame says about a plate: values that a vote weighs."""

from dataclasses import dataclass

from models.plates.grammar import Colour


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader saw in one picture; `confidences` (0.0 to 1.0) has one entry a character of `text`."""

    text: str
    confidences: tuple[float, ...]
    reader: str

    def __post_init__(self) -> None:
        if len(self.text) != len(self.confidences):
            raise ValueError("a reading needs one confidence for each character")

    @property
    def confidence(self) -> float:
        """The least sure character's confidence; 0.0 when nothing was read."""
        return min(self.confidences, default=0.0)


@dataclass(frozen=True, slots=True)
class PlateShot:
    """One plate in one frame: each reader's reading, its colours, and how good the picture is.

    `colour` is the ground's. `red_lead` tells that the leading characters are red, as only the military and
    the armed police have them. `width_px` is the plate's width in the camera's picture, `sharpness` the
    variance of the upright plate's Laplacian, `score` (0.0 to 1.0) the detector's.
    """

    readings: tuple[Reading, ...]
    colour: Colour | None
    width_px: float
    sharpness: float
    score: float
    red_lead: bool = False
