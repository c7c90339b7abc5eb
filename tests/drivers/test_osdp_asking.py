"""What a reader is asked for: once refused says nothing, always refused is not asked for ever."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.doors.osdp_asking import Asking, confirmed, refused
from drivers.doors.osdp_commands import Report
from drivers.doors.osdp_frames import Command
from drivers.doors.osdp_supervising import Patience
from drivers.doors.wiegand import Card, encode
from drivers.said import CardPresented, DeviceFound, DeviceLost, DoorChanged, KeysPressed, TamperChanged
from drivers.sim.osdp_reader import Plate
from tests.drivers.osdp_gate import Gate, running

HURRIED = Patience(quiet_s=1.5, again_s=1.0)


def after(*outcomes, report=Report.INPUT):
    asking = Asking()
    for answered in outcomes:
        asking = (confirmed if answered else refused)(asking, report)
    return asking


def test_a_state_that_was_refused_once_is_asked_again_and_one_refused_twice_is_not():
    assert after().asks(Report.INPUT)
    assert after(False).asks(Report.INPUT)
    assert not after(False, False).asks(Report.INPUT)


def test_a_refusal_speaks_only_of_its_own_state():
    asking = after(False, False)
    assert asking.asks(Report.OUTPUT)
    assert asking.asks(Report.LOCAL)


def test_an_answer_forgets_the_refusals_before_it():
    assert after(False, True, False).asks(Report.INPUT)


@given(st.lists(st.booleans(), max_size=30))
def test_a_state_that_was_ever_told_outlives_restarts_but_not_endless_refusals(outcomes):
    # Eight restarts in a row, each in the middle of the same question, and no answer between: it cannot.
    assert after(*outcomes, True, *[False] * 7).asks(Report.INPUT)
    assert not after(*outcomes, True, *[False] * 8).asks(Report.INPUT)


def interrupted(reader, command, times):
    """Let the reader restart in the moment in which it is asked this; return what it was asked."""
    asked, left, answer = Counter(), [times], reader.answer

    def restart_first(frame):
        if frame.mac and reader.secure:
            asked[frame.code] += 1
            if frame.code == command and left[0]:
                left[0] -= 1
                reader.restart()
        return answer(frame)

    reader.answer = restart_first
    return asked


@pytest.mark.parametrize(
    ("command", "told"), [(Command.ISTAT, {"position": "closed"}), (Command.OSTAT, {"lock": "locked"})]
)
def test_a_reader_that_restarts_while_it_is_asked_for_a_state_tells_it_after_all(tmp_path, command, told):
    gate = Gate(tmp_path, 1, patience=HURRIED)
    interrupted(gate.readers["north"], command, 1)
    with running(gate):
        gate.wait(DoorChanged, device="north", **told)
        gate.settle()
        gate.readers["north"].contact(is_open=True)
        gate.wait(DoorChanged, position="open", lock="locked")
        assert gate.all(DeviceLost) == []


def test_a_state_that_was_told_before_is_asked_for_through_a_row_of_restarts(tmp_path):
    gate = Gate(tmp_path, 1, patience=HURRIED, lost_after_s=60.0)
    with running(gate):
        gate.settle()
        reader = gate.readers["north"]
        interrupted(reader, Command.ISTAT, 3)
        mark = gate.mark()
        reader.restart()
        reader.inside.contact_open = True
        assert gate.wait(DoorChanged, mark, position="open").first is False


def test_a_reader_that_cannot_tell_a_state_is_asked_twice_and_then_works_without(tmp_path):
    gate = Gate(tmp_path, 1, patience=HURRIED)
    reader = gate.readers["north"]
    reader.not_able = frozenset({Command.OSTAT})
    asked = interrupted(reader, None, 0)
    with running(gate):
        # Once as often is allowed; the repetitions of a lost frame are the same question.
        gate.settle()
        for number in range(3):
            mark = gate.mark()
            assert gate.open("north", pulse_ms=100).refused is None
            reader.card(26, encode(26, Card(1, number)))
            gate.wait(CardPresented, mark, number=number)
        assert asked[Command.OSTAT] == 2
        assert gate.health("north").reconnects == 2
        assert gate.all(DeviceLost) == []
        reader.contact(is_open=True)
        gate.wait(DoorChanged, position="open", lock="unknown")


def test_a_reader_found_anew_is_asked_anew(tmp_path):
    gate = Gate(tmp_path, 1, patience=HURRIED, lost_after_s=1.6)
    reader = gate.readers["north"]
    reader.not_able = frozenset({Command.OSTAT})
    with running(gate):
        gate.settle()
        mark = gate.mark()
        reader.unplug()
        gate.wait(DeviceLost)
        reader.not_able = frozenset()
        reader.plug()
        gate.wait(DoorChanged, mark, lock="locked")


def test_a_reader_swapped_faster_than_its_deadline_is_told_by_its_number_and_read_anew(tmp_path):
    gate = Gate(tmp_path, 2, patience=HURRIED, lost_after_s=60.0)
    reader = gate.readers["north"]
    reader.not_able = frozenset({Command.OSTAT})
    with running(gate):
        gate.settle()
        mark, began_s = gate.mark(), time.monotonic()
        reader.unplug()
        reader.plate = Plate(serial=0xBEEF, firmware=(2, 0, 1))
        reader.not_able = frozenset()
        reader.inside.contact_open = True
        reader.plug()
        found = gate.wait(DeviceFound, mark)
        assert (found.device, found.identity, found.firmware) == ("north", "123456 7.2 0000BEEF", "2.0.1")
        assert 0 < found.away_s < time.monotonic() - began_s + 1
        assert gate.wait(DoorChanged, mark, device="north", position="open").first
        gate.wait(DoorChanged, mark, device="north", lock="locked")
        gate.wait(TamperChanged, mark, device="north", first=True)
        reader.keys("1#")
        gate.wait(KeysPressed, mark, device="north")
        assert gate.all(DeviceLost, mark) == []
        assert len(gate.all(DeviceFound, mark)) == 1


def test_the_same_reader_after_a_short_break_is_not_told_as_found_again(tmp_path):
    gate = Gate(tmp_path, 1, patience=HURRIED, lost_after_s=60.0)
    with running(gate):
        gate.settle()
        mark, reader = gate.mark(), gate.readers["north"]
        reader.unplug()
        reader.tamper(tampered=True)
        reader.plug()
        assert gate.wait(TamperChanged, mark, tampered=True).first is False
        assert gate.all(DeviceFound, mark) == []
