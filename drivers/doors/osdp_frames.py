"""OSDP frames (IEC 60839-11-5): bytes in, frames out, and back."""

from dataclasses import dataclass
from enum import IntEnum

from drivers.base import Malformed
from drivers.doors.faults import fault

START = 0x53
_REPLY = 0x80
_CRC = 0x04
_SECURED = 0x08
_HEADER = 5
MAX_FRAME = 1440
# Security blocks that carry a message authentication code of 4 bytes.
_AUTHENTICATED = range(0x15, 0x19)


class Command(IntEnum):
    """What the control panel says."""

    POLL = 0x60
    ID = 0x61
    CAP = 0x62
    LSTAT = 0x64
    ISTAT = 0x65
    OSTAT = 0x66
    OUT = 0x68
    LED = 0x69
    BUZ = 0x6A
    TEXT = 0x6B
    KEYSET = 0x75
    CHLNG = 0x76
    SCRYPT = 0x77


class Reply(IntEnum):
    """What the reader answers."""

    ACK = 0x40
    NAK = 0x41
    PDID = 0x45
    PDCAP = 0x46
    LSTATR = 0x48
    ISTATR = 0x49
    OSTATR = 0x4A
    RAW = 0x50
    KEYPAD = 0x53
    CCRYPT = 0x76
    RMAC_I = 0x78
    BUSY = 0x79


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `security` is the type byte of its security block and what follows it there, or empty.

    `mac` is empty where the block promises a code and there is no room for one: some panels mark the very
    first poll as secured, before there is a session.
    """

    address: int
    reply: bool
    sequence: int
    code: int
    data: bytes = b""
    security: bytes = b""
    mac: bytes = b""
    crc: bool = True


@dataclass(frozen=True, slots=True)
class Scanned:
    """The whole frames found in a stretch of bytes, what is left for later, and how many were broken."""

    frames: tuple[Frame, ...]
    rest: bytes
    malformed: int


def crc16(data: bytes) -> int:
    """Return the checksum of IEC 60839-11-5: CRC-16 with polynomial 0x1021 that starts at 0x1D0F."""
    crc = 0x1D0F
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _TABLE[crc >> 8 ^ byte]
    return crc


def unsealed(frame: Frame) -> bytes:
    """Return the frame's bytes up to where its authentication code or its checksum follows."""
    return _body(frame, 4 if _authenticated(frame.security) else 0)


def encode(frame: Frame) -> bytes:
    """Return the frame's bytes, with `mac` as it is."""
    body = _body(frame, len(frame.mac)) + frame.mac
    return body + (crc16(body).to_bytes(2, "little") if frame.crc else bytes([-sum(body) & 0xFF]))


def decode(raw: bytes) -> Frame:
    """Return the one frame that `raw` is. Raises Malformed."""
    if len(raw) < _HEADER + 2 or raw[0] != START:
        raise _broken("too short or without start")
    if int.from_bytes(raw[2:4], "little") != len(raw):
        raise _broken("its length is not what it says")
    control = raw[4]
    body = raw[:-2] if control & _CRC else raw[:-1]
    if not _intact(raw, body, crc=bool(control & _CRC)):
        raise _broken("its checksum is wrong")
    security, start = _security_block(body) if control & _SECURED else (b"", _HEADER)
    if start >= len(body):
        raise _broken("there is nothing in it")
    mac = 4 if _authenticated(security) and len(body) - start > 4 else 0
    end = len(body) - mac
    return Frame(
        address=raw[1] & 0x7F,
        reply=bool(raw[1] & _REPLY),
        sequence=control & 0x03,
        code=body[start],
        data=body[start + 1 : end],
        security=security,
        mac=body[end:],
        crc=bool(control & _CRC),
    )


def scan(stretch: bytes) -> Scanned:
    """Return the frames in `stretch`, passing over whatever is none. `rest` never exceeds one frame."""
    frames: list[Frame] = []
    malformed = 0
    position = 0
    while (position := stretch.find(START, position)) >= 0:
        size = int.from_bytes(stretch[position + 2 : position + 4], "little")
        if len(stretch) - position < 4:
            return Scanned(tuple(frames), stretch[position:], malformed)
        if not _HEADER + 2 <= size <= MAX_FRAME:
            malformed, position = malformed + 1, position + 1
            continue
        if len(stretch) - position < size:
            return Scanned(tuple(frames), stretch[position:], malformed)
        try:
            frames.append(decode(stretch[position : position + size]))
            position += size
        except Malformed:
            malformed, position = malformed + 1, position + 1
    return Scanned(tuple(frames), b"", malformed)


def _body(frame: Frame, mac: int) -> bytes:
    control = frame.sequence | (_CRC if frame.crc else 0) | (_SECURED if frame.security else 0)
    block = bytes([len(frame.security) + 1]) + frame.security if frame.security else b""
    size = _HEADER + len(block) + 1 + len(frame.data) + mac + (2 if frame.crc else 1)
    address = frame.address | (_REPLY if frame.reply else 0)
    header = bytes([START, address]) + size.to_bytes(2, "little") + bytes([control])
    return header + block + bytes([frame.code]) + frame.data


def _security_block(body: bytes) -> tuple[bytes, int]:
    size = body[_HEADER] if len(body) > _HEADER else 0
    if size < 2 or _HEADER + size > len(body):
        raise _broken("its security block is wrong")
    return body[_HEADER + 1 : _HEADER + size], _HEADER + size


def _authenticated(security: bytes) -> bool:
    return bool(security) and security[0] in _AUTHENTICATED


def _intact(raw: bytes, body: bytes, *, crc: bool) -> bool:
    if crc:
        return crc16(body) == int.from_bytes(raw[-2:], "little")
    return sum(raw) & 0xFF == 0


def _broken(detail: str) -> Exception:
    return fault("door.garbled", "OSDP", detail)


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
        table.append(value)
    return tuple(table)


_TABLE = _table()
