"""Cards as people type them -> the code that a reader's words lead to (`edge.access.showing.code_of`)."""

import re

from edge.refusal import Refused

_MOST_FACILITY, _MOST_NUMBER = 1 << 16, 1 << 32
_NUMBERED = re.compile(r"(?:(\d{1,5})[:,\-\s]\s*)?(\d{1,10})")
_RAW = re.compile(r"(\d{1,3})\s*/\s*([0-9a-fA-F]{2,128})")


def typed(text: str) -> str:
    """Return a card's code: facility and number as printed on it (`17:1042`, `017,01042`), or its number.

    A card of a format that nobody knows is typed by its bits, left-aligned: `37/1234567890`. Facility 0 is
    the same as none. Refused: it is none of these.
    """
    if raw := _RAW.fullmatch(text.strip()):
        bits, digits = int(raw[1]), raw[2].lower()
        if bits and len(digits) == 2 * ((bits + 7) // 8):
            return f"{bits}/{digits}"
    elif numbered := _NUMBERED.fullmatch(text.strip()):
        facility, number = int(numbered[1] or 0), int(numbered[2])
        if facility < _MOST_FACILITY and 0 < number < _MOST_NUMBER:
            return f"{facility}:{number}"
    shown = "".join(letter for letter in text if letter.isprintable())[:30]
    raise Refused(
        "credentials.card_form",
        "{card} is no card: write facility and number as printed on it, like 17:1042, or the number alone",
        card=shown,
    )
