"""Modbus RTU frames (Modbus over Serial Line V1.02): requests out, replies in, nothing in between.

A reply must be exactly the one that was asked for: its unit, function, length and checksum. pymodbus' own
framer hunts for a good checksum anywhere in the noise, which on a bad line finds one sooner or later.
"""

import struct
from dataclasses import dataclass
from typing import Literal, assert_never

from pymodbus.framer.rtu import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteSingleRegisterRequest,
)

from drivers.modbus.faults import malformed

Function = Literal[1, 2, 3, 4]

MOST_BITS = 2000
MOST_REGISTERS = 125
# Waveshare's boards take 15 bits of tenths of a second.
LONGEST_PULSE_MS = 0x7FFF * 100
_PULSE_ADDRESS = 0x0200
_EXCEPTION = 0x80
_EXCEPTION_LENGTH = 5
_ECHO_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Read:
    """Read `count` coils (1), discrete inputs (2), holding (3) or input registers (4) from `address` on."""

    function: Function
    address: int
    count: int

    @property
    def bits(self) -> bool:
        """Whether single bits are read, not registers."""
        return self.function in (1, 2)


@dataclass(frozen=True, slots=True)
class WriteCoil:
    """Set one coil (function 05) until it is set again."""

    address: int
    on: bool


@dataclass(frozen=True, slots=True)
class WriteRegister:
    """Set one holding register (function 06)."""

    address: int
    value: int


@dataclass(frozen=True, slots=True)
class PulseCoil:
    """Close the relay of a channel (from 0) for `tenths` x 100 ms: the board itself ends the pulse."""

    channel: int
    tenths: int


Request = Read | WriteCoil | WriteRegister | PulseCoil


@dataclass(frozen=True, slots=True)
class Rejected:
    """The station answered with an exception code (Modbus Application Protocol V1.1b3, section 7)."""

    code: int


class PulseCoilRequest(ModbusPDU):
    """Function 05 at 0x0200 + channel with n x 100 ms as its value: Waveshare's "flash on"."""

    function_code = 5

    def __init__(self, channel: int, tenths: int, dev_id: int) -> None:
        super().__init__(dev_id=dev_id, address=_PULSE_ADDRESS + channel)
        self.tenths = tenths

    def encode(self) -> bytes:
        """Return address and duration."""
        return struct.pack(">HH", self.address, self.tenths)


_FRAMER = FramerRTU(DecodePDU(is_server=False))
_READS: dict[Function, type[ModbusPDU]] = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}


def encode(unit: int, request: Request) -> bytes:
    """Return the frame of a request to the station with address `unit` (1 to 247)."""
    return bytes(_FRAMER.buildFrame(_pdu(unit, request)))


def _pdu(unit: int, request: Request) -> ModbusPDU:
    match request:
        case Read(function, address, count):
            return _READS[function](dev_id=unit, address=address, count=count)
        case WriteCoil(address, on):
            return WriteSingleCoilRequest(dev_id=unit, address=address, bits=[on])
        case WriteRegister(address, value):
            return WriteSingleRegisterRequest(dev_id=unit, address=address, registers=[value])
        case PulseCoil(channel, tenths):
            return PulseCoilRequest(channel, tenths, unit)
        case _ as never:
            assert_never(never)


def reply_length(request: Request) -> int:
    """Return how many bytes the reply has, unless it is an exception."""
    if not isinstance(request, Read):
        return _ECHO_LENGTH
    payload = (request.count + 7) // 8 if request.bits else 2 * request.count
    return 5 + payload


def complete(request: Request, received: bytes) -> bool:
    """Say whether no further byte is to be waited for."""
    if len(received) >= reply_length(request):
        return True
    exception = len(received) == _EXCEPTION_LENGTH and bool(received[1] & _EXCEPTION)
    return exception and checksum_holds(received)


def checksum_holds(frame: bytes) -> bool:
    """Say whether the last two bytes are the CRC-16 of those before."""
    return len(frame) >= 4 and bool(FramerRTU.compute_CRC(frame[:-2]) == int.from_bytes(frame[-2:], "big"))


def decode(unit: int, request: Request, frame: bytes) -> tuple[int, ...] | Rejected:
    """Return what a reply says: the bits or registers read, or () for a write that was echoed.

    Raises Malformed for whatever is not the one reply to this request.
    """
    asked = encode(unit, request)
    if len(frame) < _EXCEPTION_LENGTH:
        raise malformed("modbus.cut_short", unit, frame)
    if frame[0] != unit or frame[1] & ~_EXCEPTION != asked[1]:
        raise malformed("modbus.not_asked", unit, frame)
    if frame[1] & _EXCEPTION:
        if len(frame) != _EXCEPTION_LENGTH or not checksum_holds(frame):
            raise malformed("modbus.noise", unit, frame)
        return Rejected(frame[2])
    if len(frame) != reply_length(request) or not checksum_holds(frame):
        raise malformed("modbus.noise", unit, frame)
    if not isinstance(request, Read):
        if frame != asked:
            raise malformed("modbus.wrong_echo", unit, frame)
        return ()
    return _values(unit, request, frame)


def _values(unit: int, request: Read, frame: bytes) -> tuple[int, ...]:
    if frame[2] != len(frame) - 5:
        raise malformed("modbus.noise", unit, frame)
    reply = _FRAMER.decoder.decode(frame[1:-2])
    if reply is None:
        raise malformed("modbus.noise", unit, frame)
    if request.bits:
        return tuple(int(bit) for bit in reply.bits[: request.count])
    return tuple(reply.registers)
