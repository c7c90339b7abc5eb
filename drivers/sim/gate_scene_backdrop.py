"""What stands still in the simulated gate: sky, houses, wall, path, road; and the noise of the sensor."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]  # BGR, shape (height, width, 3)
Mask = npt.NDArray[np.uint8]  # 255 where it covers, shape (height, width)

FACE_SIZE = (960, 540)  # width, height of the footpath camera
PLATE_SIZE = (1280, 720)  # width, height of the lane camera
_NOISE_FIELDS = 4
_NOISE_MARGIN = 64


def footpath() -> tuple[Picture, Mask]:
    """Return the view down the footpath, and the wall's left part behind which people come forth."""
    wide, high = FACE_SIZE
    picture = _sky(wide, high, horizon=215)
    _houses(picture, ((330, 30, 150, 215), (600, 10, 200, 215), (505, 100, 80, 215)))
    _trees(picture, ((345, 170, 70), (590, 175, 55), (690, 150, 75)), seed=3)
    _ground(picture, 215, (168, 176, 180), seed=5)
    _paving(picture, 215)
    for left, right in ((0, 262), (742, wide)):
        _bricks(picture, left, 62, right, high)
    for left in (250, 702):
        _post(picture, left, 36, left + 56, high)
    _fence_leaf(picture, 640, 90, 702, 500)
    cover = np.zeros((high, wide), np.uint8)
    cv2.rectangle(cover, (0, 54), (262, high), 255, -1)
    cv2.rectangle(cover, (244, 20), (312, 36), 255, -1)
    cv2.rectangle(cover, (250, 36), (305, high), 255, -1)
    return _textured(picture, seed=7), cover


def lane() -> Picture:
    """Return the view down the vehicles' lane, without its barrier's arm."""
    wide, high = PLATE_SIZE
    picture = _sky(wide, high, horizon=250)
    _houses(picture, ((60, 20, 210, 250), (930, 0, 260, 250), (470, 110, 150, 250)))
    _trees(picture, ((330, 190, 95), (760, 190, 80), (880, 170, 90), (30, 210, 80)), seed=11)
    _ground(picture, 250, (120, 136, 128), seed=13)
    road = np.array([(600, 250), (690, 250), (1280, 720), (10, 720)], np.int32)
    cv2.fillPoly(picture, [road], (104, 102, 100))
    for x_far, x_near in ((600, 10), (690, 1280)):
        cv2.line(picture, (x_far, 250), (x_near, 720), (205, 210, 212), 5, cv2.LINE_AA)
    cv2.fillPoly(
        picture, [np.array([(40, 690), (1250, 690), (1268, 708), (22, 708)], np.int32)], (210, 214, 216)
    )
    _booth(picture)
    return _textured(picture, seed=17)


def fence() -> Picture:
    """Return the view along the compound's wall from inside: bricks, posts and the wires of the fence."""
    wide, high = FACE_SIZE
    picture = _sky(wide, high, horizon=150)
    _houses(picture, ((70, 40, 160, 150), (640, 20, 220, 150)))
    _trees(picture, ((300, 130, 60), (470, 135, 75), (560, 130, 55)), seed=19)
    _ground(picture, 330, (150, 162, 158), seed=23)
    _bricks(picture, 0, 150, wide, 330)
    for x in range(40, wide, 175):
        _post(picture, x, 62, x + 12, 150)
    for wire in range(6):
        y = 72 + 12 * wire
        cv2.line(picture, (0, y), (wide, y), (90, 92, 96), 1, cv2.LINE_AA)
    return _textured(picture, seed=29)


@dataclass(frozen=True, slots=True)
class SensorNoise:
    """A camera's noise as fields larger than the picture, which looks at another part of them each frame."""

    brighter: tuple[Picture, ...]
    darker: tuple[Picture, ...]

    def on(self, picture: Picture, frame: int) -> Picture:
        """Return the picture as the sensor gives it in that frame; the same frame, the same noise."""
        field = frame % _NOISE_FIELDS
        high, wide = picture.shape[:2]
        top, left = (frame * 37) % _NOISE_MARGIN, (frame * 101) % _NOISE_MARGIN
        part = (slice(top, top + high), slice(left, left + wide))
        up, down = self.brighter[field][part], self.darker[field][part]
        return np.asarray(cv2.subtract(cv2.add(picture, up), down), dtype=np.uint8)


def sensor_noise(size: tuple[int, int], deviation: float, seed: int) -> SensorNoise:
    """Return the noise of a sensor of `size` (width, height) with that standard deviation in grey levels."""
    random = np.random.default_rng(seed)
    shape = (_NOISE_FIELDS, size[1] + _NOISE_MARGIN, size[0] + _NOISE_MARGIN)
    fields = random.normal(0, deviation, shape).round()
    colour = np.repeat(fields[..., None], 3, axis=3)
    brighter = np.clip(colour, 0, 255).astype(np.uint8)
    darker = np.clip(-colour, 0, 255).astype(np.uint8)
    return SensorNoise(tuple(brighter), tuple(darker))


def _sky(wide: int, high: int, horizon: int) -> Picture:
    down = np.clip(np.arange(high) / horizon, 0, 1)[:, None]
    colour = np.array((214, 190, 166)) * (1 - down) + np.array((232, 226, 218)) * down
    return np.repeat(colour[:, None, :], wide, axis=1).astype(np.uint8)


def _houses(picture: Picture, houses: tuple[tuple[int, int, int, int], ...]) -> None:
    for number, (left, top, wide, bottom) in enumerate(houses):
        wall = (176 - 8 * number, 190 - 6 * number, 200 - 4 * number)
        cv2.rectangle(picture, (left, top), (left + wide, bottom), wall, -1)
        for x in range(left + 12, left + wide - 16, 26):
            for y in range(top + 12, bottom - 14, 24):
                cv2.rectangle(picture, (x, y), (x + 13, y + 14), (142, 128, 112), -1)
    picture[:] = cv2.GaussianBlur(picture, (0, 0), 1.2)


def _trees(picture: Picture, trees: tuple[tuple[int, int, int], ...], seed: int) -> None:
    random = np.random.default_rng(seed)
    for x, y, size in trees:
        cv2.rectangle(picture, (x - 4, y), (x + 4, 262), (52, 70, 84), -1)
        for _ in range(70):
            dx, dy = random.normal(0, size * 0.36, 2)
            green = int(random.integers(84, 134))
            centre = (int(x + dx), int(y - size * 0.35 + dy * 0.7))
            cv2.circle(
                picture, centre, int(random.integers(6, 15)), (green // 2 + 12, green, green * 2 // 3), -1
            )


def _ground(picture: Picture, horizon: int, colour: tuple[int, int, int], seed: int) -> None:
    high, wide = picture.shape[:2]
    near = np.linspace(0.9, 1.06, high - horizon)[:, None, None]
    grain = np.random.default_rng(seed).normal(0, 5, (high - horizon, wide, 1))
    picture[horizon:] = np.clip(np.array(colour) * near + grain, 0, 255).astype(np.uint8)


def _paving(picture: Picture, horizon: int) -> None:
    high, wide = picture.shape[:2]
    for step in range(1, 12):
        y = horizon + int((high - horizon) / step)
        cv2.line(picture, (0, y), (wide, y), (146, 154, 158), 1, cv2.LINE_AA)
    for x in range(-1600, 2600, 180):
        cv2.line(picture, (500, horizon), (x, high), (146, 154, 158), 1, cv2.LINE_AA)


def _bricks(picture: Picture, left: int, top: int, right: int, bottom: int) -> None:
    random = np.random.default_rng(left + 1)
    cv2.rectangle(picture, (left, top), (right, bottom), (150, 158, 164), -1)
    for row, y in enumerate(range(top, bottom, 26)):
        for x in range(left - 36 * (row % 2), right, 72):
            tone = random.integers(-14, 14)
            colour = (int(86 + tone), int(104 + tone), int(152 + tone))
            corner = (min(x + 68, right), min(y + 22, bottom))
            cv2.rectangle(picture, (max(x, left), y), corner, colour, -1)
    cv2.rectangle(picture, (left, top - 8), (right, top), (186, 192, 196), -1)


def _post(picture: Picture, left: int, top: int, right: int, bottom: int) -> None:
    shade = np.linspace(1.08, 0.78, right - left)[None, :, None]
    picture[top:bottom, left:right] = (np.array((182, 190, 196)) * shade).astype(np.uint8)
    cv2.rectangle(picture, (left - 6, top - 16), (right + 6, top), (150, 158, 162), -1)
    cv2.rectangle(picture, (left, bottom - 18), (right, bottom), (128, 136, 140), -1)


def _fence_leaf(picture: Picture, left: int, top: int, right: int, bottom: int) -> None:
    for x in range(left, right, 8):
        cv2.line(picture, (x, top), (x, bottom), (58, 60, 62), 2, cv2.LINE_AA)
    for y in (top, (top + bottom) // 2, bottom):
        cv2.line(picture, (left, y), (right, y), (58, 60, 62), 3, cv2.LINE_AA)


def _booth(picture: Picture) -> None:
    cv2.rectangle(picture, (1080, 215), (1262, 560), (196, 200, 202), -1)
    cv2.rectangle(picture, (1100, 262), (1244, 390), (138, 120, 96), -1)
    cv2.line(picture, (1172, 262), (1172, 390), (196, 200, 202), 5)
    cv2.rectangle(picture, (1066, 196), (1276, 218), (96, 84, 176), -1)
    cv2.rectangle(picture, (1080, 540), (1262, 562), (140, 146, 148), -1)


def _textured(picture: Picture, seed: int) -> Picture:
    rough = np.random.default_rng(seed).normal(0, 3.0, picture.shape[:2]).astype(np.float32)
    rough = np.asarray(cv2.GaussianBlur(rough, (0, 0), 0.8), dtype=np.float32)
    rougher = np.clip(picture.astype(np.float32) + rough[..., None], 0, 255)
    return np.asarray(rougher, dtype=np.uint8)
