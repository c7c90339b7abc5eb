"""Probe requests among 802.11 frames (IEEE 802.11-2020, 9.3.3): who asked and how loud, and nothing else."""

import zlib

from drivers.probes.heard import Heard, heard, malformed
from drivers.probes.radiotap import decode_radiotap

_PROBE_REQUEST = 0x40
_VERSION = 0x03
_HEADER_BYTES = 24
_SOURCE = slice(10, 16)
_FCS_BYTES = 4


def decode_packet(packet: bytes, *, whole: bool = True) -> Heard | None:
    """Return who asked in a packet of radiotap and 802.11; None for every frame but a probe request.

    `whole` is False where the capture cut the packet's end off, and with it the checksum. A packet is used
    entirely. Raises Malformed, also for a frame whose checksum is wrong: its address would be nobody's.
    """
    radiotap = decode_radiotap(packet)
    if radiotap.bad_fcs:
        raise malformed("fcs")
    end = len(packet)
    if radiotap.fcs_at_end and whole:
        end -= _FCS_BYTES
        _require_fcs(packet[radiotap.used : end], packet[end:])
    return decode_frame(packet[radiotap.used : end], radiotap.rssi_dbm)


def decode_frame(frame: bytes, rssi_dbm: int | None) -> Heard | None:
    """Return who asked in a frame without its checksum; None where it is no probe request.

    Raises Malformed.
    """
    if len(frame) < 2 or frame[0] & _VERSION:
        raise malformed("frame")
    if frame[0] != _PROBE_REQUEST:
        return None
    if len(frame) < _HEADER_BYTES:
        raise malformed("frame")
    return heard(frame[_SOURCE], rssi_dbm)


def _require_fcs(frame: bytes, fcs: bytes) -> None:
    if len(fcs) != _FCS_BYTES or zlib.crc32(frame) != int.from_bytes(fcs, "little"):
        raise malformed("fcs")
