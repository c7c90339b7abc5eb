"""What the rules make of passages: an alert for what a guard must know, none for what is as it should be."""

import pytest

from drivers.said import DoorChanged, OrderDone
from edge.access.freeing import RENEWAL
from edge.alerts.alert import tell
from edge.box_events import (
    DoorAlarmed,
    DoorFreed,
    DoorNotFreed,
    DoorSecured,
    ModeSet,
    OpeningOrdered,
    PassageDecided,
    TailgatingSeen,
)
from edge.clock import Moment
from edge.linkage import repetition
from edge.linkage.effects import KeepObservation, RaiseAlert, SettleAlert
from edge.linkage.knowledge import Knowledge
from edge.linkage.policy import Policy
from edge.linkage.rules import Linkage, step, tick
from edge.site.roster import Listed
from tests.edge.access_site import MONDAY_NOON, ZONE

NORTH = Listed("north", "doors", "reader", "北门", "北侧", held_after_s=30.0)
POLICY = Policy(
    timezone=ZONE,
    cameras={},
    forbidden=(),
    person_gap_s=60.0,
    vehicle_gap_s=60.0,
    vehicle_alert=False,
    vehicle_hours=(),
    vehicle_severity="warning",
    devices={"north": NORTH},
)
KNOWN = Knowledge(names={"person/1": "王芳"})
NOW = Moment(MONDAY_NOON, 1000.0)


def alerts(seen):
    effects = step(Linkage(POLICY, KNOWN), seen, NOW).effects
    return [effect for effect in effects if not isinstance(effect, KeepObservation)]


def decided(reason="granted", **more):
    return PassageDecided(
        device="north",
        mono_s=1000.0,
        granted=reason == "granted",
        reason=reason,
        subjects=more.pop("subjects", ("person/1",)),
        asked=("card",),
        trace=(),
        **more,
    )


def told(effect, language="zh"):
    return [getattr(tell(sentence), language) for sentence in (effect.text, *effect.why)]


@pytest.mark.parametrize("reason", ["granted", "unknown_card", "no_right", "another_factor", "too_late"])
def test_an_ordinary_decision_is_no_alert(reason):
    assert alerts(decided(reason)) == []


@pytest.mark.parametrize(
    ("seen", "rule", "severity"),
    [
        (decided(duress=True), "duress", "critical"),
        (decided("no_right", duress=True), "duress", "critical"),
        (decided("anti_passback"), "anti_passback", "warning"),
        (decided("passed_lately"), "anti_passback", "warning"),
        (decided(notices=("soft_anti_passback",)), "soft_anti_passback", "notice"),
        (decided("wrong_pin", notices=("guessing",)), "guessing", "warning"),
        (decided("barred"), "barred", "warning"),
        (decided("card_lost"), "lost_card", "warning"),
        (
            TailgatingSeen(device="north", mono_s=1.0, camera="cam", people=2, granted=1),
            "tailgating",
            "warning",
        ),
    ],
)
def test_what_a_guard_must_know_is_an_alert_in_both_languages(seen, rule, severity):
    (effect,) = alerts(seen)
    assert isinstance(effect, RaiseAlert)
    assert (effect.rule, effect.severity, effect.place, effect.device) == (rule, severity, "北侧", "north")
    for language in ("zh", "en"):
        assert "access." not in "".join(told(effect, language))
    assert "北门" in told(effect)[0]


def test_what_is_decided_at_a_lane_is_told_by_the_lanes():
    assert alerts(decided("barred", lane="in")) == []


def test_an_alert_names_whose_card_it_was_and_the_camera_that_sees_the_door():
    (effect,) = alerts(decided("card_lost", camera="cam"))
    assert told(effect) == ["北侧：北门有人使用已挂失的卡", "凭证登记在 王芳 名下", "此卡已挂失"]
    assert (effect.camera, effect.subject) == ("cam", "person/1")


def test_a_visitor_is_named_by_the_pass():
    (effect,) = alerts(decided(duress=True, subjects=("visitor/7",)))
    assert told(effect)[1] == "使用访客通行证 7"


def test_a_wrong_code_of_nobody_is_still_an_alert():
    (effect,) = alerts(decided("pin_without_person", notices=("guessing",), subjects=()))
    assert effect.subject is None


def test_a_lockdown_is_one_alert_until_it_ends():
    (effect,) = alerts(ModeSet(mode="lockdown", on=True, by="陈", why="演练", mono_s=1.0))
    assert (effect.key, effect.gap_s, told(effect)[1]) == ("lockdown", None, "操作员 陈：演练")
    assert alerts(ModeSet(mode="lockdown", on=False, by="陈", why="演练", mono_s=1.0)) == [
        SettleAlert("lockdown")
    ]


def test_doors_released_by_fire_are_one_alert_until_they_are_locked():
    (effect,) = alerts(DoorFreed(device="north", mono_s=1.0, by="fire"))
    assert (effect.key, effect.severity) == ("fire_release", "critical")
    assert SettleAlert("fire_release") in alerts(DoorSecured(device="north", mono_s=1.0, by="fire"))


@pytest.mark.parametrize("fail", ["safe", "secure"])
def test_a_door_that_fire_did_not_open_is_an_alert_that_says_what_its_lock_does_without_power(fail):
    refused = DoorNotFreed(device="north", mono_s=1.0, order="d1", refused="modbus.silent", fail=fail)
    (effect,) = alerts(refused)
    assert (effect.key, effect.severity) == ("fire_not_released:north", "critical")
    assert ("保持上锁" in told(effect)[1]) is (fail == "secure")


def test_it_is_over_when_the_door_takes_its_order_or_is_locked_again():
    over = SettleAlert("fire_not_released:north")
    assert alerts(done(f"d2{RENEWAL}")) == [over]
    assert alerts(done("d2")) == []
    assert over in alerts(DoorSecured(device="north", mono_s=1.0, by="fire"))


def test_a_door_that_fire_does_not_open_again_and_again_is_journalled_once():
    standing, kept = {}, []
    for number in range(3):
        seen = DoorNotFreed(device="north", mono_s=1.0, order=f"{number}", refused="a.b", fail="safe")
        standing, news = repetition.step(standing, seen, 1000.0 + 20 * number)
        kept.append(news)
    assert kept == [True, False, False]


def test_a_freed_door_may_stand_open_until_it_is_locked_again():
    state = Linkage(POLICY, KNOWN)
    for seen, at_s in (
        (DoorChanged(device="north", mono_s=1.0, position="closed", first=True), 1000.0),
        (DoorFreed(device="north", mono_s=1.0, by="schedule"), 1001.0),
        (opening("d1"), 1001.0),
        (done("d1"), 1001.1),
        (DoorChanged(device="north", mono_s=1.0, position="open"), 1002.0),
    ):
        state = step(state, seen, Moment(MONDAY_NOON, at_s)).state
    state, followed = tick(state, Moment(MONDAY_NOON, 2000.0))
    assert followed == ()
    secured = DoorSecured(device="north", mono_s=1.0, by="schedule")
    assert step(state, secured, Moment(MONDAY_NOON, 2001.0)).followed == (
        DoorAlarmed(device="north", mono_s=2001.0, alarm="held"),
    )


@pytest.mark.parametrize("by", ["schedule", "first_person"])
def test_a_door_that_its_schedule_unlocks_is_no_alert(by):
    assert alerts(DoorFreed(device="north", mono_s=1.0, by=by)) == []


def opening(order, why="fire"):
    return OpeningOrdered(device="north", mono_s=1.0, order=order, pulse_s=25.0, by="access", why=why)


def done(order, refused=None):
    return OrderDone(device="north", mono_s=1.0, order=order, refused=refused, took_s=0.1)


def test_pulses_that_keep_a_freed_door_open_stay_out_of_the_journal():
    standing, kept = {}, []
    for number in range(5):
        for seen in (opening(f"d{number}{RENEWAL}"), done(f"d{number}{RENEWAL}")):
            standing, news = repetition.step(standing, seen, 1000.0 + 20 * number)
            kept.append(news)
    assert kept == [True, True, *[False] * 8]


def test_a_pulse_that_was_refused_is_news_again():
    standing, _ = repetition.step({}, done(f"d1{RENEWAL}"), 1000.0)
    _, news = repetition.step(standing, done(f"d2{RENEWAL}", refused="modbus.silent"), 1020.0)
    assert news


def test_every_other_opening_is_journalled():
    standing, first = repetition.step({}, opening("d1", "granted"), 1000.0)
    standing, second = repetition.step(standing, opening("d2", "granted"), 1000.0)
    _, third = repetition.step(standing, done("d2"), 1000.0)
    assert first
    assert second
    assert third
