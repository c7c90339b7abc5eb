"""Text lines of TZ00x probes: `MAC|BSSID|type|subtype|channel|rssi`, type and subtype in hexadecimal.

80:56:F2:7B:47:1D|FF:FF:FF:FF:FF:FF|00|04|12|-88
"""

import re
from dataclasses import dataclass

from drivers.base import Malformed
from drivers.probes.heard import Heard, heard, malformed

# A line has 49 characters; a probe that never ends one has lost its mind or its baud rate.
LONGEST_LINE_BYTES = 128
_OCTETS = rb"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"
_LINE = re.compile(
    rb"(" + _OCTETS + rb")\|" + _OCTETS + rb"\|([0-9A-Fa-f]{2})\|([0-9A-Fa-f]{2})\|\d{1,3}\|(-?\d{1,3})"
)
# IEEE 802.11-2020, table 9-1: management frame, probe request.
_PROBE_REQUEST = (b"00", b"04")


@dataclass(frozen=True, slots=True)
class Lines:
    """What a buffer held: probe requests, other frames, broken lines, and how many bytes were used."""

    heard: tuple[Heard, ...]
    others: int
    malformed: int
    used: int


def decode_line(line: bytes) -> Heard | None:
    """Return what one line without its end tells, None for a frame that is no probe request.

    Raises Malformed.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise malformed("line")
    address, kind, subtype, rssi = match.groups()
    if (kind, subtype) != _PROBE_REQUEST:
        return None
    return heard(bytes.fromhex(address.replace(b":", b"").decode("ascii")), int(rssi))


def decode_lines(buffer: bytes, *, ended: bool = False) -> Lines:
    """Decode the lines of a buffer; `ended` says that nothing follows, as in a datagram.

    Never raises. An unfinished line is left unused until it is longer than any line can be.
    """
    end = len(buffer) if ended else buffer.rfind(b"\n") + 1
    if end == 0 and len(buffer) > LONGEST_LINE_BYTES:
        return Lines((), 0, 1, len(buffer))
    found: list[Heard] = []
    others = broken = 0
    for line in buffer[:end].splitlines():
        if not line.strip():
            continue
        try:
            one = decode_line(line.strip())
        except Malformed:
            broken += 1
            continue
        if one is None:
            others += 1
        else:
            found.append(one)
    return Lines(tuple(found), others, broken, end)
