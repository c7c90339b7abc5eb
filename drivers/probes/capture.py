"""Captures of a monitoring interface, for replay: pcap files (libpcap's format, link type radiotap)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from drivers.base import Malformed, Misconfigured
from drivers.probes.dot11 import decode_packet
from drivers.probes.heard import Heard

LINK_TYPE_RADIOTAP = 127
LARGEST_PACKET_BYTES = 256 * 1024
_FILE_HEADER = "IHHiIII"
# Magic as it lies in the file: byte order, fractions of a second.
_FORMATS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
_PCAPNG = b"\x0a\x0d\x0d\x0a"


@dataclass(frozen=True, slots=True)
class Captured:
    """One packet of a capture, in its order: when (wall seconds), and the probe request that it holds.

    `heard` is None for other frames; `malformed` marks a packet that could not be read.
    """

    wall_s: float
    heard: Heard | None
    malformed: bool = False


def frames(path: Path) -> Iterator[Captured]:
    """Yield every packet of a capture file; one that is cut off ends the walk, as a power cut leaves it.

    Raises Misconfigured where this is no capture with radiotap headers.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from None
    with file:
        order, fraction_s = _format(file, path)
        yield from _packets(file, struct.Struct(order + "IIII"), fraction_s)


def _format(file: BinaryIO, path: Path) -> tuple[str, float]:
    header = file.read(struct.calcsize(_FILE_HEADER))
    magic = header[:4]
    if magic == _PCAPNG:
        raise _unusable(path, "pcapng; convert it: editcap -F pcap")
    if magic not in _FORMATS or len(header) < struct.calcsize(_FILE_HEADER):
        raise _unusable(path, "no pcap")
    order, fraction_s = _FORMATS[magic]
    link_type = struct.unpack(order + _FILE_HEADER, header)[6] & 0xFFFF
    if link_type != LINK_TYPE_RADIOTAP:
        raise _unusable(path, f"link type {link_type}, not {LINK_TYPE_RADIOTAP}")
    return order, fraction_s


def _packets(file: BinaryIO, record: struct.Struct, fraction_s: float) -> Iterator[Captured]:
    while len(head := file.read(record.size)) == record.size:
        seconds, fraction, kept, length = record.unpack(head)
        if kept > LARGEST_PACKET_BYTES:
            return
        packet = file.read(kept)
        if len(packet) < kept:
            return
        yield _captured(seconds + fraction * fraction_s, packet, whole=kept == length)


def _captured(wall_s: float, packet: bytes, *, whole: bool) -> Captured:
    try:
        return Captured(wall_s, decode_packet(packet, whole=whole))
    except Malformed:
        return Captured(wall_s, None, malformed=True)


def _unusable(path: Path, why: str) -> Misconfigured:
    return Misconfigured(
        "probe.capture_unusable",
        "{file} is no capture that can be replayed ({why}): record with radiotap headers, as pcap",
        file=path,
        why=why,
    )
