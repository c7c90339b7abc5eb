"""PTZ cameras that answer: who they are, orders to turn, and what may be asked of the driver when."""

import string
import threading
import time

import pytest

from drivers.base import Driver, Identity, Malformed, Misconfigured, Turning, WrongState
from drivers.cameras import onvif_faults, ptz_camera, ptz_standing
from drivers.cameras.onvif_faults import fault, refusal
from drivers.cameras.onvif_wiring import OnvifWiring
from drivers.cameras.ptz_wiring import PtzNetworkWiring, PtzWiring
from drivers.said import DeviceFound, DeviceLost, OrderDone
from drivers.sim import onvif_answers
from edge.catalogue import sentences, text
from tests.drivers.ptz_gate import gate, until

WHO = Identity("Menwei", "PTZ", "1", "1.0", 0.01)
WIRED = PtzWiring("dome", OnvifWiring("192.0.2.5"), poll_s=10.0, lost_after_s=30.0)


def test_a_camera_is_found_once_with_its_identity():
    with gate() as at:
        found = at.ear.wait(DeviceFound)
        assert until(lambda: at.health("dome").words >= 3)
        assert at.ear.all(DeviceFound) == [found]
        assert (found.identity, found.firmware, found.away_s) == ("Menwei Simulated PTZ SN-dome", "1.0", None)
        assert at.ear.all(DeviceLost) == []
        health = at.health("dome")
    assert (health.online, health.reason, health.malformed, health.reconnects) == (True, None, 0, 0)
    assert health.last_word_age_s < 1.5


def test_a_poll_is_two_requests_and_looks_at_no_stream():
    with gate() as at:
        assert until(lambda: at.health("dome").words >= 3)
        asked = [request.operation for request in at.cameras["dome"].wire.asked]
    assert set(asked) == {"GetSystemDateAndTime", "GetDeviceInformation"}


def test_a_camera_is_turned_to_presets_of_the_site_file_and_of_its_own():
    with gate() as at:
        for preset, token in (("lane", "1"), ("gate", "2"), ("1", "1"), ("大门", "2")):
            order = at.turn("dome", preset)
            done = at.ear.wait(OrderDone, order=order)
            assert (done.device, done.refused) == ("dome", None)
            assert 0 < done.took_s < 20
            assert at.cameras["dome"].position == token


def test_every_order_has_one_answer_in_the_order_they_were_given():
    with gate() as at:
        given = [at.turn("dome", preset) for preset in ("lane", "gate", "nowhere", "lane")]
        at.ear.wait(OrderDone, order=given[-1])
        done = at.ear.all(OrderDone)
    assert [d.order for d in done] == given
    assert [d.refused for d in done] == [None, None, onvif_faults.ORDER_NO_PRESET, None]


def test_a_late_order_is_refused_and_never_sent():
    with gate() as at:
        at.ear.wait(DeviceFound)
        order = at.turn("dome", "lane", good_for_s=0.0)
        assert at.ear.wait(OrderDone, order=order).refused == onvif_faults.ORDER_LATE
        assert at.cameras["dome"].position is None
        asked = {request.operation for request in at.cameras["dome"].wire.asked}
    assert "GotoPreset" not in asked
    assert "GetPresets" not in asked


def test_an_order_does_not_wait_for_a_poll_that_hangs():
    with gate(start=False, poll_s=5.0, lost_after_s=60.0, timeout_s=15.0) as at:
        wire, held, done = at.cameras["dome"].wire, threading.Event(), threading.Event()
        answered = wire.answered

        def hold_the_first(request, is_cut):
            if not held.is_set() and request.operation == "GetDeviceInformation":
                held.set()
                done.wait(30)
            return answered(request, is_cut)

        wire.answered = hold_the_first
        try:
            at.driver.start(at.ear.tell)
            assert held.wait(20)
            # Far less than the poll may take.
            order = at.turn("dome", "lane", good_for_s=8.0)
            assert at.ear.wait(OrderDone, order=order).refused is None
            assert not done.is_set()
            # Who turned is there.
            assert [type(said) for said in at.ear.said] == [DeviceFound, OrderDone]
        finally:
            done.set()


@pytest.mark.parametrize(
    ("operation", "answer", "refused"),
    [
        ("GetPresets", "rubbish", onvif_faults.ORDER_UNANSWERED),
        ("GotoPreset", "broken", onvif_faults.ORDER_UNANSWERED),
        ("GotoPreset", "fault", onvif_faults.ORDER_REJECTED),
        ("GetServices", "without", onvif_faults.ORDER_NO_PTZ),
    ],
)
def test_an_order_that_the_camera_does_not_carry_out_says_why_and_is_tried_once(operation, answer, refused):
    told = {
        "rubbish": onvif_answers.Answer("no XML"),
        "broken": onvif_answers.Answer("<html/>"),
        "fault": onvif_answers.fault("Moving is blocked"),
        "without": onvif_answers.services("media", host="192.0.2.5"),
    }[answer]
    with gate() as at:
        camera = at.cameras["dome"]
        answers = camera.wire._answer
        camera.wire._answer = lambda request: told if request.operation == operation else answers(request)
        order = at.turn("dome", "lane")
        assert at.ear.wait(OrderDone, order=order).refused == refused
        words = at.health("dome").words
        assert until(lambda: at.health("dome").words > words + 2)
        asked = [request.operation for request in camera.wire.asked]
    assert asked.count(operation) == 1
    assert camera.position is None


def test_what_cannot_be_ordered_is_told_at_once():
    with gate(start=False) as at:
        for device, key in (("dome", "onvif.not_started"), ("attic", "onvif.unknown_device")):
            with pytest.raises(WrongState) as error:
                at.turn(device, "lane")
            assert error.value.key == key
        at.driver.start(at.ear.tell)
        with pytest.raises(WrongState) as error:
            at.driver.start(at.ear.tell)
        assert error.value.key == "onvif.started"
        with pytest.raises(WrongState):
            at.driver.probe("dome")
        at.driver.stop()
        with pytest.raises(WrongState):
            at.turn("dome", "lane")
        assert at.ear.all(OrderDone) == []


def test_the_driver_is_what_the_house_calls_one():
    with gate("dome", "speed", start=False) as at:
        driver: Driver = at.driver
        assert isinstance(driver, Turning)
        assert driver.devices == ("dome", "speed")
        assert driver.deadline_s("dome") == 1.5
        assert [(h.device, h.online) for h in driver.health()] == [("dome", False), ("speed", False)]


def test_a_probe_says_who_it_is_before_the_start():
    with gate(start=False) as at:
        who = at.driver.probe("dome")
        assert (who.maker, who.model, who.serial, who.firmware) == (
            "Menwei",
            "Simulated PTZ",
            "SN-dome",
            "1.0",
        )
        with pytest.raises(WrongState):
            at.driver.probe("attic")


def test_stopping_ends_what_hangs_and_answers_every_order():
    with gate(timeout_s=60.0, poll_s=1.0, lost_after_s=300.0) as at:
        at.ear.wait(DeviceFound)
        at.cameras["dome"].stall()
        given = [at.turn("dome", "lane", 60.0), at.turn("dome", "gate", 60.0)]
        asked = len(at.cameras["dome"].wire.asked)
        assert until(lambda: len(at.cameras["dome"].wire.asked) > asked)
        began = time.monotonic()
        at.driver.stop()
        assert time.monotonic() - began < 4.0
        done = {d.order: d.refused for d in at.ear.all(OrderDone)}
        assert done == {given[0]: onvif_faults.ORDER_UNANSWERED, given[1]: onvif_faults.ORDER_STOPPED}
        threads = [thread.name for thread in threading.enumerate()]
        assert "ptz-dome" not in threads
        at.driver.stop()


def test_a_fault_of_the_driver_itself_is_told_and_leaves_no_camera_unwatched(monkeypatch, caplog):
    with gate() as at:
        at.ear.wait(DeviceFound)

        async def broken(*_, **__):
            raise RuntimeError("bug")

        identify = ptz_camera.identify
        monkeypatch.setattr(ptz_camera, "identify", broken)
        lost = at.ear.wait(DeviceLost)
        assert (lost.reason, lost.detail) == ("onvif.unexpected", "RuntimeError")
        monkeypatch.setattr(ptz_camera, "identify", identify)
        monkeypatch.setattr(ptz_camera.onvif, "turn", broken)
        order = at.turn("dome", "lane")
        assert at.ear.wait(OrderDone, order=order).refused == onvif_faults.ORDER_UNANSWERED
        assert at.ear.wait(DeviceFound, after=at.ear.said.index(lost)).away_s > 1.5
    assert "the driver of dome failed" in caplog.text


# How a camera stands, without a camera.


def heard(standing, now_s, who=WHO):
    return ptz_standing.heard(standing, who, WIRED, now_s)


def test_found_and_lost_are_told_once_each_with_ages():
    standing, found = heard(ptz_standing.begin(100.0), 101.0)
    assert found == DeviceFound(
        device="dome", mono_s=101.0, identity="Menwei PTZ 1", firmware="1.0", away_s=None
    )
    standing, again = heard(standing, 111.0)
    assert again is None
    standing = ptz_standing.failed(standing, fault("onvif.unreachable", "192.0.2.5:80", "Connection refused"))
    assert ptz_standing.judged(standing, WIRED, 141.0)[1] is None
    standing, lost = ptz_standing.judged(standing, WIRED, 141.1)
    assert (lost.reason, lost.detail) == ("onvif.unreachable", "Connection refused")
    assert lost.silent_s == pytest.approx(30.1)
    assert ptz_standing.judged(standing, WIRED, 500.0)[1] is None
    assert not ptz_standing.health(standing, "dome", 500.0).online
    standing, found = heard(standing, 501.0)
    assert found.away_s == pytest.approx(390.0)
    assert ptz_standing.health(standing, "dome", 501.0).reconnects == 1


def test_a_camera_that_never_said_a_word_is_lost_without_an_age():
    _, lost = ptz_standing.judged(ptz_standing.begin(100.0), WIRED, 131.0)
    assert (lost.reason, lost.silent_s) == ("onvif.silent", None)


def test_another_camera_in_its_place_is_found_without_a_loss():
    standing, _ = heard(ptz_standing.begin(100.0), 101.0)
    _, found = heard(standing, 111.0, Identity("Menwei", "PTZ", "2", "1.0", 0.01))
    assert (found.identity, found.away_s) == ("Menwei PTZ 2", 10.0)


def test_what_breaks_the_protocol_is_counted():
    standing = ptz_standing.failed(ptz_standing.begin(0.0), fault("onvif.malformed", "c", "no XML"))
    standing = ptz_standing.failed(standing, fault("onvif.silent", "c", "1 s"))
    assert ptz_standing.health(standing, "dome", 1.0).malformed == 1
    assert isinstance(fault("onvif.malformed", "c", "x"), Malformed)


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (
            lambda: PtzWiring("a", OnvifWiring("192.0.2.5"), poll_s=30, lost_after_s=30),
            "onvif.lost_between_polls",
        ),
        (lambda: PtzNetworkWiring((WIRED, WIRED)), "onvif.id_twice"),
        (
            lambda: PtzNetworkWiring((WIRED, PtzWiring("b", OnvifWiring("192.0.2.5")))),
            "onvif.address_twice",
        ),
        (lambda: OnvifWiring("192.0.2.5:80"), "onvif.bad_address"),
        (lambda: OnvifWiring("http://192.0.2.5"), "onvif.bad_address"),
    ],
)
def test_what_can_never_work_is_refused(make, key):
    with pytest.raises(Misconfigured) as error:
        make()
    assert error.value.key == key


def test_a_camera_that_missed_a_poll_is_asked_again_before_it_is_lost():
    for poll_s, lost_after_s in ((30.0, 60.0), (10.0, 12.0), (0.3, 1.5)):
        wiring = PtzWiring("a", OnvifWiring("192.0.2.5"), poll_s=poll_s, lost_after_s=lost_after_s)
        assert wiring.answer_s <= 10.0
        assert poll_s + 2 * wiring.answer_s <= lost_after_s


# What is said about cameras.

OWN = onvif_faults._SENTENCES
REFUSALS = {value for name, value in vars(onvif_faults).items() if name.startswith("ORDER_")}


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_fault_is_said_in_both_languages_by_device_and_detail_alone():
    for language in ("zh-CN", "en"):
        assert set(OWN) | REFUSALS <= set(sentences(language))
        for key in OWN:
            assert placeholders(sentences(language)[key]) == {"device", "detail"}
            assert "球机" in text(key, language, device="球机", detail="x")
    assert {key: sentences("en")[key] for key in OWN} == OWN


def test_every_fault_of_a_conversation_refuses_an_order_with_a_sentence_that_needs_nothing():
    assert len(REFUSALS) >= 9
    for key in OWN:
        assert refusal(fault(key, "c", "x")) in REFUSALS
    assert all(not placeholders(sentences(lang)[key]) for key in REFUSALS for lang in ("zh-CN", "en"))
