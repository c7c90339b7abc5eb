"""A UHPPOTE controller that is well: doors, orders, cards, events that arrive by themselves.

No UHPPOTE simulator is published for Python. The independent side is uhppoted: its encoders and decoders
stand between our driver and our simulator, which packs and unpacks every packet by itself.
"""

import time
from datetime import date

import pytest

from drivers.base import Misconfigured, Transient, WrongState
from drivers.doors import faults
from drivers.doors.uhppote_cards import delete_card, get_card, put_card
from drivers.doors.uhppote_packets import StoredCard
from drivers.said import (
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    OrderDone,
    PassageLogged,
)
from tests.drivers.uhppote_gate import SERIAL, Driver, answering, box, running

CARD = StoredCard(8_165_537, date(2026, 1, 1), date(2026, 12, 31), frozenset({1, 4}))


@pytest.fixture(scope="module")
def pair():
    with answering(box()) as controller, running(controller) as driver:
        driver.settle()
        yield controller, driver


def test_controller_and_doors_are_found_once_each_and_their_states_read(pair):
    _, driver = pair
    found = driver.all(DeviceFound)
    assert [(f.device, f.identity, f.firmware, f.away_s) for f in found] == [
        (name, f"UHPPOTE {SERIAL}", "v8.92", None) for name in ("gate-box", "east", "west")
    ]
    assert driver.driver.devices == ("gate-box", "east", "west")
    assert [(s.device, s.position, s.lock) for s in driver.all(DoorChanged, first=True)] == [
        ("east", "closed", "locked"),
        ("west", "closed", "locked"),
    ]


def test_an_order_opens_its_door_for_whole_seconds_and_the_controller_ends_the_pulse(pair):
    controller, driver = pair
    mark, door = driver.mark(), controller.doors[2]
    done = driver.open("west", pulse_ms=1001)
    assert (done.device, done.refused) == ("west", None)
    assert (door.mode, door.delay_s, len(door.openings)) == (3, 2, 1)
    driver.wait(DoorChanged, mark, device="west", lock="unlocked")
    driver.wait(DoorChanged, mark, device="west", lock="locked")
    assert controller.doors[0].openings == []


def test_an_order_that_comes_too_late_is_refused_and_never_sent(pair):
    controller, driver = pair
    before = len(controller.doors[0].openings)
    assert driver.open("east", good_for_s=0.0).refused == faults.LATE
    assert driver.open("east", pulse_ms=1000).refused is None
    assert len(controller.doors[0].openings) == before + 1


@pytest.mark.parametrize("pulse_ms", [0, 999, 255_001])
def test_a_pulse_that_no_controller_can_time_is_refused_at_once(pair, pulse_ms):
    with pytest.raises(Misconfigured) as refused:
        pair[1].driver.open("east", pair[1].order(), pulse_ms)
    assert refused.value.key == "door.pulse_seconds"


@pytest.mark.parametrize("device", ["gate-box", "north"])
def test_what_is_no_door_cannot_be_opened(pair, device):
    with pytest.raises(WrongState) as refused:
        pair[1].driver.open(device, pair[1].order(), 1000)
    assert refused.value.key == "door.unknown_device"


def test_a_running_driver_is_neither_started_again_nor_probed(pair):
    _, driver = pair
    for call in (lambda: driver.driver.start(driver.tell), lambda: driver.driver.probe("gate-box")):
        with pytest.raises(WrongState) as refused:
            call()
        assert refused.value.key == "door.started"


def test_what_happens_at_a_door_is_told_as_it_happens(pair):
    controller, driver = pair
    mark = driver.mark()
    controller.cards[CARD.number] = bytes(12) + bytes([1, 0, 0, 1])
    assert controller.swipe(CARD.number, 1)
    passed = driver.wait(PassageLogged, mark, card=CARD.number)
    assert (passed.device, passed.granted, passed.reason, passed.late_s) == (
        "east",
        True,
        "door.passage_granted",
        0.0,
    )
    assert not controller.swipe(4711, 3)
    refused = driver.wait(PassageLogged, mark, card=4711)
    assert (refused.device, refused.granted, refused.reason) == ("west", False, "door.passage_no_access")
    assert refused.index == passed.index + 1
    controller.push_button(3)
    assert driver.wait(ExitRequested, mark, device="west").late_s == 0.0
    controller.contact(3, is_open=True)
    assert driver.wait(DoorChanged, mark, device="west", position="open").first is False
    controller.contact(3, is_open=False)
    driver.wait(DoorChanged, mark, device="west", position="closed")


def test_a_door_that_is_wired_to_nothing_of_ours_is_told_under_its_controller(pair):
    controller, driver = pair
    mark = driver.mark()
    controller.swipe(99, 2)
    assert driver.wait(PassageLogged, mark, card=99).device == "gate-box"


def test_health_tells_who_is_there_and_how_fresh_that_is(pair):
    controller, driver = pair
    words = driver.health().words
    mark = driver.mark()
    controller.swipe(7, 1)
    driver.wait(PassageLogged, mark, card=7)
    for device in driver.driver.devices:
        health = driver.health(device)
        assert (health.online, health.reason, health.reconnects) == (True, None, 0)
        assert 0 <= health.last_word_age_s < driver.driver.deadline_s(device) == 2.0
    assert driver.health().words > words
    assert driver.all(DeviceLost) == []


def test_cards_are_stored_read_and_deleted(pair):
    _, driver = pair
    wiring = driver.wiring.controllers[0]
    assert get_card(wiring, CARD.number) is None
    put_card(wiring, CARD)
    assert get_card(wiring, CARD.number) == CARD
    moved = StoredCard(CARD.number, CARD.valid_from, CARD.valid_until, frozenset())
    put_card(wiring, moved)
    assert get_card(wiring, CARD.number) == moved
    assert delete_card(wiring, CARD.number)
    assert not delete_card(wiring, CARD.number)


def test_a_controller_that_does_not_store_a_card_is_told(pair):
    controller, driver = pair
    controller._put_card = lambda _: b"\0"
    try:
        with pytest.raises(Misconfigured) as refused:
            put_card(driver.wiring.controllers[0], CARD)
    finally:
        del controller._put_card
    assert refused.value.key == "door.card_refused"
    assert str(CARD.number) in str(refused.value)


def test_a_door_that_the_controller_refuses_to_open_is_told_as_that(pair):
    controller, driver = pair
    controller._open = lambda _: b"\0"
    try:
        assert driver.open("east").refused == faults.REFUSED_BY_DEVICE
    finally:
        del controller._open


def test_a_driver_is_probed_before_it_starts_and_may_be_stopped_twice():
    with answering(box()) as controller:
        driver = Driver(controller)
        known = driver.driver.probe("east")
        assert (known.maker, known.serial, known.firmware) == ("UHPPOTE", str(SERIAL), "v8.92")
        assert 0 < known.latency_s < 1
        assert [h.online for h in driver.driver.health()] == [False] * 3
        with pytest.raises(WrongState) as refused:
            driver.driver.open("east", driver.order(), 1000)
        assert refused.value.key == "door.not_started"
        driver.driver.start(driver.tell)
        driver.settle()
        driver.driver.stop()
        driver.driver.stop()
        with pytest.raises(WrongState):
            driver.driver.open("east", driver.order(), 1000)


def test_a_probe_tells_a_silent_controller_from_another_one():
    with answering(box()) as controller:
        with pytest.raises(Misconfigured) as other:
            Driver(controller, serial=123, lost_after_s=1.0).driver.probe("gate-box")
        assert other.value.key == "door.other_controller"
        assert str(SERIAL) in str(other.value)
        controller.unplug()
        began_s = time.monotonic()
        with pytest.raises(Transient) as silent:
            Driver(controller, lost_after_s=1.0).driver.probe("gate-box")
        assert silent.value.key == "door.unreachable"
        assert time.monotonic() - began_s < 5
    with pytest.raises(Transient) as gone:
        Driver(controller).driver.probe("gate-box")
    assert gone.value.key == "door.unreachable"


def test_each_order_is_answered_also_when_the_driver_stops():
    with answering(box()) as controller:
        driver = Driver(controller)
        driver.driver.start(driver.tell)
        driver.settle()
        orders = [driver.order() for _ in range(20)]
        for order in orders:
            driver.driver.open("east", order, 1000)
        driver.driver.stop()
        assert [s.order for s in driver.all(OrderDone)] == [o.id for o in orders]
        opened = [s for s in driver.all(OrderDone) if s.refused is None]
        assert len(opened) == len(controller.doors[0].openings)
