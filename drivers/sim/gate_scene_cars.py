"""A car's front as a sprite, with its plate, and the barrier's arm."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from drivers.sim.gate_scene_sprites import Cutout, Picture, Sprite, cutout

Colour = tuple[int, int, int]

PLATE_PX = 200  # width of the plate in a sprite; the scene only ever shrinks it
_WIDE, _HIGH = 900, 720
_PLATE_CENTRE = (450, 560)
_DARK, _GLASS, _CHROME = (34, 32, 32), (96, 84, 70), (188, 190, 192)


@dataclass(frozen=True, slots=True)
class Car:
    """A figure anchored in the middle of its plate, which is PLATE_PX wide and `plate_height` pixels high."""

    figure: Cutout
    plate_height: float


def car_front(plate: Picture, paint: Colour) -> Car:
    """Return the front of a car in that paint (BGR) that carries that picture of a plate."""
    sprite = np.zeros((_HIGH, _WIDE, 4), np.uint8)
    cv2.ellipse(sprite, (450, 690), (440, 26), 0, 0, 360, (20, 20, 20, 120), -1, cv2.LINE_AA)
    for left in (62, 738):
        cv2.rectangle(sprite, (left, 520), (left + 100, 700), (*_DARK, 255), -1)
    _cabin(sprite, paint)
    _nose(sprite, paint)
    _lamps_and_grille(sprite)
    sprite = np.asarray(cv2.GaussianBlur(sprite, (0, 0), 1.1), dtype=np.uint8)
    height = PLATE_PX * plate.shape[0] / plate.shape[1]
    small = cv2.resize(plate, (PLATE_PX, round(height)), interpolation=cv2.INTER_AREA)
    top, left = _PLATE_CENTRE[1] - round(height) // 2, _PLATE_CENTRE[0] - PLATE_PX // 2
    cv2.rectangle(
        sprite, (left - 5, top - 5), (left + PLATE_PX + 4, top + round(height) + 4), (*_DARK, 255), -1
    )
    sprite[top : top + round(height), left : left + PLATE_PX, :3] = small
    centre = (left + PLATE_PX / 2, top + round(height) / 2)
    return Car(cutout(sprite, centre), height)


def draw_arm(picture: Picture, opened: float) -> None:
    """Draw the barrier's arm into the picture: `opened` 0.0 lies across the lane, 1.0 stands upright."""
    pivot, length = np.array((140.0, 452.0)), 980.0
    angle = math.radians(86 * opened)
    along = np.array((math.cos(angle), -math.sin(angle)))
    across = np.array((-along[1], along[0])) * 9
    for stripe in range(14):
        ends = [pivot + along * length * part / 14 for part in (stripe, stripe + 1)]
        corners = np.array([ends[0] - across, ends[1] - across, ends[1] + across, ends[0] + across])
        colour = (52, 44, 200) if stripe % 2 else (236, 238, 240)
        cv2.fillConvexPoly(picture, np.rint(corners).astype(np.int32), colour, cv2.LINE_AA)
    cv2.rectangle(picture, (104, 424), (170, 650), (40, 150, 226), -1)
    cv2.rectangle(picture, (104, 424), (170, 440), (36, 110, 180), -1)
    cv2.rectangle(picture, (96, 640), (178, 656), (110, 114, 116), -1)


def _cabin(sprite: Sprite, paint: Colour) -> None:
    roof = np.array([(210, 60), (690, 60), (790, 300), (110, 300)], np.int32)
    cv2.fillPoly(sprite, [roof], (*paint, 255), cv2.LINE_AA)
    cv2.ellipse(sprite, (450, 66), (242, 34), 0, 180, 360, (*paint, 255), -1, cv2.LINE_AA)
    screen = np.array([(232, 84), (668, 84), (746, 278), (154, 278)], np.int32)
    cv2.fillPoly(sprite, [screen], (*_GLASS, 255), cv2.LINE_AA)
    shine = np.array([(250, 92), (380, 92), (270, 270), (176, 270)], np.int32)
    cv2.fillPoly(sprite, [shine], (120, 108, 92, 255), cv2.LINE_AA)
    for x in (66, 834):
        cv2.ellipse(sprite, (x, 262), (44, 30), 0, 0, 360, (*paint, 255), -1, cv2.LINE_AA)


def _nose(sprite: Sprite, paint: Colour) -> None:
    bonnet = np.array([(110, 290), (790, 290), (856, 400), (44, 400)], np.int32)
    light = tuple(min(255, int(c * 1.12) + 6) for c in paint)
    cv2.fillPoly(sprite, [bonnet], (*light, 255), cv2.LINE_AA)
    front = np.array([(44, 396), (856, 396), (868, 520), (850, 652), (50, 652), (32, 520)], np.int32)
    cv2.fillPoly(sprite, [front], (*paint, 255), cv2.LINE_AA)
    for crease in (((300, 296), (270, 398)), ((600, 296), (630, 398))):
        cv2.line(sprite, *crease, (*(int(c * 0.86) for c in paint), 255), 3, cv2.LINE_AA)
    skirt = np.array([(60, 618), (840, 618), (820, 664), (80, 664)], np.int32)
    cv2.fillPoly(sprite, [skirt], (*_DARK, 255), cv2.LINE_AA)


def _lamps_and_grille(sprite: Sprite) -> None:

    for side in (1, -1):
        lamp = np.array(
            [(450 - side * x, y) for x, y in ((395, 412), (240, 424), (262, 478), (388, 470))], np.int32
        )
        cv2.fillPoly(sprite, [lamp], (214, 220, 222, 255), cv2.LINE_AA)
        cv2.circle(sprite, (450 - side * 330, 446), 22, (246, 250, 250, 255), -1, cv2.LINE_AA)
        cv2.ellipse(sprite, (450 - side * 330, 588), (52, 18), 0, 0, 360, (*_DARK, 255), -1, cv2.LINE_AA)
    grille = np.array([(226, 420), (674, 420), (640, 490), (260, 490)], np.int32)
    cv2.fillPoly(sprite, [grille], (*_DARK, 255), cv2.LINE_AA)
    for y in range(432, 488, 14):
        cv2.line(sprite, (246, y), (654, y), (*_CHROME, 255), 2, cv2.LINE_AA)
    cv2.circle(sprite, (450, 452), 22, (*_CHROME, 255), -1, cv2.LINE_AA)
    cv2.circle(sprite, (450, 452), 15, (60, 60, 60, 255), 3, cv2.LINE_AA)
