"""The controller's memory: what happened while nobody listened is told late, in order, once."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.doors.uhppote_memory import BACKLOG, changes, late_s, said_of, untold
from drivers.doors.uhppote_packets import DoorStatus, Entry
from drivers.doors.uhppote_wiring import UhppoteDoorWiring, UhppoteWiring
from drivers.said import DeviceFound, DeviceLost, ExitRequested, PassageLogged
from tests.drivers.uhppote_gate import answering, box, running

BOX = UhppoteWiring("gate-box", 1, "127.0.0.1", (UhppoteDoorWiring("east", 1),))


def indices(driver, after=0):
    return [s.index for s in driver.all(PassageLogged, after)]


def swipe(controller, count, first=1000):
    for number in range(count):
        controller.swipe(first + number, 1)


def test_what_happened_before_the_first_start_is_told_late_and_in_order():
    with answering(box()) as controller:
        swipe(controller, 3)
        controller.push_button(1)
        swipe(controller, 1, first=2000)
        with running(controller) as driver:
            last = driver.wait(PassageLogged, card=2000)
            assert indices(driver) == [1, 2, 3, 5]
            assert all(s.late_s >= 1 for s in driver.all(PassageLogged))
            (button,) = driver.all(ExitRequested)
            assert button.late_s >= 1
            assert driver.said.index(button) < driver.said.index(last)


def test_how_late_it_is_told_is_counted_on_the_controllers_own_clock():
    controller = box(skew_s=-86_400)
    with answering(controller):
        controller.swipe(1, 1)
        controller.skew(600)
        with running(controller) as driver:
            assert 600 <= driver.wait(PassageLogged).late_s < 660


def test_between_two_drivers_nothing_is_told_twice_and_nothing_lost():
    with answering(box()) as controller:
        told = []
        for number in range(3):
            with running(controller) as driver:
                driver.settle()
                controller.swipe(100 + number, 1)
                driver.wait(PassageLogged, card=100 + number)
                told += indices(driver)
            swipe(controller, 2, first=200 + 10 * number)
        with running(controller) as driver:
            driver.wait(PassageLogged, card=221)
            told += indices(driver)
        assert told == list(range(1, 10))


def test_after_a_crash_only_the_last_second_may_be_told_again():
    with answering(box()) as controller, running(controller) as crashed:
        swipe(controller, 5)
        crashed.wait(PassageLogged, card=1004)
        until_s = time.monotonic() + 20
        while controller.downloaded < 5:
            assert time.monotonic() < until_s
            time.sleep(0.01)
        # The other driver was never stopped, as after kill -9: it notes nothing more.
        with running(controller) as driver:
            controller.swipe(42, 1)
            driver.wait(PassageLogged, card=42)
            assert indices(driver) == [6]


def test_what_happened_during_an_outage_is_told_late_once_and_the_live_feed_goes_on():
    with answering(box()) as controller, running(controller) as driver:
        driver.settle()
        controller.swipe(1, 1)
        driver.wait(PassageLogged, card=1)
        controller.unplug()
        driver.wait(DeviceLost)
        swipe(controller, 3)
        controller.plug()
        driver.wait(PassageLogged, card=1002)
        controller.swipe(2, 1)
        assert driver.wait(PassageLogged, card=2).late_s == 0.0
        assert indices(driver) == [1, 2, 3, 4, 5]
        assert [s.late_s >= 1 for s in driver.all(PassageLogged)] == [False, True, True, True, False]


def test_doubled_and_overtaken_packets_change_neither_order_nor_number():
    with answering(box()) as controller, running(controller) as driver:
        driver.settle()
        controller.duplicate(3)
        controller.reorder()
        swipe(controller, 20)
        driver.wait(PassageLogged, card=1019)
        assert indices(driver) == list(range(1, 21))
        assert any(s.late_s == 0.0 for s in driver.all(PassageLogged))
        assert driver.all(DeviceLost) == []


def test_with_a_fifth_of_all_packets_lost_nothing_is_lost_and_nothing_told_twice():
    with answering(box()) as controller, running(controller, lost_after_s=1.0, poll_s=0.05) as driver:
        driver.settle()
        controller.lose(0.2)
        controller.duplicate(2)
        for number in range(10):
            controller.swipe(number, 1)
            time.sleep(0.05)
        controller.lose(0.0)
        driver.wait(PassageLogged, card=9)
        controller.swipe(99, 1)
        driver.wait(PassageLogged, card=99)
        assert indices(driver) == list(range(1, 12))


def test_a_memory_that_was_cleared_begins_anew():
    with answering(box()) as controller, running(controller) as driver:
        swipe(controller, 5)
        driver.wait(PassageLogged, card=1004)
        controller.forget()
        swipe(controller, 2, first=50)
        driver.wait(PassageLogged, card=51)
        assert indices(driver) == [1, 2, 3, 4, 5, 1, 2]
        controller.swipe(60, 1)
        assert driver.wait(PassageLogged, card=60).late_s == 0.0


def test_an_event_that_the_controller_does_not_know_of_is_not_believed():
    with answering(box()) as controller, running(controller) as driver:
        driver.settle()
        swipe(controller, 2)
        driver.wait(PassageLogged, card=1001)
        forged = bytearray(controller._packet(0x20, controller._status()))
        forged[8:12] = (4_000_000).to_bytes(4, "little")
        before = driver.health().malformed
        controller.wire.tell(bytes(forged), controller._listener)
        controller.swipe(77, 1)
        driver.wait(PassageLogged, card=77)
        assert indices(driver) == [1, 2, 3]
        assert driver.health().malformed == before + 1
        assert len(driver.all(DeviceFound, device="gate-box")) == 1


def test_a_late_answer_to_an_earlier_question_is_not_taken_for_the_next_entry():
    with answering(box()) as controller:
        swipe(controller, 6)
        genuine, first = controller._event, []

        def event(asked):
            """The answer to the first question arrives once more, before that to the third."""
            reply = genuine(asked)
            first.append(reply)
            return first[0] if len(first) == 3 else reply

        controller._event = event
        with running(controller) as driver:
            driver.wait(PassageLogged, card=1005)
            assert indices(driver) == [1, 2, 3, 4, 5, 6]


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_of_what_was_not_told_the_newest_is_fetched(cursor, last):
    wanted = untold(cursor, last)
    assert len(wanted) == min(max(last - cursor, 0), BACKLOG)
    assert not wanted or (wanted[0] > cursor and wanted[-1] == last)


@pytest.mark.parametrize(("age_s", "late"), [(0, 1.0), (-5, 1.0), (0.5, 1.0), (90, 90.0), (None, 1.0)])
def test_what_was_fetched_is_never_taken_for_what_just_happened(age_s, late):
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    at = None if age_s is None else now - timedelta(seconds=age_s)
    assert late_s(entry(at=at), now) == late
    assert late_s(entry(at=at), None) == 1.0


def entry(**more):
    return Entry(
        **{"index": 5, "kind": 1, "granted": True, "door": 1, "card": 9, "at": None, "reason": 1} | more
    )


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"reason": 1}, "door.passage_granted"),
        ({"reason": 6, "granted": False}, "door.passage_no_access"),
        ({"reason": 250, "granted": False}, "door.passage_refused"),
        ({"reason": 250, "granted": True}, "door.passage_granted"),
    ],
)
def test_a_card_in_the_memory_is_a_passage_with_a_reason_that_can_be_shown(what, reason):
    (said,) = said_of(entry(**what), BOX, 3.0, 60.0)
    assert (said.device, said.reason, said.card, said.index, said.late_s) == ("east", reason, 9, 5, 60.0)


@pytest.mark.parametrize("what", [{"kind": 0}, {"kind": 0xFF}, {"kind": 2, "reason": 23}, {"kind": 3}])
def test_what_is_no_passage_and_no_button_is_not_told(what):
    assert said_of(entry(**what), BOX, 3.0, 0.0) == ()


def test_only_doors_that_changed_are_told():
    shut, opened = DoorStatus(False, False, False), DoorStatus(True, False, True)
    before = (shut,) * 4
    assert changes(before, before, BOX, 1.0) == ()
    assert changes(before, (shut, opened, opened, opened), BOX, 1.0) == ()
    (door,) = changes(before, (opened, shut, shut, shut), BOX, 1.0)
    assert (door.device, door.position, door.lock, door.first) == ("east", "open", "unlocked", False)
    (first,) = changes(None, before, BOX, 1.0)
    assert (first.position, first.lock, first.first) == ("closed", "locked", True)
    pressed = DoorStatus(False, True, False)
    assert changes(before, (pressed, shut, shut, shut), BOX, 1.0) == ()
