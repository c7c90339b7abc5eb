"""Draw mainland plates for simulated scenes, one pixel a millimetre, after GA 36's measures.

The characters are outlines kept beside this file: no font needs to be installed.
"""

import functools
from dataclasses import dataclass
from importlib import resources

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]  # BGR, shape (height, width, 3)
Colour = tuple[int, int, int]  # BGR

WHITE, BLACK = (244, 244, 244), (24, 24, 24)
BLUE, YELLOW = (168, 74, 18), (26, 176, 236)
GREEN_TOP, GREEN_FOOT = (238, 244, 236), (116, 190, 74)

_GLYPH_GRID = 200  # the outlines' coordinates run from 0 to this
_FINE = 4  # drawn so many times larger, then shrunk: smooth edges
_GLYPHS_FILE = "plate_artwork_glyphs.txt"


@dataclass(frozen=True, slots=True)
class _Glyph:
    aspect: float  # width over height
    contours: tuple[npt.NDArray[np.int32], ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where a character stands, in millimetres."""

    left: float
    top: float
    width: float
    height: float


def draw(text: str) -> Picture:
    """Return the plate of that text: eight characters on green, 480 x 140, else seven on blue, 440 x 140.

    Raises ValueError for another length or a character of which there is no outline.
    """
    if len(text) == 8:
        picture = _green_ground()
        _frame(picture, BLACK)
        _write(picture, text, _new_energy_cells(), BLACK)
        return _shrunk(picture)
    if len(text) == 7:
        picture = _plain_ground(440, 140, BLUE)
        _frame(picture, WHITE)
        cv2.circle(picture, (round(134.5 * _FINE), 70 * _FINE), 5 * _FINE, WHITE, -1)
        _write(picture, text, _civil_cells(), WHITE)
        return _shrunk(picture)
    raise ValueError(f"{text} has {len(text)} characters; a plate is drawn with 7 or 8")


def draw_double_row(text: str) -> Picture:
    """Return the yellow rear plate of a lorry, 440 x 220: two characters above five.

    Raises ValueError for another length or a character of which there is no outline.
    """
    if len(text) != 7:
        raise ValueError(f"{text} has {len(text)} characters; a double row has 7")
    picture = _plain_ground(440, 220, YELLOW)
    _frame(picture, BLACK)
    upper = [_Cell(left, 15, 80, 60) for left in (110, 250)]
    lower = [_Cell(27.5 + 80 * place, 90, 65, 110) for place in range(5)]
    cv2.circle(picture, (220 * _FINE, 45 * _FINE), 5 * _FINE, BLACK, -1)
    _write(picture, text, [*upper, *lower], BLACK)
    return _shrunk(picture)


def characters() -> frozenset[str]:
    """Return the characters of which there are outlines."""
    return frozenset(_glyphs())


@functools.cache
def _glyphs() -> dict[str, _Glyph]:
    lines = resources.files(__package__).joinpath(_GLYPHS_FILE).read_text(encoding="utf-8").splitlines()
    return dict(_parsed(line) for line in lines if line and not line.startswith("#"))


def _parsed(line: str) -> tuple[str, _Glyph]:
    character, aspect, outline = line.split(" ", 2)
    contours = tuple(
        np.array([[int(n) for n in point.split(",")] for point in contour.split()], dtype=np.int32)
        for contour in outline.split("/")
    )
    return character, _Glyph(float(aspect), contours)


def _civil_cells() -> list[_Cell]:
    return [_Cell(left, 25, 45, 90) for left in (15.5, 72.5, 151.5, 208.5, 265.5, 322.5, 379.5)]


def _new_energy_cells() -> list[_Cell]:
    later = [_Cell(162 + 52 * place, 25, 43, 90) for place in range(6)]
    return [_Cell(15, 25, 45, 90), _Cell(69, 25, 43, 90), *later]


def _plain_ground(wide: int, high: int, colour: Colour) -> Picture:
    return np.full((high * _FINE, wide * _FINE, 3), colour, dtype=np.uint8)


def _green_ground() -> Picture:
    """New-energy plates fade from nearly white at the top to green at the foot."""
    down = np.linspace(0, 1, 140 * _FINE)[:, None, None]
    shades = np.array(GREEN_TOP) * (1 - down) + np.array(GREEN_FOOT) * down
    return np.repeat(shades, 480 * _FINE, axis=1).round().astype(np.uint8)


def _frame(picture: Picture, colour: Colour) -> None:
    high, wide = picture.shape[:2]
    inset = 4 * _FINE
    cv2.rectangle(picture, (inset, inset), (wide - inset, high - inset), colour, 2 * _FINE)


def _write(picture: Picture, text: str, cells: list[_Cell], colour: Colour) -> None:
    glyphs = _glyphs()
    missing = sorted(set(text) - glyphs.keys())
    if missing:
        raise ValueError(f"there is no outline of {''.join(missing)}")
    for character, cell in zip(text, cells, strict=True):
        glyph = glyphs[character]
        # 1 is narrow: it stands in the middle of its cell instead of filling it.
        width = min(cell.width, cell.height * glyph.aspect)
        scale = np.array([width, cell.height]) * _FINE / _GLYPH_GRID
        shift = np.array([cell.left + (cell.width - width) / 2, cell.top]) * _FINE
        contours = [np.rint(contour * scale + shift).astype(np.int32) for contour in glyph.contours]
        cv2.fillPoly(picture, contours, colour)


def _shrunk(picture: Picture) -> Picture:
    high, wide = picture.shape[:2]
    size = (wide // _FINE, high // _FINE)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
