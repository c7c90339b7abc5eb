"""Photographed people as sprites: head and shoulders cut out along a traced outline, a drawn body below.

The outlines belong to the six credited photographs that `menwei models install` unpacks. Coordinates of
outlines and face boxes are thousandths of the photograph's width and height.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from drivers.sim.gate_scene_sprites import Cutout, Picture, Sprite, cutout

Corner = tuple[float, float]

FACE_PX = 140  # width of the face in a sprite; the scene only ever shrinks it
_WIDE, _HIGH = 4.0, 9.0  # size of a sprite in face widths
_FACE_TOP = 1.0  # face widths between the sprite's top edge and the face


@dataclass(frozen=True, slots=True)
class Portrait:
    """Where the face lies in one photograph and where the person's outline runs.

    `shoulders` is how far the left and the right shoulder lie under the face's top, in face widths.
    """

    face: tuple[int, int, int, int]
    outline: tuple[tuple[int, int], ...]
    shoulders: tuple[float, float] = (1.98, 1.98)


@dataclass(frozen=True, slots=True)
class Person:
    """A figure anchored in the middle of its face, which is FACE_PX wide and `face_height` pixels high."""

    figure: Cutout
    face_height: float


def cut_out(photograph: Picture, portrait: Portrait) -> Person:
    """Return the person of a photograph as a sprite with a soft edge and a drawn body."""
    scale = FACE_PX / (portrait.face[2] / 1000 * photograph.shape[1])
    shrunk = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = np.asarray(shrunk, dtype=np.uint8)
    high, wide = small.shape[:2]
    left, top, face_wide, face_high = (
        portrait.face[0] / 1000 * wide,
        portrait.face[1] / 1000 * high,
        portrait.face[2] / 1000 * wide,
        portrait.face[3] / 1000 * high,
    )
    body = _body(_coat_colour(small, portrait), portrait.shoulders)
    x0 = round(_WIDE * FACE_PX / 2 - left - face_wide / 2)
    y0 = round(_FACE_TOP * FACE_PX - top)
    _lay_over(body, small, _soft_mask(small, portrait), x0, y0)
    centre = (x0 + left + face_wide / 2, y0 + top + face_high / 2)
    return Person(cutout(body, centre), face_high)


def load(folder: Path, name: str) -> Person:
    """Return the person of `folder/NAME.jpg`.

    KeyError: nobody traced that outline; FileNotFoundError: there is no readable picture.
    """
    path = folder / f"{name}.jpg"
    photograph = cv2.imread(str(path))
    if photograph is None:
        raise FileNotFoundError(path)
    return cut_out(np.asarray(photograph, dtype=np.uint8), PORTRAITS[name])


def _polygon(portrait: Portrait, wide: int, high: int) -> npt.NDArray[np.int32]:
    return np.rint(np.array(portrait.outline) * (wide / 1000, high / 1000)).astype(np.int32)


def _soft_mask(photograph: Picture, portrait: Portrait) -> npt.NDArray[np.float32]:
    high, wide = photograph.shape[:2]
    mask = np.zeros((high, wide), np.uint8)
    cv2.fillPoly(mask, [_polygon(portrait, wide, high)], 255)
    mask = np.asarray(cv2.erode(mask, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE))
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.6, borderType=cv2.BORDER_REPLICATE))
    # Where the photograph ends, the drawn body shows through little by little.
    across = np.minimum(np.arange(wide), np.arange(wide)[::-1]) / (0.14 * FACE_PX)
    down = np.arange(high)[::-1] / (0.35 * FACE_PX)
    fade = np.minimum(np.clip(across, 0, 1)[None, :], np.clip(down, 0, 1)[:, None])
    return (soft.astype(np.float32) / 255 * fade).astype(np.float32)


def _coat_colour(photograph: Picture, portrait: Portrait) -> tuple[int, int, int]:
    high, wide = photograph.shape[:2]
    mask = np.zeros((high, wide), np.uint8)
    cv2.fillPoly(mask, [_polygon(portrait, wide, high)], 1)
    mask[: int(high * 0.88)] = 0
    mask[:, int(wide * 0.16) : int(wide * 0.84)] = 0
    blue, green, red = np.median(photograph[mask > 0], axis=0)
    return int(blue), int(green), int(red)


def _torso(left: float, right: float) -> tuple[Corner, ...]:
    def shoulder(side: int, y: float) -> list[Corner]:
        return [(side * x, y + d) for x, d in ((0.8, -0.08), (1.05, 0.0), (1.32, 0.14), (1.5, 0.5))]

    return (*shoulder(-1, left), *_SLEEVES, *reversed(shoulder(1, right)))


def _body(coat: tuple[int, int, int], shoulders: tuple[float, float]) -> Sprite:
    shape = (round(_HIGH * FACE_PX), round(_WIDE * FACE_PX))
    colour = np.zeros((*shape, 3), np.uint8)
    alpha = np.zeros(shape, np.uint8)
    for part, tone in (*((leg, (46, 40, 38)) for leg in _LEGS), (_torso(*shoulders), coat)):
        outline = _in_sprite(part)
        cv2.fillPoly(colour, [outline], tone)
        cv2.fillPoly(alpha, [outline], 255, cv2.LINE_AA)
    across = np.abs(np.linspace(-_WIDE / 2, _WIDE / 2, shape[1]))
    shade = (1.0 - 0.32 * np.clip(across / 1.7, 0, 1) ** 3).astype(np.float32)
    shaded = colour.astype(np.float32) * shade[None, :, None]
    darker = tuple(int(c * 0.72) for c in coat)
    for line in _SEAMS:
        cv2.polylines(shaded, [_in_sprite(line)], isClosed=False, color=darker, thickness=2)
    shaded = np.asarray(cv2.GaussianBlur(shaded, (0, 0), 1.5), dtype=np.float32)
    return np.dstack([shaded.astype(np.uint8), np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.2))])


def _in_sprite(part: tuple[Corner, ...]) -> npt.NDArray[np.int32]:
    moved = np.array(part) + np.array((_WIDE / 2, _FACE_TOP))
    return np.asarray(np.rint(moved * FACE_PX), dtype=np.int32)


def _lay_over(body: Sprite, photograph: Picture, mask: npt.NDArray[np.float32], x0: int, y0: int) -> None:
    top, left = max(0, -y0), max(0, -x0)
    bottom = min(photograph.shape[0], body.shape[0] - y0)
    right = min(photograph.shape[1], body.shape[1] - x0)
    part, share = photograph[top:bottom, left:right], mask[top:bottom, left:right, None]
    under = body[y0 + top : y0 + bottom, x0 + left : x0 + right]
    covered = under[..., 3:].astype(np.float32) / 255
    total = share + covered * (1 - share)
    mixed = (part * share + under[..., :3] * covered * (1 - share)) / np.maximum(total, 1e-6)
    under[..., :3] = np.rint(mixed).astype(np.uint8)
    under[..., 3:] = np.rint(total * 255).astype(np.uint8)


# The drawn body: face widths, from the middle of the face to the right and from the face's top down.
_SLEEVES = (
    (-1.6, 3.2), (-1.66, 4.5), (-1.58, 4.75), (-1.4, 4.8), (-1.26, 4.65), (-1.2, 4.1), (-1.12, 5.0),
    (1.12, 5.0), (1.2, 4.1), (1.26, 4.65), (1.4, 4.8), (1.58, 4.75), (1.66, 4.5), (1.6, 3.2),
)  # fmt: skip
_LEGS = (
    ((-1.05, 4.8), (-0.02, 4.8), (-0.12, 8.0), (-0.75, 8.0)),
    ((1.05, 4.8), (0.02, 4.8), (0.12, 8.0), (0.75, 8.0)),
)
_SEAMS = (
    ((-1.18, 2.5), (-1.14, 3.4), (-1.16, 4.3)),
    ((1.18, 2.5), (1.14, 3.4), (1.16, 4.3)),
    ((0.03, 2.4), (0.05, 3.4), (0.03, 5.0)),
)

PORTRAITS: Mapping[str, Portrait] = {
    "person_a_2": Portrait(
        (281, 188, 435, 457),
        (
            (673, 100), (648, 89), (612, 80), (596, 69), (562, 62), (529, 62), (507, 71), (421, 73),
            (324, 120), (277, 169), (269, 191), (269, 220), (249, 253), (252, 289), (274, 358), (277, 460),
            (294, 504), (319, 518), (330, 564), (360, 598), (363, 638), (366, 682), (294, 751), (22, 836),
            (0, 838), (0, 998), (997, 998), (997, 727), (825, 700), (784, 678), (759, 653), (737, 640),
            (717, 633), (726, 489), (765, 482), (789, 462), (806, 436), (814, 398), (814, 373), (803, 353),
            (806, 287), (801, 247), (787, 220), (787, 207), (740, 153), (709, 136),
        ),
        (1.86, 1.6),
    ),
    "person_b_2": Portrait(
        (300, 150, 413, 438),
        (
            (355, 53), (308, 89), (244, 178), (224, 253), (212, 269), (212, 296), (201, 307), (195, 393),
            (169, 469), (134, 507), (122, 544), (73, 567), (44, 598), (47, 682), (15, 698), (0, 698),
            (0, 998), (997, 998), (997, 749), (985, 749), (898, 696), (892, 671), (852, 636), (852, 616),
            (837, 596), (840, 573), (863, 567), (860, 509), (875, 504), (875, 480), (892, 440), (892, 409),
            (828, 367), (817, 336), (808, 333), (794, 307), (791, 269), (735, 182), (712, 160), (689, 120),
            (645, 82), (581, 49), (509, 33), (456, 31), (442, 33), (416, 49), (366, 49),
        ),
    ),
    "impostor_1": Portrait(
        (326, 210, 352, 419),
        (
            (382, 153), (338, 182), (300, 227), (287, 269), (287, 358), (264, 364), (264, 400), (279, 447),
            (300, 482), (333, 484), (356, 556), (356, 578), (285, 653), (221, 684), (72, 733), (28, 764),
            (10, 789), (0, 789), (0, 998), (997, 998), (997, 913), (987, 913), (974, 900), (959, 862),
            (951, 820), (931, 782), (910, 767), (882, 764), (823, 740), (733, 722), (641, 691), (613, 651),
            (613, 591), (659, 509), (664, 462), (695, 453), (710, 376), (705, 338), (700, 331), (685, 329),
            (679, 276), (644, 198), (603, 164), (523, 133), (446, 131),
        ),
    ),
    "impostor_2": Portrait(
        (318, 209, 373, 435),
        (
            (349, 122), (322, 136), (284, 173), (265, 207), (252, 253), (252, 300), (260, 322), (263, 369),
            (247, 404), (247, 429), (273, 493), (284, 502), (316, 507), (327, 540), (330, 613), (287, 651),
            (265, 680), (223, 711), (46, 793), (0, 802), (0, 998), (957, 998), (938, 873), (920, 836),
            (903, 822), (796, 782), (660, 720), (643, 702), (638, 676), (643, 596), (678, 538), (684, 489),
            (713, 482), (732, 416), (732, 387), (718, 360), (705, 351), (705, 253), (678, 202), (641, 173),
            (633, 151), (552, 118), (488, 107), (399, 107),
        ),
    ),
}  # fmt: skip
