"""What the rules make of doors, fences and any device; no alert for what is as it should be."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from drivers.said import (
    ArmedChanged,
    CardPresented,
    ContactChanged,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    KeysPressed,
    OrderDone,
    PassageLogged,
    PowerChanged,
    TamperChanged,
    ZoneChanged,
)
from edge.alerts.alert import tell
from edge.box_events import DoorAlarmed, OpeningOrdered
from edge.clock import Moment
from edge.linkage.device_rule import CALM_S
from edge.linkage.effects import KeepObservation, RaiseAlert, SettleAlert
from edge.linkage.knowledge import Knowledge
from edge.linkage.policy import policy_of
from edge.linkage.rules import Linkage, step, tick
from edge.linkage.states import Held
from edge.site.schema import Site

WALL = datetime(2026, 11, 20, 23, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
SITE = Site.model_validate(
    {
        "site": {"id": "s", "name": "小区"},
        "cameras": {
            "wall": {
                "name": "墙角",
                "place": "东墙",
                "source": "a.mp4",
                "roles": ["overview"],
                "purpose": "security",
            }
        },
        "wires": {
            "bus": {
                "kind": "modbus",
                "port": "/dev/fence",
                "fences": {
                    "fence": {
                        "name": "围栏主机",
                        "place": "东围墙",
                        "unit": 1,
                        "profile": "generic-16di",
                        "zones": {"1": {"name": "北段", "cameras": ["wall"]}, "2": {"name": "南段"}},
                    }
                },
                "relay_boards": {
                    "board": {
                        "name": "继电器板",
                        "place": "车道",
                        "unit": 2,
                        "contacts": {"loop": {"address": 0, "name": "地感"}},
                        "outputs": {"up": {"channel": 0}, "down": {"channel": 1}},
                        "barriers": {
                            "arm": {
                                "name": "道闸",
                                "place": "车道",
                                "raise_output": "up",
                                "lower_output": "down",
                            }
                        },
                    }
                },
            },
            "doors": {
                "kind": "osdp",
                "port": "/dev/doors",
                "readers": {
                    "north": {
                        "name": "北门",
                        "place": "北门通道",
                        "address": 0,
                        "key_file": "k",
                        "door": {"held_after_s": 30},
                    }
                },
            },
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
        "storage": {"directory": "."},
    }
)


class Gate:
    """The rules at work: what is told to them one after another, and what each asked for."""

    def __init__(self, held=None):
        self.state = Linkage(policy_of(SITE), Knowledge(), held=held or Held())
        self.mono_s = 100.0

    def hears(self, seen):
        self.mono_s = max(self.mono_s, seen.mono_s)
        stepped = step(self.state, seen, Moment(WALL + seen.mono_s, seen.mono_s))
        self.state = stepped.state
        asked = list(stepped.effects)
        for followed in stepped.followed:
            asked += self.hears(followed)
        return asked

    def waits(self, seconds):
        self.mono_s += seconds
        self.state, followed = tick(self.state, Moment(WALL + self.mono_s, self.mono_s))
        return [effect for seen in followed for effect in self.hears(seen)]


def alerts(asked):
    return [effect for effect in asked if isinstance(effect, RaiseAlert)]


def only(asked):
    (alert,) = alerts(asked)
    tell(alert.text), [tell(sentence) for sentence in alert.why]
    return alert


def door(position, mono_s, **more):
    return DoorChanged(device="north", mono_s=mono_s, position=position, **more)


def zone(state, mono_s=1.0, name="1", **more):
    return ZoneChanged(device="fence", mono_s=mono_s, zone=name, state=state, **more)


def armed(yes, mono_s=1.0, **more):
    return ArmedChanged(device="fence", mono_s=mono_s, armed=yes, **more)


# fence


def test_a_zone_in_alarm_is_a_critical_alert_with_its_stretch_and_its_camera():
    gate = Gate()
    assert alerts(gate.hears(zone("normal", first=True))) == []
    alert = only(gate.hears(zone("alarm", 2.0, voltage_v=3200.0)))
    assert (alert.rule, alert.severity, alert.camera, alert.zone) == ("fence_alarm", "critical", "wall", "1")
    assert tell(alert.text).zh == "东围墙：北段（1 防区）报警"
    assert "3200 V" in [tell(sentence).zh for sentence in alert.why][1]


def test_a_zone_that_is_well_again_settles_its_alert():
    gate = Gate()
    alert = only(gate.hears(zone("open_wire")))
    assert SettleAlert(alert.key, CALM_S) in gate.hears(zone("normal", 2.0))


def test_a_cut_wire_that_turns_into_an_alarm_ends_the_one_alert_and_begins_the_other():
    gate = Gate()
    cut = only(gate.hears(zone("open_wire")))
    asked = gate.hears(zone("alarm", 2.0))
    assert only(asked).rule == "fence_alarm"
    assert SettleAlert(cut.key, CALM_S) in asked


def test_an_alarm_of_a_disarmed_host_alerts_nobody_but_a_cut_wire_does():
    gate = Gate()
    gate.hears(armed(False))
    assert alerts(gate.hears(zone("alarm", 2.0))) == []
    assert only(gate.hears(zone("open_wire", 3.0))).rule == "fence_open_wire"


def test_arming_a_host_alerts_for_zones_that_alarm_already():
    gate = Gate()
    gate.hears(armed(False))
    gate.hears(zone("alarm", 2.0, "1"))
    gate.hears(zone("normal", 2.0, "2"))
    assert only(gate.hears(armed(True, 3.0))).zone == "1"


def test_the_same_state_read_again_with_another_voltage_is_no_second_alert():
    gate = Gate()
    only(gate.hears(zone("low_voltage", voltage_v=3000.0)))
    assert gate.hears(zone("low_voltage", 2.0, voltage_v=2000.0)) == []


def test_a_zone_found_in_alarm_after_a_restart_alerts_and_says_that_nobody_saw_it():
    before = Held({("fence", "zone:1"): "normal"}, {("fence", "zone:1"): WALL})
    alert = only(Gate(before).hears(zone("alarm", first=True)))
    assert "恢复后才读到" in tell(alert.why[-1]).zh


def test_a_zone_found_as_it_was_before_the_restart_is_no_news():
    before = Held({("fence", "zone:1"): "alarm"}, {("fence", "zone:1"): WALL})
    assert Gate(before).hears(zone("alarm", first=True)) == []


# doors


def test_a_door_that_opens_while_nobody_was_let_through_is_forced():
    gate = Gate()
    gate.hears(door("closed", 100.0, first=True))
    alert = only(gate.hears(door("open", 101.0)))
    assert (alert.rule, alert.severity, alert.device) == ("door_forced", "critical", "north")
    assert SettleAlert(alert.key) in gate.hears(door("closed", 102.0))


@pytest.mark.parametrize(
    "release",
    [
        (ExitRequested(device="north", mono_s=100.5),),
        (PassageLogged(device="north", mono_s=100.5, index=1, card=7, granted=True, reason="card"),),
        (
            OpeningOrdered(device="north", mono_s=100.2, order="o1", pulse_s=3.0, by="test", why="check"),
            OrderDone(device="north", mono_s=100.5, order="o1", refused=None, took_s=0.1),
        ),
    ],
    ids=["exit button", "controller let through", "order confirmed"],
)
def test_a_door_that_opens_after_a_release_is_not_forced(release):
    gate = Gate()
    gate.hears(door("closed", 100.0, first=True))
    for said in release:
        gate.hears(said)
    assert alerts(gate.hears(door("open", 101.0))) == []


@pytest.mark.parametrize(
    "release",
    [
        (ExitRequested(device="north", mono_s=100.5, late_s=60.0),),
        (PassageLogged(device="north", mono_s=100.5, index=1, card=7, granted=False, reason="card"),),
        (PassageLogged(device="north", mono_s=100.5, index=1, card=7, granted=True, reason="", late_s=9.0),),
        (
            OpeningOrdered(device="north", mono_s=100.2, order="o1", pulse_s=3.0, by="test", why="check"),
            OrderDone(device="north", mono_s=100.5, order="o1", refused="door.no_answer", took_s=0.1),
        ),
        (OrderDone(device="north", mono_s=100.5, order="feedback", refused=None, took_s=0.1),),
    ],
    ids=["exit long ago", "refused", "let through long ago", "order refused", "another order"],
)
def test_what_is_no_release_leaves_a_door_forced(release):
    gate = Gate()
    gate.hears(door("closed", 100.0, first=True))
    for said in release:
        gate.hears(said)
    assert only(gate.hears(door("open", 101.0))).rule == "door_forced"


def test_a_door_that_stands_open_is_alerted_once_by_time_alone():
    gate = Gate()
    gate.hears(door("closed", 100.0, first=True))
    gate.hears(ExitRequested(device="north", mono_s=100.5))
    gate.hears(door("open", 101.0))
    assert gate.waits(29.0) == []
    asked = gate.waits(2.0)
    assert only(asked).rule == "door_held"
    assert KeepObservation() in asked
    assert gate.waits(60.0) == []


def test_a_door_found_open_after_a_restart_is_told_but_not_as_forced():
    before = Held({("north", "position"): "closed"}, {("north", "position"): WALL})
    alert = only(Gate(before).hears(door("open", 100.0, first=True)))
    assert (alert.rule, alert.severity) == ("changed_while_away", "notice")
    assert "北门" in tell(alert.text).zh


# any device


def lost(device="north", reason="door.silent", silent_s=5.0):
    return DeviceLost(device=device, mono_s=1.0, reason=reason, detail="address 0", silent_s=silent_s)


def found(identity="HID Signo", mono_s=2.0, away_s=None):
    return DeviceFound(device="north", mono_s=mono_s, identity=identity, firmware="1.0", away_s=away_s)


def test_a_lost_device_alerts_with_the_drivers_reason_and_is_settled_when_found():
    gate = Gate()
    alert = only(gate.hears(lost()))
    assert tell(alert.text).zh == "北门通道：北门离线"
    assert "北门" in tell(alert.why[0]).zh
    assert "5.0" in tell(alert.why[1]).en
    assert SettleAlert(alert.key, CALM_S) in gate.hears(found(away_s=3.0))


def test_a_board_is_lost_in_one_alert_with_what_hangs_on_it():
    gate = Gate()
    alert = only(gate.hears(lost("board", "modbus.silent")))
    assert "道闸" in tell(alert.why[-1]).zh
    assert alerts(gate.hears(lost("arm", "modbus.silent"))) == []


def test_a_broken_wire_is_one_alert_for_all_that_hangs_on_it():
    gate = Gate()
    told = [only(gate.hears(lost(device, "modbus.line_broken"))) for device in ("fence", "board")]
    assert told[0].key == told[1].key == "wire_lost:bus"
    assert "继电器板、道闸" in tell(told[0].why[-1]).zh
    back = [
        DeviceFound(device=device, mono_s=3.0, identity="x", firmware="", away_s=2.0)
        for device in ("board", "fence")
    ]
    assert SettleAlert("wire_lost:bus", CALM_S) not in gate.hears(back[0])
    assert SettleAlert("wire_lost:bus", CALM_S) in gate.hears(back[1])


def test_the_only_device_of_a_broken_wire_is_lost_by_its_name():
    assert only(Gate().hears(lost("north", "door.port_gone"))).key == "device_lost:north"


@pytest.mark.parametrize(
    "reason", ["modbus.silent", "modbus.line_missing", "probe.silent", "patrol_reader.unplugged", "x.y"]
)
def test_every_drivers_reason_can_be_told_in_both_languages(reason):
    alert = only(Gate().hears(lost(reason=reason)))
    assert all("{" not in tell(sentence).zh + tell(sentence).en for sentence in alert.why)


def test_another_device_in_its_place_is_told_and_the_same_one_is_not():
    gate = Gate()
    gate.hears(found())
    gate.hears(lost())
    assert alerts(gate.hears(found(mono_s=3.0, away_s=1.0))) == []
    alert = only(gate.hears(found("Other Reader", 4.0, 1.0)))
    assert "HID Signo 1.0" in tell(alert.why[0]).zh
    assert "Other Reader 1.0" in tell(alert.why[0]).zh


def test_a_device_found_after_a_restart_as_it_was_is_no_news():
    before = Held({("north", "link"): "found", ("north", "identity"): "HID Signo 1.0"})
    assert [e for e in Gate(before).hears(found()) if not isinstance(e, SettleAlert)] == []


def test_an_open_housing_and_lost_mains_stand_until_they_are_over():
    gate = Gate()
    opened = only(gate.hears(TamperChanged(device="north", mono_s=1.0, tampered=True)))
    assert opened.severity == "critical"
    closed = gate.hears(TamperChanged(device="north", mono_s=2.0, tampered=False))
    assert SettleAlert(opened.key, CALM_S) in closed
    battery = only(gate.hears(PowerChanged(device="north", mono_s=3.0, power="battery")))
    assert SettleAlert(battery.key, CALM_S) in gate.hears(
        PowerChanged(device="north", mono_s=4.0, power="mains")
    )


def test_a_contact_that_changed_while_nobody_looked_is_told_by_its_name_once():
    before = Held({("board", "contact:loop"): "open"})
    gate = Gate(before)
    seen = ContactChanged(device="board", mono_s=1.0, contact="loop", closed=True, first=True)
    assert "地感" in tell(only(gate.hears(seen)).text).zh
    assert gate.hears(seen) == []


def test_a_code_typed_at_a_door_is_never_journalled_and_a_card_is():
    gate = Gate()
    assert gate.hears(KeysPressed(device="north", mono_s=1.0, keys="1234#")) == []
    card = CardPresented(device="north", mono_s=1.0, bits=26, data=b"\x01\x02\x03\x40", number=1042)
    assert gate.hears(card) == [KeepObservation()]


def test_a_device_that_the_site_file_no_longer_names_goes_by_its_id():
    gate = Gate()
    alert = only(gate.hears(lost("gone")))
    assert "gone" in tell(alert.text).zh
    assert alerts(gate.hears(DoorAlarmed(device="gone", mono_s=2.0, alarm="held")))
