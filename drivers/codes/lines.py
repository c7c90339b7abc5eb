"""What serial QR scanners send for a code: its text in UTF-8, ended by CR, LF or both."""

import re
from dataclasses import dataclass, field

from drivers.base import Malformed

LONGEST_LINE_BYTES = 512
_ENDS = re.compile(rb"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Codes:
    """What a buffer held: the texts in their order, broken lines, and how many bytes were used.

    `skipping` says that the buffer ends within a line that was given up as too long.
    """

    texts: tuple[str, ...] = field(repr=False)
    malformed: int
    used: int
    skipping: bool = False


def decode_code(line: bytes) -> str:
    """Return the text of one line without its end. Raises Malformed, which never holds the text."""
    if len(line) > LONGEST_LINE_BYTES:
        raise _malformed("too long")
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError:
        broken = True
    else:
        broken = not text.isprintable()
    if broken:
        # Out of the handler: the error would bring the bytes along.
        raise _malformed("not text")
    if not text:
        raise _malformed("empty")
    return text


def decode_codes(buffer: bytes, *, skipping: bool = False) -> Codes:
    """Decode the lines of a buffer that follows one which ended `skipping` or not. Never raises.

    An unfinished line is left unused while it can be a code; the end of a longer one is no code either.
    """
    ends = list(_ENDS.finditer(buffer))
    used = ends[-1].end() if ends else 0
    lines = _ENDS.split(buffer[:used])[:-1] if ends else []
    if skipping and lines:
        lines, skipping = lines[1:], False
    texts, broken = _decoded([line for line in lines if line])
    if skipping:
        return Codes(texts, broken, len(buffer), skipping=True)
    if len(buffer) - used > LONGEST_LINE_BYTES:
        return Codes(texts, broken + 1, len(buffer), skipping=True)
    return Codes(texts, broken, used)


def _decoded(lines: list[bytes]) -> tuple[tuple[str, ...], int]:
    texts: list[str] = []
    broken = 0
    for line in lines:
        try:
            texts.append(decode_code(line))
        except Malformed:
            broken += 1
    return tuple(texts), broken


def _malformed(what: str) -> Malformed:
    return Malformed("code_scanner.malformed", "a scanner sent what is no code ({what})", what=what)
