from dataclasses import replace

import pytest

from drivers.doors.osdp_frames import Command, Frame, Reply
from drivers.doors.osdp_screening import hang_up, passes, secure_channel

POLL = Frame(5, reply=False, sequence=2, code=Command.POLL, security=b"\x15", mac=b"1234")
ACK = Frame(5, reply=True, sequence=2, code=Reply.ACK, security=b"\x16", mac=b"abcd")
CARD = replace(ACK, code=Reply.RAW, data=bytes(16), security=b"\x18")
TOLD = (Reply.RAW, Reply.KEYPAD, Reply.LSTATR, Reply.ISTATR, Reply.OSTATR)


def plain(code, data=b"", security=b""):
    return Frame(5, reply=True, sequence=2, code=code, data=data, security=security)


@pytest.mark.parametrize("reply", [ACK, CARD, *(replace(CARD, code=code) for code in TOLD)])
def test_what_bears_a_code_of_the_session_passes(reply):
    assert passes(reply, POLL, speaks_crc=True)


@pytest.mark.parametrize("code", TOLD)
@pytest.mark.parametrize(
    "security", [b"", b"\x11\x01", b"\x12\x01", b"\x13\x00", b"\x14\x01", b"\x16", b"\x18"]
)
def test_nothing_is_told_without_a_code_of_the_session(code, security):
    assert not passes(plain(code, bytes(16), security), POLL, speaks_crc=True)


@pytest.mark.parametrize("kind", [0x15, 0x17, 0x10, 0x19, 0xFF])
def test_a_code_in_a_block_that_no_reader_sends_is_none(kind):
    assert not passes(replace(CARD, security=bytes([kind])), POLL, speaks_crc=True)


@pytest.mark.parametrize(("kind", "code"), [(0x12, Reply.CCRYPT), (0x14, Reply.RMAC_I)])
def test_a_handshake_goes_on_in_its_own_block_only(kind, code):
    assert passes(plain(code, security=bytes([kind, 1])), POLL, speaks_crc=True)
    assert not passes(plain(code), POLL, speaks_crc=True)
    assert not passes(plain(code, security=bytes([0x12 + 0x14 - kind, 1])), POLL, speaks_crc=True)
    assert not passes(plain(Reply.ACK, security=bytes([kind, 1])), POLL, speaks_crc=True)


@pytest.mark.parametrize("code", [Reply.ACK, Reply.NAK, Reply.PDID, Reply.PDCAP, Reply.BUSY])
def test_who_a_reader_is_and_what_it_refuses_is_told_outside_a_session(code):
    assert passes(plain(code), POLL, speaks_crc=True)


@pytest.mark.parametrize(
    "reply",
    [replace(ACK, address=6), replace(ACK, sequence=1), replace(ACK, reply=False), POLL],
    ids=["another reader", "an answer to something else", "a command", "our own echo"],
)
def test_what_is_no_answer_to_what_was_asked_does_not_pass(reply):
    assert not passes(reply, POLL, speaks_crc=True)


@pytest.mark.parametrize("code", [Reply.NAK, Reply.BUSY])
def test_a_reader_that_lost_count_or_has_no_time_may_say_so(code):
    assert passes(replace(plain(code), sequence=0), POLL, speaks_crc=True)


def test_a_reader_that_speaks_crc_is_never_asked_with_less():
    refused = plain(Reply.NAK, b"\x01")
    assert not passes(refused, POLL, speaks_crc=True)
    assert passes(refused, POLL, speaks_crc=False)
    assert passes(plain(Reply.NAK, b"\x03"), POLL, speaks_crc=True)
    assert not passes(replace(ACK, crc=False), POLL, speaks_crc=True)
    assert passes(replace(ACK, crc=False), POLL, speaks_crc=False)


def test_hanging_up_is_an_answer_that_passes_and_refuses():
    answer = hang_up(POLL)
    assert passes(answer, POLL, speaks_crc=True)
    assert (answer.code, answer.address, answer.sequence) == (Reply.NAK, 5, 2)


@pytest.mark.parametrize(
    ("asked", "reply", "offered"),
    [
        (Command.CAP, plain(Reply.PDCAP, bytes.fromhex("010102 090101")), True),
        (Command.CAP, plain(Reply.PDCAP, bytes.fromhex("010902 020901")), False),
        (Command.CAP, plain(Reply.NAK), None),
        (Command.CHLNG, plain(Reply.NAK), False),
        (Command.CHLNG, plain(Reply.CCRYPT), True),
        (Command.POLL, plain(Reply.NAK), None),
        (Command.POLL, ACK, None),
    ],
)
def test_a_reader_tells_whether_it_offers_a_secure_channel(asked, reply, offered):
    assert secure_channel(reply, replace(POLL, code=asked)) is offered
