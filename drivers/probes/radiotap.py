"""The radiotap header that a monitoring interface puts before each 802.11 frame (radiotap.org, version 0)."""

import struct
from dataclasses import dataclass
from functools import lru_cache

from drivers.probes.heard import malformed

_PREAMBLE = struct.Struct("<BxHI")
_WORD = struct.Struct("<I")
_MORE_WORDS = 1 << 31
# Bit: (alignment, size), in the order of the bits, up to the last one that is read here.
_FIELDS = ((8, 8), (1, 1), (1, 1), (2, 4), (2, 2), (1, 1))
_READ = (1 << len(_FIELDS)) - 1
_FLAGS_BIT, _CHANNEL_BIT, _SIGNAL_BIT = 1, 3, 5
_FCS_AT_END = 0x10
_BAD_FCS = 0x40


@dataclass(frozen=True, slots=True)
class Radiotap:
    """What the header tells; `used` is its length in bytes."""

    used: int
    rssi_dbm: int | None
    channel_mhz: int | None
    fcs_at_end: bool
    bad_fcs: bool


def decode_radiotap(packet: bytes) -> Radiotap:
    """Return what the header at the start of `packet` tells. Raises Malformed."""
    if len(packet) < _PREAMBLE.size:
        raise malformed("radiotap")
    version, length, present = _PREAMBLE.unpack_from(packet)
    if version != 0 or not _PREAMBLE.size <= length <= len(packet):
        raise malformed("radiotap")
    flags_at, channel_at, signal_at, end = _places(_start(packet, length, present), present & _READ)
    if end > length:
        raise malformed("radiotap")
    flags = packet[flags_at] if flags_at else 0
    signal = packet[signal_at] if signal_at else None
    return Radiotap(
        length,
        None if signal is None else signal - 256 if signal > 127 else signal,
        packet[channel_at] | packet[channel_at + 1] << 8 if channel_at else None,
        bool(flags & _FCS_AT_END),
        bool(flags & _BAD_FCS),
    )


def _start(packet: bytes, length: int, present: int) -> int:
    """Return where the fields begin: behind as many words as announce another one."""
    at = _PREAMBLE.size
    while present & _MORE_WORDS:
        if at + _WORD.size > length:
            raise malformed("radiotap")
        (present,) = _WORD.unpack_from(packet, at)
        at += _WORD.size
    return at


@lru_cache(maxsize=1024)
def _places(at: int, present: int) -> tuple[int, int, int, int]:
    """Return where flags, channel and signal lie (0: absent), and where the fields that are read end."""
    places = dict.fromkeys(range(len(_FIELDS)), 0)
    for bit, (alignment, size) in enumerate(_FIELDS):
        if present & 1 << bit:
            at += -at % alignment
            places[bit] = at
            at += size
    return places[_FLAGS_BIT], places[_CHANNEL_BIT], places[_SIGNAL_BIT], at
