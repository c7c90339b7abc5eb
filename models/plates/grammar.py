"""Which texts a mainland plate can bear: GA 36-2014 sections 5.6 to 5.9, GA 36-2018 for new energy.

A text is written without the dot that separates the issuing authority: 鄂A12345.
"""

import re
from enum import StrEnum

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # the standard leaves out I and O
MARKS = "学挂港澳警领使民航应急军"
READABLE = frozenset(PROVINCES + DIGITS + LETTERS + MARKS)  # what readers are let choose from

# What one reader mistakes for another on real pictures.
CONFUSABLE_PAIRS = frozenset(frozenset(pair) for pair in ("0D", "8B", "5S", "2Z", "1L", "6G", "Q0"))


class PlateType(StrEnum):
    """The classes of plates that differ in what may stand on them."""

    CIVIL = "civil"
    NEW_ENERGY_SMALL = "new_energy_small"
    NEW_ENERGY_LARGE = "new_energy_large"
    LEARNER = "learner"
    TRAILER = "trailer"
    POLICE = "police"
    CONSULATE = "consulate"
    TRIAL = "trial"
    OVERSIZE = "oversize"
    HONG_KONG = "hong_kong"
    MACAU = "macau"
    EMBASSY = "embassy"
    CIVIL_AVIATION = "civil_aviation"
    MILITARY = "military"
    ARMED_POLICE = "armed_police"


class Colour(StrEnum):
    """The ground of a plate."""

    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    WHITE = "white"
    BLACK = "black"


_P = f"[{PROVINCES}]"
_L = "[A-HJ-NP-Z]"
_LO = "[A-HJ-Z]"  # O is police and authorities of old; it stands second only
_N = "[A-HJ-NP-Z0-9]"
_PATTERNS: tuple[tuple[PlateType, re.Pattern[str]], ...] = tuple(
    (plate_type, re.compile(pattern, re.ASCII))
    for plate_type, pattern in (
        (PlateType.CIVIL, f"{_P}{_LO}(?!(?:[0-9]*[A-Z]){{3}}){_N}{{5}}"),
        (PlateType.NEW_ENERGY_SMALL, f"{_P}{_L}[DABCEFGHJK]{_N}[0-9]{{4}}"),
        (PlateType.NEW_ENERGY_LARGE, f"{_P}{_L}[0-9]{{5}}[DABCEFGHJK]"),
        (PlateType.LEARNER, f"{_P}{_LO}{_N}{{4}}学"),
        (PlateType.TRAILER, f"{_P}{_LO}{_N}{{4}}挂"),
        (PlateType.POLICE, f"{_P}{_LO}{_N}{{4}}警"),
        (PlateType.CONSULATE, f"{_P}(?:[0-9]{{5}}|{_LO}{_N}{{4}})领"),
        (PlateType.TRIAL, f"{_P}{_LO}{_N}{{4}}试"),
        (PlateType.OVERSIZE, f"{_P}{_LO}{_N}{{4}}超"),
        (PlateType.HONG_KONG, f"粤Z{_N}{{4}}港"),
        (PlateType.MACAU, f"粤Z{_N}{{4}}澳"),
        (PlateType.EMBASSY, "使[0-9]{6}|[0-9]{6}使"),
        (PlateType.CIVIL_AVIATION, "民航[A-Z0-9]{5}"),
        (PlateType.MILITARY, f"[VKHBSLJNGCEZ]{_L}[0-9]{{5}}"),
        (PlateType.ARMED_POLICE, f"WJ{_P}?[0-9]{{4}}[0-9JBXTHSD]"),
    )
)

_COLOURS: dict[PlateType, frozenset[Colour]] = {
    # Black civil plates are the old ones of foreign owners.
    PlateType.CIVIL: frozenset({Colour.BLUE, Colour.YELLOW, Colour.BLACK, Colour.WHITE}),
    PlateType.NEW_ENERGY_SMALL: frozenset({Colour.GREEN}),
    PlateType.NEW_ENERGY_LARGE: frozenset({Colour.GREEN, Colour.YELLOW}),
    PlateType.MILITARY: frozenset({Colour.WHITE}),
    PlateType.ARMED_POLICE: frozenset({Colour.WHITE}),
}


def classify(text: str) -> PlateType | None:
    """Return the class of plate that bears exactly `text`, None if no mainland plate does."""
    for plate_type, pattern in _PATTERNS:
        if pattern.fullmatch(text):
            return plate_type
    return None


# Two letters and five digits are also how a dozen countries write theirs: only the red lead tells them apart.
RED_LEAD = frozenset({PlateType.MILITARY, PlateType.ARMED_POLICE})


def fits_colour(plate_type: PlateType, colour: Colour | None) -> bool:
    """Tell whether a class of plate may have that ground; an unknown colour (None) fits all."""
    return colour is None or colour in _COLOURS.get(plate_type, frozenset(Colour))


def may_bear(colour: Colour | None, text: str) -> bool:
    """Tell whether a plate on that ground may bear that text; an unknown colour (None) excludes nothing."""
    plate_type = classify(text)
    return plate_type is not None and fits_colour(plate_type, colour)


def confusable_twins(a: str, b: str) -> bool:
    """Tell whether two texts differ in exactly one place, by characters that readers confuse."""
    if len(a) != len(b):
        return False
    apart = [frozenset((x, y)) for x, y in zip(a, b, strict=True) if x != y]
    return len(apart) == 1 and apart[0] in CONFUSABLE_PAIRS
