"""Frames of Modbus RTU: known ones byte for byte, and nothing accepted that was not asked for."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Malformed
from drivers.modbus.frames import (
    PulseCoil,
    Read,
    Rejected,
    WriteCoil,
    WriteRegister,
    checksum_holds,
    complete,
    decode,
    encode,
    reply_length,
)
from drivers.sim.modbus_frames import Asked, bits_reply, crc16, echo, exception, parse, registers_reply

INPUTS = Read(2, 0, 16)
reads = st.builds(Read, st.sampled_from([1, 2, 3, 4]), st.integers(0, 0xFF00), st.integers(1, 125))


def asked_of(unit, request):
    parsed = parse(encode(unit, request))
    assert parsed.asked is not None
    return parsed.asked


@pytest.mark.parametrize(
    ("request_", "frame"),
    [
        # Waveshare's manual: relay 0 closes for 700 ms.
        (PulseCoil(0, 7), "01 05 02 00 00 07 8d b0"),
        (WriteCoil(0, on=True), "01 05 00 00 ff 00 8c 3a"),
        (WriteCoil(0, on=False), "01 05 00 00 00 00 cd ca"),
        (Read(1, 0, 8), "01 01 00 00 00 08 3d cc"),
        (Read(2, 0, 8), "01 02 00 00 00 08 79 cc"),
        (Read(3, 0x8000, 1), "01 03 80 00 00 01 ad ca"),
    ],
)
def test_requests_are_the_bytes_of_the_boards_manual(request_, frame):
    assert encode(1, request_) == bytes.fromhex(frame)


def test_the_inputs_of_a_known_reply_are_read_lowest_bit_first():
    reply = bits_reply(Asked(1, 2, 0, 16), [True] + [False] * 14 + [True])
    assert reply[:5] == bytes([1, 2, 2, 0x01, 0x80])
    assert decode(1, INPUTS, reply) == (1, *[0] * 14, 1)


@given(unit=st.integers(1, 247), read=reads, seed=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_what_a_station_says_is_what_is_read(unit, read, seed):
    asked = asked_of(unit, read)
    if read.bits:
        values = tuple(seed.randrange(2) for _ in range(read.count))
        reply = bits_reply(asked, [bool(v) for v in values])
    else:
        values = tuple(seed.randrange(65536) for _ in range(read.count))
        reply = registers_reply(asked, list(values))
    assert len(reply) == reply_length(read)
    assert complete(read, reply)
    assert not complete(read, reply[:-1])
    assert decode(unit, read, reply) == values


@pytest.mark.parametrize(
    "request_", [WriteCoil(3, on=True), WriteRegister(7, 1234), PulseCoil(2, 50)], ids=repr
)
def test_a_write_counts_only_when_it_is_echoed_to_the_letter(request_):
    asked = asked_of(9, request_)
    assert decode(9, request_, echo(asked)) == ()
    other = Asked(9, asked.function, asked.address + 1, asked.value)
    with pytest.raises(Malformed) as raised:
        decode(9, request_, echo(other))
    assert raised.value.key == "modbus.wrong_echo"


def test_an_exception_is_an_answer_and_no_value():
    reply = exception(Asked(1, 2, 0, 16), 2)
    assert complete(INPUTS, reply)
    assert decode(1, INPUTS, reply) == Rejected(2)


@pytest.mark.parametrize(
    ("reply", "key"),
    [
        (b"", "modbus.cut_short"),
        (bits_reply(Asked(2, 2, 0, 16), [True] * 16), "modbus.not_asked"),
        (bits_reply(Asked(1, 1, 0, 16), [True] * 16), "modbus.not_asked"),
        (bits_reply(Asked(1, 2, 0, 8), [True] * 8), "modbus.noise"),
        (bits_reply(Asked(1, 2, 0, 24), [True] * 24), "modbus.noise"),
        (bits_reply(Asked(1, 2, 0, 16), [True] * 16)[:-1], "modbus.noise"),
        (bits_reply(Asked(1, 2, 0, 16), [True] * 16) + b"\0", "modbus.noise"),
        (b"\x01\x02\x01\xff\xff" + crc16(b"\x01\x02\x01\xff\xff"), "modbus.noise"),
    ],
)
def test_anything_but_the_one_reply_is_malformed(reply, key):
    with pytest.raises(Malformed) as raised:
        decode(1, INPUTS, reply)
    assert raised.value.key == key


def test_every_single_and_double_bit_error_is_noticed():
    reply = bits_reply(Asked(1, 2, 0, 16), [True, False] * 8)
    bits = range(8 * len(reply))
    for flipped in itertools.chain(itertools.combinations(bits, 1), itertools.combinations(bits, 2)):
        damaged = bytearray(reply)
        for bit in flipped:
            damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Malformed):
            decode(1, INPUTS, bytes(damaged))


@given(st.binary(max_size=40))
def test_our_checksum_is_the_simulators_which_was_written_from_the_standard(data):
    assert checksum_holds(b"\0\0" + data + crc16(b"\0\0" + data))
