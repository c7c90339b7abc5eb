"""The slave's side of Modbus RTU, from the standard and not from our driver: requests in, replies out."""

import struct
from dataclasses import dataclass

ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3

_FIXED = 8
_MULTIPLE = (15, 16)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: `value` is a count for reads, the value for single writes; `data` holds several values."""

    unit: int
    function: int
    address: int
    value: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a buffer begins with: a request, noise (None) of `used` bytes, or nothing whole yet (used 0)."""

    asked: Asked | None
    used: int


def crc16(data: bytes) -> bytes:
    """Return the CRC-16/MODBUS of `data`, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return struct.pack("<H", crc)


def parse(buffer: bytes) -> Parsed:
    """Return what `buffer` begins with; a frame with a wrong checksum is noise to its end."""
    if len(buffer) < _FIXED:
        return Parsed(None, 0)
    length = _FIXED
    if buffer[1] in _MULTIPLE:
        length = 9 + buffer[6]
        if len(buffer) < length:
            return Parsed(None, 0)
    frame = buffer[:length]
    if crc16(frame[:-2]) != frame[-2:]:
        return Parsed(None, length)
    unit, function, address, value = struct.unpack(">BBHH", frame[:6])
    return Parsed(Asked(unit, function, address, value, frame[7:-2]), length)


def bits_reply(asked: Asked, bits: list[bool]) -> bytes:
    """Return the reply to functions 01 and 02."""
    packed = bytearray((len(bits) + 7) // 8)
    for i, bit in enumerate(bits):
        packed[i // 8] |= bit << i % 8
    return _sealed(bytes([asked.unit, asked.function, len(packed)]) + packed)


def registers_reply(asked: Asked, registers: list[int]) -> bytes:
    """Return the reply to functions 03 and 04."""
    payload = struct.pack(f">{len(registers)}H", *registers)
    return _sealed(bytes([asked.unit, asked.function, len(payload)]) + payload)


def echo(asked: Asked) -> bytes:
    """Return the reply to functions 05, 06, 15 and 16."""
    return _sealed(struct.pack(">BBHH", asked.unit, asked.function, asked.address, asked.value))


def exception(asked: Asked, code: int) -> bytes:
    """Return the reply that refuses a request."""
    return _sealed(bytes([asked.unit, asked.function | 0x80, code]))


def _sealed(body: bytes) -> bytes:
    return body + crc16(body)
