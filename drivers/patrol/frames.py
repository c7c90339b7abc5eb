"""What serial RFID readers send for a tag.

`id12`: STX, ten hexadecimal digits, two of checksum (the XOR of the five bytes), ETX; ID-12 and ID-20 put
CR LF before ETX, RDM6300 does not. `line`: Wiegand-to-UART converters end a tag with CR or LF: hexadecimal or
decimal digits, or `facility,number`, some between STX and ETX. A line has no checksum: ask for several reads
that agree.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Literal

from drivers.base import Malformed

Format = Literal["id12", "line"]

LONGEST_FRAME_BYTES = 64
_STX, _ETX = b"\x02", b"\x03"
_ID12 = re.compile(rb"([0-9A-Fa-f]{10})([0-9A-Fa-f]{2})(?:\r\n)?")
_LINE = re.compile(rb"[0-9A-Fa-f]{4,16}|\d{1,5},\d{1,8}")
_LINE_ENDS = re.compile(rb"[\r\n\x02\x03]+")


@dataclass(frozen=True, slots=True)
class Tags:
    """What a buffer held: the tags in their order, broken frames, and how many bytes were used."""

    tags: tuple[str, ...]
    malformed: int
    used: int


def decode_id12(frame: bytes) -> str:
    """Return the tag of what stands between STX and ETX, as ten upper-case digits. Raises Malformed."""
    match = _ID12.fullmatch(frame)
    if match is None:
        raise _malformed("frame")
    digits, checksum = match.groups()
    if reduce(xor, bytes.fromhex(digits.decode("ascii"))) != int(checksum, 16):
        raise _malformed("checksum")
    return digits.decode("ascii").upper()


def decode_line(line: bytes) -> str:
    """Return the tag of one line without its end, in upper case. Raises Malformed."""
    if not _LINE.fullmatch(line):
        raise _malformed("line")
    return line.decode("ascii").upper()


def decode_tags(buffer: bytes, kind: Format) -> Tags:
    """Decode the frames of a buffer. Never raises; an unfinished frame is left unused while it can be one."""
    tags = _id12_tags(buffer) if kind == "id12" else _line_tags(buffer)
    if len(buffer) - tags.used > LONGEST_FRAME_BYTES:
        return Tags(tags.tags, tags.malformed + 1, len(buffer))
    return tags


def _id12_tags(buffer: bytes) -> Tags:
    end = buffer.rfind(_ETX) + 1
    tail = buffer.find(_STX, end)
    # What follows the last ETX is the beginning of a frame, or noise without one.
    used = len(buffer) if tail < 0 else tail
    # A frame begins at the last STX before its end: the ones before are what was left of broken frames.
    ends = buffer[:end].split(_ETX)[:-1]
    return _decoded([part.rpartition(_STX)[2] for part in ends], decode_id12, used)


def _line_tags(buffer: bytes) -> Tags:
    ends = list(_LINE_ENDS.finditer(buffer))
    used = ends[-1].end() if ends else 0
    lines = [line.strip() for line in _LINE_ENDS.split(buffer[:used])]
    return _decoded([line for line in lines if line], decode_line, used)


def _decoded(parts: list[bytes], decode: Callable[[bytes], str], used: int) -> Tags:
    tags: list[str] = []
    broken = 0
    for part in parts:
        try:
            tags.append(decode(part))
        except Malformed:
            broken += 1
    return Tags(tuple(tags), broken, used)


def _malformed(what: str) -> Malformed:
    return Malformed("patrol_reader.malformed", "a reader sent what is no tag ({what})", what=what)
