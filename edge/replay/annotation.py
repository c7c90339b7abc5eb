"""A video of what was seen: each analysed frame with its boxes, names and plates."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from edge.vision.label import Label
from models.faces.engine import Picture

# Debian's usual Chinese fonts; without any, what cannot be drawn is told by its id.
CHINESE_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)
_COLOURS = {"face": (80, 220, 100), "plate": (80, 160, 255), "person": (255, 200, 60)}
_UNTOLD = (190, 190, 190)


class Caption:
    """Writes on pictures, in Chinese where this machine has a font for it."""

    def __init__(self, names: Callable[[str], str | None], size_px: int = 18) -> None:
        found = next((f for f in CHINESE_FONTS if Path(f).is_file()), None)
        self.chinese = found is not None
        self._names = names
        self._height_px = size_px + 6
        self._font = ImageFont.truetype(found, size_px) if found else ImageFont.load_default(size_px)

    def text(self, label: Label) -> str:
        """Return what to write beside a box: a name, a plate, or the track alone."""
        if label.subject is None:
            return f"{label.what} {label.track}"
        told = self._names(label.subject) or label.subject
        if self.chinese or told.isascii():
            return told
        return label.subject if label.subject.isascii() else label.subject.encode("ascii", "replace").decode()

    def draw(self, picture: Picture, labels: Sequence[Label]) -> Picture:
        """Return a copy of a BGR picture with the labels drawn over it."""
        image = Image.fromarray(np.ascontiguousarray(picture[:, :, ::-1]))
        pen = ImageDraw.Draw(image)
        for label in labels:
            colour = _UNTOLD if label.subject is None else _COLOURS[label.what]
            left, top = label.box.x * image.width, label.box.y * image.height
            right, bottom = left + label.box.width * image.width, top + label.box.height * image.height
            pen.rectangle((left, top, right, bottom), outline=colour, width=2)
            anchor = (left, max(0.0, top - self._height_px))
            pen.rectangle(pen.textbbox(anchor, self.text(label), font=self._font), fill=(0, 0, 0))
            pen.text(anchor, self.text(label), font=self._font, fill=colour)
        return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


class AnnotatedVideo:
    """A WebM file (VP9) that grows by one picture at a time; the first one sets its size."""

    def __init__(self, path: Path, fps: float) -> None:
        self.path = path
        self._fps = Fraction(fps).limit_denominator(1000)
        self._container: Any = av.open(str(path), "w", format="webm")
        self._stream: Any = None

    def add(self, picture: Picture) -> None:
        """Append a BGR picture; one of another size is fitted to the first."""
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        if self._stream is None:
            self._stream = self._container.add_stream("libvpx-vp9", rate=self._fps)
            self._stream.width, self._stream.height = frame.width // 2 * 2, frame.height // 2 * 2
            self._stream.pix_fmt = "yuv420p"
            self._stream.options = {"deadline": "realtime", "cpu-used": "8", "crf": "34", "b": "0"}
        frame = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the file."""
        if self._stream is not None:
            self._container.mux(self._stream.encode())
        self._container.close()
