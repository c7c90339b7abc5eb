"""Cards as people type them -> the code that a reader's words lead to (`edge.access.showing.code_of`)."""

import re
import unicodedata

from edge.refusal import Refused

_FACILITY_NUMBERS = 1 << 16
_NUMBERED = re.compile(r"(?:\d{10}\s+)?(\d{1,5})\s*[:,\-]\s*(\d{1,5})")
_WHOLE = re.compile(r"\d{6,10}")
_RAW = re.compile(r"(\d{1,3})\s*/\s*([0-9a-fA-F]{2,128})")


def typed(text: str) -> str:
    """Return a card's code: facility and number as printed on it, `17:1042` or `0001115154 017,01042`.

    The long number alone (`0001115154`) holds both: facility x 65536 + number. A card of a format that nobody
    knows is typed by its bits, left-aligned: `37/1234567890`. Refused: it is none of these; a short number
    alone is none, because readers tell the facility too.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if raw := _RAW.fullmatch(plain):
        bits, digits = int(raw[1]), raw[2].lower()
        if bits and len(digits) == 2 * ((bits + 7) // 8):
            return f"{bits}/{digits}"
    elif numbered := _NUMBERED.fullmatch(plain):
        facility, number = int(numbered[1]), int(numbered[2])
        if facility < _FACILITY_NUMBERS and 0 < number < _FACILITY_NUMBERS:
            return f"{facility}:{number}"
    elif _WHOLE.fullmatch(plain):
        facility, number = divmod(int(plain), _FACILITY_NUMBERS)
        if facility < _FACILITY_NUMBERS and number:
            return f"{facility}:{number}"
    shown = "".join(letter for letter in plain if letter.isprintable())[:30]
    raise Refused(
        "credentials.card_form",
        "{card} is no card: write facility and number as printed on it, like 17:1042, or the long number",
        card=shown,
    )
