"""Evidence pictures: JPEG, small enough to send."""

import cv2

from edge.events import Box
from models import geometry
from models.faces.engine import Picture

LONGEST_SIDE_PX = 1280
JPEG_QUALITY = 85


def encode_jpeg(picture: Picture) -> bytes:
    """Return a BGR picture as JPEG, its longer side at most 1280 px."""
    height, width = picture.shape[:2]
    scale = LONGEST_SIDE_PX / max(height, width)
    if scale < 1:
        size = (round(width * scale), round(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(picture.dtype)
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError(f"no JPEG can be made of a picture of {width}x{height}")
    return data.tobytes()


def fractions(box: geometry.Box, width: int, height: int) -> Box:
    """Return a box in pixels as fractions of a picture's width and height, to four places."""
    return Box(
        round(box.x / width, 4),
        round(box.y / height, 4),
        round(box.width / width, 4),
        round(box.height / height, 4),
    )
