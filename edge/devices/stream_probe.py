"""Opens one stream, tells what it is, and ends. Started by `edge.devices.stream_probing`, never by hand.

What is asked for comes as JSON on standard input, so that a password stands in no process list.
"""

import sys
import time
from itertools import pairwise
from statistics import median

import msgspec

from drivers.base import DeviceError
from drivers.cameras.decoding import Decoder
from drivers.cameras.faults import fault
from drivers.cameras.packets import Session, open_session
from drivers.cameras.wiring import CameraWiring
from edge.devices.stream_probing import Asked, Failed, Stream

# So long a stretch of the stream is counted for its frame rate, and waited for after the first picture.
COUNTED_S = 1.0
COUNTED_WITHIN_S = 3.0
# A file is read as fast as it can be.
_MOST_PACKETS = 2000


def look(asked: Asked) -> Stream:
    """Open the stream and watch it for a second. Raises one of the four families."""
    wiring = CameraWiring(
        id=asked.camera,
        source=asked.source,
        username=asked.username,
        password=asked.password,
        lost_after_s=asked.lost_after_s,
    )
    began_s = time.monotonic()
    session = open_session(wiring, asked.source, time.monotonic)
    try:
        return _watched(session, asked, began_s)
    finally:
        session.close()


def _watched(session: Session, asked: Asked, began_s: float) -> Stream:
    decoder = Decoder(session.description, asked.camera)
    size, first_s = (0, 0), None
    stamps: list[float] = []
    for packet in session.packets():
        stamps.append(packet.pts_s)
        if first_s is None:
            frames = decoder.decode(packet)
            if frames:
                first_s, size = time.monotonic(), (frames[0].width, frames[0].height)
        elif _enough(stamps) or time.monotonic() - first_s > COUNTED_WITHIN_S:
            break
        if len(stamps) >= _MOST_PACKETS:
            break
    if first_s is None:
        for frame in decoder.flush()[:1]:
            first_s, size = time.monotonic(), (frame.width, frame.height)
    if first_s is None:
        raise fault("camera.no_frames", asked.camera, session.description.codec)
    return Stream(session.description.codec, *size, _rate(stamps), first_s - began_s)


def _enough(stamps: list[float]) -> bool:
    return max(stamps) - min(stamps) >= COUNTED_S


def _rate(stamps: list[float]) -> float | None:
    """Return the usual rate: packets come in the order of decoding, which leaves gaps at the end."""
    in_order = sorted(set(stamps))
    apart = [later - earlier for earlier, later in pairwise(in_order)]
    return 1 / median(apart) if apart else None


def main() -> None:
    """Answer what standard input asks."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    told: Stream | Failed
    try:
        told = look(asked)
    except DeviceError as error:
        told = _failed(error)
    except Exception as error:  # noqa: BLE001 - FFmpeg's own text may hold the password: keep the kind only
        told = _failed(fault("camera.unexpected", asked.camera, type(error).__name__))
    sys.stdout.buffer.write(msgspec.json.encode(told))


def _failed(error: DeviceError) -> Failed:
    return Failed(error.family, error.key, str(error), {name: str(v) for name, v in error.values.items()})


if __name__ == "__main__":
    main()
