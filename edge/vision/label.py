"""What to draw over a frame."""

from dataclasses import dataclass
from typing import Literal

from edge.events import Box


@dataclass(frozen=True, slots=True)
class Label:
    """A box with what is believed of it now. `subject` is a gallery subject or a plate's text."""

    box: Box
    what: Literal["face", "plate", "person"]
    track: int
    subject: str | None
