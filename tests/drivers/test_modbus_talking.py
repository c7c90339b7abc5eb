"""Questions and answers on a line: late and doubled answers are nobody else's."""

import socket
import threading

import pytest

from drivers.base import Malformed, Misconfigured, Transient
from drivers.modbus.frames import Read, WriteCoil, WriteRegister, encode
from drivers.modbus.talking import Conversation, Question, peace_s, without_stray
from drivers.modbus.wiring import SerialLine
from drivers.sim.modbus_frames import Asked, bits_reply, echo, exception, registers_reply

INPUTS, COILS, REGISTERS = Read(2, 0, 8), Read(1, 0, 8), Read(4, 0x10, 2)
FAST = SerialLine("fake", 115200, answer_s=0.05)


def inputs(unit, *closed):
    return bits_reply(Asked(unit, 2, 0, 8), [i in closed for i in range(8)])


def registers(unit, *values):
    return registers_reply(Asked(unit, 4, 0x10, len(values)), list(values))


def own(asked, others, received):
    return without_stray(Question(*asked), [Question(*other) for other in others], received)


def test_late_and_doubled_answers_of_others_are_cut_off():
    late, mine = registers(3, 1, 2), inputs(1, 4)
    assert own((1, INPUTS), [(3, REGISTERS)], late + mine) == mine
    assert own((1, INPUTS), [(3, REGISTERS)], late + late + mine) == mine
    assert own((1, INPUTS), [(2, INPUTS), (3, REGISTERS)], late + inputs(2) + mine) == mine


def test_what_may_be_an_answer_to_the_question_stays():
    assert own((1, INPUTS), [(1, INPUTS)], inputs(1, 2)) == inputs(1, 2)
    assert own((1, INPUTS), [(1, Read(2, 8, 8))], inputs(1, 2)) == inputs(1, 2)


@pytest.mark.parametrize("cut", [1, 4])
def test_what_is_no_whole_answer_stays(cut):
    late = registers(3, 1, 2)[:-cut]
    assert own((1, INPUTS), [(3, REGISTERS)], late) == late
    assert own((1, INPUTS), [], b"\x03\x04") == b"\x03\x04"


def test_a_silent_station_is_left_in_peace_longest_where_its_reads_are_alike_in_function_and_length():
    assert peace_s(FAST, [INPUTS, COILS, REGISTERS]) == pytest.approx(0.15)
    assert peace_s(FAST, [Read(4, 0, 1), Read(4, 9, 2)]) == pytest.approx(0.15)
    assert peace_s(FAST, [Read(4, 0, 1), Read(4, 9, 1)]) == 1.0
    assert peace_s(FAST, [Read(2, 0, 4), Read(2, 90, 7)]) == 1.0


class Wire:
    """A socket to a station whose answers are laid down: one list of bytes per question."""

    def __init__(self, *answers):
        self._ours, self._theirs = socket.socketpair()
        self.asked = []
        self._answers = list(answers)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while data := self._theirs.recv(300):
            self.asked.append(data)
            self._theirs.sendall(self._answers.pop(0) if self._answers else b"")

    def fileno(self):
        return self._ours.fileno()

    def send(self, data):
        self._ours.sendall(data)

    def receive(self):
        return self._ours.recv(512)

    def close(self):
        self._ours.close()
        self._thread.join(5)
        self._theirs.close()


@pytest.fixture
def talk():
    """A function that lays down answers and returns the conversation."""
    made = []

    def with_answers(*answers):
        conversation = Conversation(FAST, opening=lambda _: Wire(*answers))
        made.append(conversation)
        return conversation

    yield with_answers
    for conversation in made:
        conversation.close()


def test_a_question_is_answered(talk):
    conversation = talk(registers(3, 7, 9))
    assert conversation.ask(3, REGISTERS) == (7, 9)
    assert conversation.open().asked == [encode(3, REGISTERS)]


def test_silence_is_told_and_its_late_answer_is_not_taken_for_anothers(talk):
    conversation = talk(b"", b"", registers(3, 1, 1) + inputs(1) + inputs(2, 5))
    with pytest.raises(Transient) as raised:
        conversation.ask(3, REGISTERS)
    assert raised.value.key == "modbus.silent"
    assert raised.value.values["detail"] == "fake"
    with pytest.raises(Transient):
        conversation.ask(1, INPUTS)
    # Both answers that were owed come before the one that was asked for now.
    assert conversation.ask(2, INPUTS) == (0, 0, 0, 0, 0, 1, 0, 0)


def test_an_answer_that_never_comes_is_waited_for_no_longer_than_a_second(talk):
    now_s = [0.0]
    conversation = talk()
    conversation._mono = lambda: now_s[0]
    asked = Question(1, INPUTS)
    conversation._unanswered = [(0.0, asked)]
    now_s[0] = 0.9
    assert asked in conversation._others(Question(2, COILS))
    now_s[0] = 1.1
    assert conversation._others(Question(2, COILS)) == [Question(2, COILS)]


@pytest.mark.parametrize(
    ("request_", "answer", "family", "key"),
    [
        (INPUTS, exception(Asked(1, 2, 0, 8), 2), Misconfigured, "modbus.rejected"),
        (INPUTS, inputs(1)[:-1], Malformed, "modbus.noise"),
        (INPUTS, b"\x01\x02\x01", Malformed, "modbus.cut_short"),
        (INPUTS, inputs(2), Malformed, "modbus.not_asked"),
        (INPUTS, inputs(1)[:-1] + b"\0", Malformed, "modbus.noise"),
        (WriteCoil(1, on=True), echo(Asked(1, 5, 1, 0)), Malformed, "modbus.wrong_echo"),
        (WriteRegister(1, 2), echo(Asked(1, 6, 1, 3)), Malformed, "modbus.wrong_echo"),
    ],
)  # fmt: skip
def test_whatever_else_comes_is_an_error_that_says_what_it_is(talk, request_, answer, family, key):
    with pytest.raises(family) as raised:
        talk(answer).ask(1, request_)
    assert raised.value.key == key


def test_a_line_that_breaks_is_closed_and_can_be_opened_again(talk):
    conversation = talk(inputs(1))
    conversation.open()._theirs.shutdown(socket.SHUT_RDWR)
    with pytest.raises(Transient) as raised:
        conversation.ask(1, INPUTS)
    assert raised.value.key == "modbus.line_broken"
    assert not conversation.is_open
    assert conversation.ask(1, INPUTS) == (0,) * 8
