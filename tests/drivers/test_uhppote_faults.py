"""Controllers that go silent, are swapped, or answer rubbish; ports that are taken. Told once each."""

import socket
import time

import pytest

from drivers.base import Misconfigured
from drivers.doors import faults
from drivers.doors.uhppote_controllers import UhppoteControllers
from drivers.doors.uhppote_wiring import UhppoteDoorWiring, UhppoteNetworkWiring, UhppoteWiring
from drivers.said import DeviceFound, DeviceLost, DoorChanged, OrderDone, PassageLogged
from tests.drivers.ear import Ear
from tests.drivers.uhppote_gate import SERIAL, answering, box, free_port, running

NAMES = ["gate-box", "east", "west"]


def test_a_controller_that_goes_silent_is_lost_once_and_found_once_with_all_its_doors():
    with answering(box()) as controller, running(controller, lost_after_s=1.0) as driver:
        driver.settle()
        mark = driver.mark()
        controller.unplug()
        began_s = time.monotonic()
        lost = driver.wait(DeviceLost, mark, device="west")
        assert [s.device for s in driver.all(DeviceLost)] == NAMES
        assert lost.reason == "door.unreachable"
        assert lost.mono_s - began_s < 1.0 + 3
        assert 0.3 < lost.silent_s < 4
        assert [h.online for h in driver.driver.health()] == [False] * 3
        assert driver.health().reason == "door.unreachable"
        assert driver.open("east").refused == faults.NOT_CONNECTED
        controller.doors[0].is_open = True
        time.sleep(0.5)
        controller.plug()
        found = driver.wait(DeviceFound, mark, device="west")
        assert found.away_s == pytest.approx(found.mono_s - lost.mono_s)
        assert driver.wait(DoorChanged, mark, device="east").first
        assert driver.all(DoorChanged, mark, device="east")[0].position == "open"
        assert [s.device for s in driver.all(DeviceLost)] == NAMES
        assert [s.device for s in driver.all(DeviceFound, mark)] == NAMES
        assert controller.doors[0].openings == []


def test_a_controller_that_never_answers_is_lost_once_after_its_deadline():
    with answering(box()) as controller:
        controller.unplug()
        with running(controller, lost_after_s=0.5) as driver:
            lost = driver.wait(DeviceLost, device="west")
            assert (lost.silent_s, lost.reason) == (None, "door.unreachable")
            time.sleep(0.5)
            assert len(driver.all(DeviceLost)) == 3


def test_a_door_that_opened_during_a_silence_too_short_to_tell_is_a_change():
    with answering(box()) as controller, running(controller, lost_after_s=3.0) as driver:
        driver.settle()
        mark = driver.mark()
        reconnects = driver.health().reconnects
        controller.unplug()
        controller.doors[2].is_open = True
        while driver.health().last_word_age_s < 0.8:
            time.sleep(0.02)
        controller.plug()
        opened = driver.wait(DoorChanged, mark, device="west")
        assert (opened.position, opened.first) == ("open", False)
        assert driver.health().reconnects == reconnects + 1
        assert driver.all(DeviceLost) == []
        assert len(driver.all(DeviceFound, device="west")) == 1


def test_a_controller_that_was_restarted_tells_its_events_again():
    with answering(box()) as controller, running(controller) as driver:
        driver.settle()
        controller.restart()
        controller.swipe(5, 1)
        # It forgot where to: polling finds the entry, and has it told again from then on.
        assert driver.wait(PassageLogged, card=5).late_s >= 1
        controller.swipe(6, 1)
        assert driver.wait(PassageLogged, card=6).late_s == 0.0


def test_another_controller_at_the_address_is_told_as_that_and_opens_nothing():
    with answering(box(serial=123_456_789)) as controller, running(controller, lost_after_s=1.0) as driver:
        lost = driver.wait(DeviceLost, device="gate-box")
        assert (lost.reason, lost.detail) == ("door.other_controller", "123456789")
        assert driver.open("east").refused == faults.NOT_CONNECTED
        assert [d.openings for d in controller.doors] == [[]] * 4
        assert driver.health().detail == "123456789"


def test_a_controller_that_was_swapped_while_running_is_told_as_another_one():
    with answering(box()) as controller, running(controller, lost_after_s=1.0) as driver:
        driver.settle()
        controller.serial = 222_222_222
        assert driver.wait(DeviceLost, device="gate-box").reason == "door.other_controller"
        mark = driver.mark()
        controller.serial = SERIAL
        driver.wait(DeviceFound, mark, device="west")


def test_a_controller_that_answers_rubbish_is_counted_and_lost_within_its_deadline():
    with answering(box()) as controller, running(controller, lost_after_s=1.0) as driver:
        driver.settle()
        genuine = controller._packet
        controller._packet = lambda function, body: b"\x18" + genuine(function, body)[1:]
        lost = driver.wait(DeviceLost, device="gate-box")
        assert lost.reason == "door.garbled"
        assert driver.health().malformed > 0
        mark = driver.mark()
        controller._packet = genuine
        driver.wait(DeviceFound, mark, device="gate-box")


def test_an_order_that_is_not_confirmed_is_told_and_its_late_answer_confirms_no_other():
    with answering(box()) as controller, running(controller, lost_after_s=10.0, poll_s=5.0) as driver:
        driver.settle()
        genuine = controller._open

        def slow(asked):
            # Longer than the driver waits; the next order is on its way by then, and is refused.
            controller._open = lambda _: b"\0"
            time.sleep(1.3)
            return genuine(asked)

        controller._open = slow
        assert driver.open("east", good_for_s=10).refused == faults.NO_ANSWER
        assert driver.open("east", good_for_s=10).refused == faults.REFUSED_BY_DEVICE
        assert len(controller.doors[0].openings) == 1


def test_an_order_that_waited_behind_a_silence_until_it_was_too_late_is_never_sent():
    with answering(box()) as controller, running(controller, lost_after_s=10.0, poll_s=0.1) as driver:
        driver.settle()
        controller.unplug()
        while driver.health().last_word_age_s < 0.3:
            time.sleep(0.02)
        order = driver.order(good_for_s=0.3)
        driver.driver.open("east", order, 3000)
        refused = driver.wait(OrderDone, order=order.id).refused
        controller.plug()
        assert refused == faults.LATE
        driver.open("west")
        assert controller.doors[0].openings == []


def test_two_controllers_do_not_disturb_each_other():
    with answering(box(111)) as first, answering(box(222)) as second:
        controllers = tuple(
            UhppoteWiring(
                name,
                c.serial,
                "127.0.0.1",
                (UhppoteDoorWiring(f"{name}-door", 1),),
                port=c.port,
                poll_s=0.1,
                lost_after_s=1.0,
            )
            for name, c in (("one", first), ("two", second))
        )
        wiring, ear = UhppoteNetworkWiring(controllers, "127.0.0.1", free_port()), Ear()
        driver = UhppoteControllers(wiring, time.monotonic)
        driver.start(ear.tell)
        try:
            for name in ("one-door", "two-door"):
                ear.wait(DoorChanged, device=name)
            first.unplug()
            ear.wait(DeviceLost, device="one-door")
            second.swipe(3, 1)
            assert ear.wait(PassageLogged, card=3).late_s == 0.0
            assert {s.device for s in ear.all(DeviceLost)} == {"one", "one-door"}
        finally:
            driver.stop()


def test_a_port_that_another_program_listens_at_is_told_in_health_and_everything_arrives_late():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken, answering(box()) as controller:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with running(controller, listen_port=port) as driver:
            driver.settle()
            controller.swipe(8, 1)
            assert driver.wait(PassageLogged, card=8).late_s >= 1
            health = driver.health("east")
            assert (health.online, health.reason) == (True, "door.deaf")
            assert str(port) in health.detail
            taken.close()
            until_s = time.monotonic() + 20
            while driver.health("east").reason is not None:
                assert time.monotonic() < until_s
                time.sleep(0.05)
            controller.swipe(9, 1)
            assert driver.wait(PassageLogged, card=9).late_s == 0.0


def test_what_strangers_send_to_the_listening_port_is_counted_and_not_told():
    with answering(box()) as controller, running(controller) as driver:
        driver.settle()
        controller.wire.dead = True
        controller.swipe(666, 1)
        genuine = bytes(controller._packet(0x20, controller._status()))
        controller.forget()
        controller.wire.dead = False
        other = genuine[:4] + (999).to_bytes(4, "little") + genuine[8:]
        ear = ("127.0.0.1", driver.wiring.listen_port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            # The last one is all right but for where it comes from.
            stranger.bind(("127.0.0.2", 0))
            packets = (b"", b"hello", bytes(64), other, genuine[:-1], genuine + b"\0", genuine)
            for packet in packets:
                stranger.sendto(packet, ear)
        controller.swipe(11, 1)
        driver.wait(PassageLogged, card=11)
        assert [s.card for s in driver.all(PassageLogged)] == [11]
        assert driver.driver.malformed == len(packets)


def test_a_wiring_that_cannot_work_is_refused():
    door = UhppoteDoorWiring("east", 1)
    for change in (
        {"doors": (UhppoteDoorWiring("east", 5),)},
        {"doors": (door, UhppoteDoorWiring("west", 1))},
        {"serial": 0},
        {"serial": 1 << 32},
        {"host": "gate.local"},
        {"host": "::1"},
    ):
        with pytest.raises(Misconfigured) as refused:
            UhppoteWiring(**{"id": "box", "serial": 1, "host": "10.0.0.2", "doors": (door,)} | change)
        assert refused.value.key == "door.bad_wiring"
    one = UhppoteWiring("box", 1, "10.0.0.2", (door,))
    for other in (
        UhppoteWiring("box", 2, "10.0.0.3", ()),
        UhppoteWiring("east", 2, "10.0.0.3", ()),
        UhppoteWiring("two", 1, "10.0.0.3", ()),
    ):
        with pytest.raises(Misconfigured):
            UhppoteNetworkWiring((one, other), "10.0.0.1")
