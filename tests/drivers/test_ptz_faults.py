"""PTZ cameras unplugged, hung, wrongly keyed, restarted and swapped: told once each, the others unharmed."""

import logging
import time

import pytest

from drivers.base import Misconfigured
from drivers.cameras import onvif_faults
from drivers.cameras.reconnecting import Patience
from drivers.said import DeviceFound, DeviceLost, OrderDone
from tests.drivers.ptz_gate import PASSWORD, gate, until

NAMES = ("dome", "speed", "lane")
OTHERS = ("speed", "lane")
# Told within the deadline, but for the tick of the driver and a machine that is busy.
LATE_S = 3.0


@pytest.fixture
def at():
    with gate(*NAMES) as made:
        for name in NAMES:
            made.ear.wait(DeviceFound, device=name)
        yield made


def lost_and_found(at, break_it, mend_it):
    """Return how the camera was lost, and how it was found; nobody else was either."""
    mark, began_s = at.ear.mark(), time.monotonic()
    break_it()
    lost = at.ear.wait(DeviceLost, after=mark, device="dome")
    assert lost.mono_s - began_s < 1.5 + LATE_S
    assert 1.5 < lost.silent_s < 1.5 + LATE_S
    # As long again: it is told once.
    words = {name: at.health(name).words for name in OTHERS}
    assert until(lambda: all(at.health(name).words > words[name] + 4 for name in OTHERS))
    assert not at.health("dome").online
    assert at.health("dome").reason == lost.reason
    order = at.turn("speed", "lane")
    assert at.ear.wait(OrderDone, order=order).refused is None
    mend_it()
    found = at.ear.wait(DeviceFound, after=mark, device="dome")
    words = at.health("dome").words
    assert until(lambda: at.health("dome").words > words + 2)
    assert len(at.ear.all(DeviceLost, after=mark)) == len(at.ear.all(DeviceFound, after=mark)) == 1
    assert at.health("dome").online
    assert at.health("dome").reason is None
    order = at.turn("dome", "lane")
    assert at.ear.wait(OrderDone, order=order).refused is None
    return lost, found


def test_an_unplugged_camera_is_lost_and_found_once(at):
    camera = at.cameras["dome"]
    lost, found = lost_and_found(at, camera.unplug, camera.plug)
    assert (lost.reason, lost.detail) == ("onvif.unreachable", "Connection refused")
    assert found.away_s > lost.silent_s


def test_a_hung_camera_is_lost_and_found_once(at):
    camera = at.cameras["dome"]
    lost, _ = lost_and_found(at, camera.stall, camera.resume)
    assert lost.reason == "onvif.silent"


def test_a_camera_whose_password_changed_is_lost_as_denied_and_found_once(at):
    camera = at.cameras["dome"]
    lost, _ = lost_and_found(at, camera.wrong_key, camera.right_key)
    assert lost.reason == "onvif.denied"


def test_a_restart_shorter_than_the_deadline_is_nobodys_business(at):
    camera, mark = at.cameras["dome"], at.ear.mark()
    order = at.turn("dome", "gate")
    at.ear.wait(OrderDone, order=order)
    camera.restart()
    words = at.health("dome").words
    assert until(lambda: at.health("dome").words > words + 2)
    assert camera.position is None
    assert at.ear.all(DeviceLost, after=mark) == at.ear.all(DeviceFound, after=mark) == []


def test_another_camera_in_its_place_is_told_once_with_its_own_identity(at):
    mark = at.ear.mark()
    at.cameras["dome"].swap("SN-other")
    found = at.ear.wait(DeviceFound, after=mark, device="dome")
    words = at.health("dome").words
    assert until(lambda: at.health("dome").words > words + 2)
    assert found.identity == "Menwei Simulated PTZ SN-other"
    assert at.ear.all(DeviceFound, after=mark) == [found]
    assert at.ear.all(DeviceLost, after=mark) == []


def test_a_wrong_password_is_tried_once_and_not_by_orders_either(caplog):
    caplog.set_level(logging.DEBUG)
    with gate(password="wr0ng-secret", patience=Patience(denied_s=900.0)) as at:
        camera = at.cameras["dome"]
        lost = at.ear.wait(DeviceLost)
        assert (lost.reason, lost.silent_s) == ("onvif.denied", None)
        for _ in range(3):
            order = at.turn("dome", "lane")
            assert at.ear.wait(OrderDone, order=order).refused == onvif_faults.ORDER_DENIED
        late = at.turn("dome", "lane", good_for_s=0.0)
        assert at.ear.wait(OrderDone, order=late).refused == onvif_faults.ORDER_LATE
        assert camera.refused == 1
        assert camera.position is None
        assert at.ear.all(DeviceFound) == []
        told = f"{at.ear.said}{at.driver.health()}{at.driver.wiring!r}{caplog.text}"
    assert "wr0ng-secret" not in told


def test_a_camera_that_is_out_is_never_asked_and_says_why():
    out = Misconfigured("site.secret_unset", "the environment variable {name} is not set", name="DOME")
    with gate(out=out) as at:
        lost = at.ear.wait(DeviceLost)
        assert (lost.reason, lost.detail) == ("site.secret_unset", "the environment variable DOME is not set")
        order = at.turn("dome", "lane")
        assert at.ear.wait(OrderDone, order=order).refused == onvif_faults.ORDER_DENIED
        assert at.health("dome").detail == lost.detail
        assert at.cameras["dome"].wire.asked == []


def test_an_order_that_is_denied_ends_the_questions_too():
    with gate(patience=Patience(denied_s=900.0), poll_s=60.0, lost_after_s=120.0) as at:
        at.ear.wait(DeviceFound)
        at.cameras["dome"].wrong_key()
        for _ in range(3):
            order = at.turn("dome", "lane")
            assert at.ear.wait(OrderDone, order=order).refused == onvif_faults.ORDER_DENIED
        assert at.cameras["dome"].refused == 1
        assert at.health("dome").reason == "onvif.denied"


def test_an_order_to_a_camera_that_is_gone_says_so_and_hastens_the_next_question():
    with gate(poll_s=60.0, lost_after_s=61.0) as at:
        at.ear.wait(DeviceFound)
        at.cameras["dome"].unplug()
        order = at.turn("dome", "lane")
        assert at.ear.wait(OrderDone, order=order).refused == onvif_faults.ORDER_NOT_CONNECTED
        assert until(lambda: at.health("dome").reason == "onvif.unreachable", within_s=20)
        at.cameras["dome"].plug()
        assert until(lambda: at.health("dome").reason is None, within_s=20)
        assert at.cameras["dome"].position is None


def test_an_order_to_a_hung_camera_ends_with_its_own_time_and_is_not_made_up_for():
    with gate(poll_s=60.0, lost_after_s=200.0) as at:
        at.ear.wait(DeviceFound)
        camera = at.cameras["dome"]
        camera.stall()
        order = at.turn("dome", "lane", good_for_s=1.0)
        done = at.ear.wait(OrderDone, order=order)
        assert done.refused == onvif_faults.ORDER_UNANSWERED
        assert 0.9 < done.took_s < 6.0
        camera.resume()
        words = at.health("dome").words
        assert until(lambda: at.health("dome").words > words)
        assert camera.position is None


def test_the_simulator_takes_no_stale_signature_and_no_stranger():
    with gate(poll_s=60.0, lost_after_s=61.0) as at:
        at.ear.wait(DeviceFound)
        camera = at.cameras["dome"]
        (signed,) = [r for r in camera.wire.asked if r.operation == "GetDeviceInformation"]
        assert camera.answer(signed).status == 200
        assert PASSWORD not in signed.body
        camera.skew_s = 600.0
        assert camera.answer(signed).status == 400
        camera.skew_s = 0.0
        unsigned = type(signed)(signed.operation, signed.path, "<s:Body/>", "")
        assert camera.answer(unsigned).status == 400
        camera.wrong_key()
        assert camera.answer(signed).status == 400
        assert camera.refused == 3


def test_a_camera_whose_clock_is_hours_off_is_asked_all_the_same():
    with gate(start=False) as at:
        at.cameras["dome"].skew_s = 8 * 3600.0
        at.driver.start(at.ear.tell)
        at.ear.wait(DeviceFound)
        assert at.cameras["dome"].refused == 0
