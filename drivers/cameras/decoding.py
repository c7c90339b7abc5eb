"""Decoding: compressed packets in, frames out. The grey picture costs no copy, colour only what is asked."""

from dataclasses import dataclass, field
from typing import Any

import av
import av.error
import cv2
import numpy as np
import numpy.typing as npt

from drivers.base import DeviceError
from drivers.cameras.faults import FAILURES, fault
from drivers.cameras.packets import Description, Packet

_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
# Formats whose first plane is 8-bit luma, one byte a pixel.
_LUMA_FIRST = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture.

    `pts_s` is the stream's time and `mono_s` the monotonic time at which its packet came in, in seconds.
    `luma` is the grey picture, shape (height, width), uint8: a read-only view into the decoder's own
    memory, valid as long as it is held.
    """

    pts_s: float
    mono_s: float
    luma: npt.NDArray[np.uint8]
    width: int
    height: int
    is_key: bool
    picture: Any = field(repr=False)

    def bgr(self) -> npt.NDArray[np.uint8]:
        """Return the picture in colour, BGR, shape (height, width, 3); converted anew on each call."""
        if _plain_i420(self.picture):
            return np.asarray(cv2.cvtColor(self.picture.to_ndarray(), cv2.COLOR_YUV2BGR_I420), np.uint8)
        return np.asarray(self.picture.to_ndarray(format="bgr24"), np.uint8)


class Decoder:
    """Decodes the packets of one session in order, on one thread.

    Packets before the first key frame are passed over. What cannot be decoded is counted in `malformed`
    and left out. Raises Misconfigured when FFmpeg has no decoder for the stream.
    """

    def __init__(self, description: Description, camera: str) -> None:
        self._context = _context(description, camera)
        self._synchronised = False
        self.malformed = 0

    def decode(self, packet: Packet) -> list[Frame]:
        """Return the frames that became ready with this packet: mostly one, none while frames reorder."""
        if not (self._synchronised or packet.is_key):
            return []
        self._synchronised = True
        return self._ready(packet.payload)

    def flush(self) -> list[Frame]:
        """Return the frames that were held back for reordering; the decoder is done then."""
        return self._ready(None)

    def _ready(self, payload: Any) -> list[Frame]:
        try:
            pictures = self._context.decode(payload)
        except FAILURES:
            self.malformed += 1
            return []
        whole = [p for p in pictures if not p.is_corrupt]
        self.malformed += len(pictures) - len(whole)
        return [_frame(p) for p in whole]


def _frame(picture: Any) -> Frame:
    pts_s, arrival_s = picture.opaque
    return Frame(
        pts_s=pts_s,
        mono_s=arrival_s,
        luma=_luma(picture),
        width=picture.width,
        height=picture.height,
        is_key=bool(picture.key_frame),
        picture=picture,
    )


def _context(description: Description, camera: str) -> Any:
    failure: DeviceError
    try:
        context = av.CodecContext.create(description.codec, "r")
    except FAILURES:
        failure = fault("camera.unsupported_codec", camera, description.codec or "unknown codec")
    else:
        if description.extradata:
            context.extradata = description.extradata
        # One thread a camera: frame threads would hold pictures back and hide their cost.
        context.thread_count = 1
        context.copy_opaque = True
        return context
    raise failure


def _luma(picture: Any) -> npt.NDArray[np.uint8]:
    if picture.format.name not in _LUMA_FIRST:
        picture = picture.reformat(format="yuv420p")
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    view = rows[: picture.height, : picture.width]
    view.flags.writeable = False
    return view


def _plain_i420(picture: Any) -> bool:
    """Whether OpenCV's converter fits: video range, even sizes, planar 4:2:0."""
    return bool(
        picture.format.name == "yuv420p"
        and picture.color_range != _FULL_RANGE
        and picture.width % 2 == 0
        and picture.height % 2 == 0
    )
