"""Plates as people type them -> plates as readers read them."""

import re
import unicodedata

from edge.refusal import Refused
from models.plates.grammar import classify

_SEPARATORS = re.compile(r"[\s·•・.\-]")


def normalised(typed: str) -> str:
    """Return a plate in capitals without dot, hyphen or blank. Refused: no mainland plate bears it."""
    plate = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper()
    if len(typed) <= 20 and classify(plate) is not None:
        return plate
    shown = "".join(letter for letter in plate if letter.isprintable())[:20]
    raise Refused(
        "registers.plate_invalid",
        "{plate} is no mainland plate: write the province's character, the letter of the authority and 5 or "
        "6 digits or letters without I and O, like 鄂F12345 or 鄂FD12345",
        plate=shown,
    )
