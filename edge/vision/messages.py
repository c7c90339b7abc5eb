"""What controller and vision worker say to each other over the worker's pipe, and how it is framed.

A frame is a length (4 bytes, big-endian) and a MessagePack message. Templates and passwords travel only
here, from memory to memory.
"""

from typing import Literal

import msgspec

from drivers.base import Malformed
from edge.events import Report

LONGEST_MESSAGE = 64 << 20


class Gallery(msgspec.Struct, frozen=True, tag=True):
    """Whom the worker may recognise: row i of `templates` (float32, little-endian) is `subjects[i]`."""

    engine: str
    dimension: int
    subjects: tuple[str, ...] = ()
    templates: bytes = b""


class Task(msgspec.Struct, frozen=True, tag=True):
    """What a worker is to watch. `site` is the site file's content as JSON; passwords by camera."""

    site: str
    cameras: tuple[str, ...]
    passwords: dict[str, str]
    weights: str
    gallery: Gallery


class Challenge(msgspec.Struct, frozen=True, tag=True):
    """Who is seen as `subject` on a camera's track must turn the head to these sides to be let in at `door`.

    FaceProven or FaceUnproven is the answer. Asked at `issued_s` (monotonic); `similarity` is what a frontal
    view needs to be recognised.
    """

    camera: str
    track: int
    door: str
    subject: str
    turns: tuple[Literal["left", "right"], ...]
    similarity: float
    issued_s: float


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End in good order."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """All weights are loaded and all cameras started."""

    pid: int


class CameraState(msgspec.Struct, frozen=True):
    """A camera's health at a heartbeat; ages in seconds, None before the first; `reason` a catalogue key."""

    state: str
    last_packet_age_s: float | None
    last_frame_age_s: float | None
    frames: int
    malformed: int
    reconnects: int
    reason: str | None = None
    detail: str = ""


class Heartbeat(msgspec.Struct, frozen=True, tag=True):
    """The worker's loop turned at `mono_s`."""

    mono_s: float
    rss_bytes: int
    cameras: dict[str, CameraState]


class Reported(msgspec.Struct, frozen=True, tag=True):
    """Observations of one turn."""

    reports: tuple[Report, ...]


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The worker cannot do its task: a catalogue key with values, and the English sentence."""

    key: str
    sentence: str
    values: dict[str, str]


Message = Gallery | Task | Challenge | Stop | Ready | Heartbeat | Reported | Failed

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode(message: Message) -> bytes:
    """Return the message as one frame."""
    body = _encoder.encode(message)
    return len(body).to_bytes(4, "big") + body


def decode(buffer: bytes | bytearray) -> tuple[Message | None, int]:
    """Return the first message of `buffer` and the bytes it used; (None, 0) while it is incomplete."""
    if len(buffer) < 4:
        return None, 0
    length = int.from_bytes(buffer[:4], "big")
    if length > LONGEST_MESSAGE:
        raise Malformed("vision.message_too_long", "a message of {length} bytes is too long", length=length)
    if len(buffer) < 4 + length:
        return None, 0
    try:
        return _decoder.decode(bytes(buffer[4 : 4 + length])), 4 + length
    except msgspec.MsgspecError as error:
        raise Malformed("vision.message_broken", "a message cannot be read: {why}", why=str(error)) from error
