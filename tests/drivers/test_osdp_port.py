"""The port of a bus over a pty: what reaches the library, and what the readers."""

import gc
import os
import pty
import select
import time
import tty
import weakref
from pathlib import Path

import pytest

from drivers.base import Misconfigured, Transient
from drivers.doors.osdp_frames import Command, Frame, Reply, encode, scan
from drivers.doors.osdp_panel import OsdpPanel
from drivers.doors.osdp_port import open_port
from drivers.doors.osdp_wiring import OsdpReaderWiring

MARK = b"\xff"


class Wire:
    """A port and its far end."""

    def __init__(self):
        self.far, self.near = pty.openpty()
        tty.setraw(self.near)
        self.port = open_port(os.ttyname(self.near), 9600, "bus", time.monotonic)

    def ask(self, address=5, sequence=1, code=Command.POLL):
        self.port.write(MARK + encode(Frame(address, reply=False, sequence=sequence, code=code)))
        came = b""
        while select.select([self.far], [], [], 0.05)[0]:
            came += os.read(self.far, 4096)
        return [frame.code for frame in scan(came).frames]

    def say(self, raw):
        """Let bytes arrive; return the frames that reach the library."""
        os.write(self.far, raw)
        self.port.pump(1.0)
        while select.select([self.near], [], [], 0)[0]:
            self.port.pump(0.0)
        return [frame.code for frame in scan(self.port.read(4096)).frames]

    def close(self):
        self.port.close()
        for end in (self.far, self.near):
            os.close(end)


@pytest.fixture
def wire():
    wire = Wire()
    yield wire
    wire.close()


def reply(code=Reply.ACK, address=5, sequence=1, **more):
    return encode(Frame(address, reply=True, sequence=sequence, code=code, **more))


def test_an_answer_reaches_the_library_whole_and_is_counted(wire):
    assert wire.ask() == [Command.POLL]
    assert wire.say(reply()[:4]) == []
    assert wire.say(reply()[4:]) == [Reply.ACK]
    heard = wire.port.heard(5)
    assert (heard.words, heard.broken_s, heard.speaks_crc) == (1, None, True)
    assert time.monotonic() - heard.word_s < 5
    assert wire.port.heard(6).words == 0


def test_a_broken_answer_is_kept_from_the_library_and_held_against_its_reader(wire):
    wire.ask()
    assert wire.say(reply()[:-1] + b"\0") == []
    heard = wire.port.heard(5)
    assert (heard.words, wire.port.malformed) == (0, 1)
    assert heard.broken_s is not None


def test_a_broken_length_does_not_swallow_the_next_answer(wire):
    wire.ask()
    assert wire.say(b"\x53\x85\x00\x05" + reply()[4:]) == []
    wire.ask(sequence=2)
    assert wire.say(reply(sequence=2)) == [Reply.ACK]
    assert (wire.port.malformed, wire.port.heard(5).words) == (1, 1)


def test_only_the_first_answer_to_a_question_is_one(wire):
    wire.ask()
    assert wire.say(reply() + reply()) == [Reply.ACK]
    assert wire.port.malformed == 1


def test_whoever_was_not_asked_is_not_heard(wire):
    assert wire.say(reply()) == []
    wire.ask(address=6)
    assert wire.say(reply(address=5)) == []
    assert wire.port.heard(6).broken_s is not None
    assert wire.port.heard(5).words == 0


def test_our_own_echo_is_neither_an_answer_nor_a_disturbance(wire):
    wire.ask()
    echo = encode(Frame(5, reply=False, sequence=1, code=Command.POLL))
    assert wire.say(echo + reply()) == [Reply.ACK]
    assert wire.port.malformed == 0


def test_to_a_reader_that_was_cut_off_nothing_is_sent_and_the_library_lets_go(wire):
    wire.port.cut_off(5)
    assert wire.ask(code=Command.OUT) == []
    assert [f.code for f in scan(wire.port.read(4096)).frames] == [Reply.NAK]
    assert wire.ask(address=6) == [Command.POLL]
    wire.port.restore(5)
    assert wire.ask() == [Command.POLL]


def test_what_a_reader_says_of_its_key_is_kept(wire):
    wire.ask(code=Command.CHLNG)
    wire.say(reply(Reply.CCRYPT, security=b"\x12\x01", data=bytes(32)))
    heard = wire.port.heard(5)
    assert (heard.secure_channel, heard.proven_s) == (True, None)
    assert heard.answered_s is not None
    wire.ask(code=Command.SCRYPT)
    assert wire.port.heard(5).proven_s >= heard.answered_s


def test_rubbish_without_end_is_neither_kept_nor_passed_on(wire):
    wire.ask()
    for _ in range(50):
        assert wire.say(b"\x53\x85\x00\x04" + bytes(300)) == []
    assert len(wire.port._rest) + len(wire.port._unread) < 1500


def test_of_a_conversation_that_was_left_nothing_stays():
    wire = Wire()
    panel = OsdpPanel(wire.port, [(OsdpReaderWiring("north", 5, Path("north.key")), bytes(16))])
    panel.refresh()
    left = weakref.ref(panel), weakref.ref(wire.port)
    wire.close()
    del panel, wire
    gc.collect()
    assert [ref() for ref in left] == [None, None]


def test_a_port_that_vanishes_is_told_at_every_turn(wire):
    os.close(wire.far)
    for _ in range(2):
        with pytest.raises(Transient) as gone:
            wire.port.pump(1.0)
        assert gone.value.key == "door.port_gone"
    wire.far = os.dup(wire.near)


@pytest.mark.parametrize(
    ("path", "family", "why"),
    [("/dev/menwei-none", Misconfigured, "door.no_such_port"), ("/dev/null", Transient, "door.port_gone")],
)
def test_what_is_no_port_cannot_be_opened(path, family, why):
    with pytest.raises(family) as refused:
        open_port(path, 9600, "bus", time.monotonic)
    assert refused.value.key == why
    assert path in str(refused.value)


def test_a_port_that_another_program_uses_is_not_shared(wire):
    with pytest.raises(Transient) as refused:
        open_port(os.ttyname(wire.near), 9600, "bus", time.monotonic)
    assert refused.value.key == "door.port_busy"
