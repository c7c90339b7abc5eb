"""Citizens' ID numbers by GB 11643: 18 characters with region, birth date, sequence and check character.

The permanent residence cards of foreigners have the same form, with a 9 before the province's code.
"""

import datetime as dt
import re
import unicodedata

from edge.refusal import Refused

# GB/T 2260: the provinces, with 81 to 83 for the residence permits of Hong Kong, Macao and Taiwan people.
PROVINCES = frozenset(
    f"{area}{province}"
    for area, last in ((1, 5), (2, 3), (3, 7), (4, 6), (5, 4), (6, 5), (7, 1), (8, 3))
    for province in range(0 if area == 5 else 1, last + 1)
)

_FORM = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FORM = re.compile(r"[0-9]{15}")
_BLANKS = re.compile(r"[\s\-]")
_CHECK_CHARACTERS = "10X98765432"
_EARLIEST_BIRTH = dt.date(1880, 1, 1)
_HEAD, _TAIL = 3, 4


def checked(text: str, *, today: dt.date) -> str:
    """Return an ID number as it is stored, the X in capitals. Refused: it cannot be one."""
    number = _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if _OLD_FORM.fullmatch(number):
        raise Refused(
            "registers.id_number_old",
            "the ID number has 15 digits, the form before 1999: write the 18 characters of today's card",
        )
    if not _FORM.fullmatch(number):
        raise Refused(
            "registers.id_number_form",
            "an ID number has 17 digits and then a digit or X, this one has {count} characters: compare it "
            "with the card",
            count=len(number),
        )
    _require_province(number)
    _require_birth(number, today)
    if number[-1] != check_character(number[:17]):
        raise Refused(
            "registers.id_number_check",
            "the last character of the ID number does not fit the others: a digit is wrong or two are "
            "swapped; compare it with the card",
        )
    return number


def masked(number: str) -> str:
    """Return an ID number with all but its first 3 and last 4 characters covered."""
    covered = max(len(number) - _HEAD - _TAIL, 0)
    return number[:_HEAD] + "*" * covered + number[-_TAIL:] if covered else "*" * len(number)


def check_character(digits: str) -> str:
    """Return the check character of 17 digits by ISO 7064, MOD 11-2."""
    weighted = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits))
    return _CHECK_CHARACTERS[weighted % 11]


def _require_province(number: str) -> None:
    province = number[1:3] if number[0] == "9" else number[:2]
    if province not in PROVINCES:
        raise Refused(
            "registers.id_number_province",
            "the ID number begins with {province}, and no province has this code: compare it with the card",
            province=province,
        )


def _require_birth(number: str, today: dt.date) -> None:
    written = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    try:
        birth = dt.date.fromisoformat(written)
    except ValueError:
        birth = None
    if birth is None or birth < _EARLIEST_BIRTH:
        raise Refused(
            "registers.id_number_birth",
            "the birth date in the ID number, {birth}, does not exist: compare it with the card",
            birth=written,
        )
    if birth > today:
        raise Refused(
            "registers.id_number_unborn",
            "the birth date in the ID number, {birth}, lies in the future: compare it with the card",
            birth=written,
        )
