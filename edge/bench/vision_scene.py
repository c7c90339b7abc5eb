"""What `menwei bench vision` looks at: a drawn scene at 1080p25, and a photograph of one face."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from edge.refusal import Refused

Picture = npt.NDArray[np.uint8]  # BGR or grey

WIDTH, HEIGHT, FPS, SECONDS = 1920, 1080, 25, 10
_GREY = 128


def draw(path: Path) -> Path:
    """Write ten seconds of a noisy yard with three things moving through it, H.264; return the path."""
    rng = np.random.default_rng(2)
    patches = rng.integers(60, 180, (HEIGHT // 40, WIDTH // 40)).astype(np.uint8)
    yard = cv2.resize(patches, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    noises = [rng.normal(0, 4, (HEIGHT, WIDTH)).astype(np.int8) for _ in range(5)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "g": "50"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        for number in range(FPS * SECONDS):
            frame = _frame(np.asarray(yard, np.uint8), noises[number % len(noises)], number)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def one_face(photographs: Path) -> Picture:
    """Return a credited photograph of one face within a 640x360 picture. Raises Refused without it."""
    path = photographs / "person_a_1.jpg"
    photograph = cv2.imread(str(path))
    if photograph is None:
        raise Refused(
            "vision.photograph_missing",
            "There is no photograph {path}: run menwei models install.",
            path=str(path),
        )
    scale = min(640 / photograph.shape[1], 360 / photograph.shape[0])
    small = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = np.full((360, 640, 3), _GREY, np.uint8)
    left = (640 - small.shape[1]) // 2
    picture[: small.shape[0], left : left + small.shape[1]] = small
    return picture


def _frame(yard: Picture, noise: npt.NDArray[np.int8], number: int) -> av.VideoFrame:
    grey = yard.copy()
    for size, speed, row in ((120, 9, 300), (200, 5, 600), (60, 14, 900)):
        left = (number * speed) % (WIDTH - size)
        grey[row : row + size, left : left + size] = 235
    noisy = cv2.add(grey, noise, dtype=cv2.CV_8U)
    planes = np.full((HEIGHT * 3 // 2, WIDTH), _GREY, np.uint8)
    planes[:HEIGHT] = noisy
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts = number
    return frame
