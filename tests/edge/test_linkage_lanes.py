"""What a guard is told of the vehicle gate."""

import pytest

from edge.alerts.alert import tell
from edge.box_events import GuardAsked, StrangeDriver, VehicleOverstays, VehiclePassed
from edge.clock import Moment
from edge.events import Box, PlateRead
from edge.linkage.effects import KeepObservation, RaiseAlert, SettleAlert
from edge.linkage.knowledge import Knowledge, WatchEntry
from edge.linkage.lanes import SUSPICIOUS, WAITS_GAP_S
from edge.linkage.policy import policy_of
from edge.linkage.rules import Linkage, step
from edge.site.schema import Site

PLATE = "鄂A12345"
NOW = Moment(1_795_000_000.0, 1000.0)


def policy(**lane_wishes):
    camera = {"name": "车道", "place": "南门", "source": "b.mp4", "roles": ["plate"], "purpose": "security"}
    lane = {"name": "入口", "place": "南门", "cameras": ["cam"], "barrier": "arm", "direction": "in"}
    board = {
        "name": "继电器", "place": "南门", "unit": 1,
        "outputs": {"up": {"channel": 0}, "down": {"channel": 1}},
        "barriers": {"arm": {"name": "道闸", "place": "南门", "raise_output": "up", "lower_output": "down"}},
    }  # fmt: skip
    bus = {"kind": "modbus", "host": "127.0.0.1", "tcp_port": 502, "relay_boards": {"board": board}}
    return policy_of(
        Site.model_validate(
            {
                "site": {"id": "s", "name": "小区"},
                "cameras": {"cam": camera},
                "access": {"lanes": {"in": lane | lane_wishes}},
                "wires": {"bus": bus},
                "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
                "storage": {"directory": "."},
            }
        )
    )


def asked(observation, *, knowledge=None, now=NOW, **lane_wishes):
    effects = step(Linkage(policy(**lane_wishes), knowledge or Knowledge()), observation, now).effects
    return [effect for effect in effects if not isinstance(effect, KeepObservation)]


def alerted(observation, **how):
    (effect,) = [one for one in asked(observation, **how) if isinstance(one, RaiseAlert)]
    return effect


def waits(reason="not_registered", plate=PLATE):
    return GuardAsked(device="arm", mono_s=1.0, lane="in", camera="cam", reason=reason, plate=plate)


def passed(*notices, plate=PLATE, direction="in"):
    return VehiclePassed(
        device="arm", mono_s=1.0, lane="in", plate=plate, direction=direction, inside=3, notices=notices
    )


def told(alert):
    return [tell(alert.text).zh, *(tell(why).zh for why in alert.why)]


def test_a_guard_is_told_who_waits_why_and_how_to_open():
    alert = alerted(waits())
    assert told(alert) == [
        "南门：入口有车等候放行，车牌 鄂A12345",
        "车牌未登记，也没有访客预约",
        "核实后放行：menwei gate open in --by 姓名 --why 原因",
    ]
    assert (alert.severity, alert.camera, alert.device, alert.subject) == (
        "notice", "cam", "arm", f"plate/{PLATE}",
    )  # fmt: skip
    assert alert.gap_s == WAITS_GAP_S


def test_a_car_whose_plate_nobody_could_read_is_told_without_one():
    alert = alerted(waits("unread", None))
    assert told(alert)[0] == "南门：入口有车等候放行，未读出车牌"
    assert alert.subject is None
    assert alert.key == alerted(waits()).key


@pytest.mark.parametrize("reason", sorted(SUSPICIOUS))
def test_who_may_be_up_to_something_is_a_warning(reason):
    assert alerted(waits(reason)).severity == "warning"


def test_the_alert_is_settled_when_a_vehicle_goes_through():
    assert asked(passed()) == [SettleAlert("vehicle_waits:in")]


@pytest.mark.parametrize(
    ("notice", "rule"),
    [
        ("unadmitted", "vehicle_unadmitted"),
        ("entered_twice", "plate_twice"),
        ("type_differs", "plate_differs"),
        ("colour_differs", "plate_differs"),
        ("read_changed", "plate_differs"),
    ],
)
def test_what_is_wrong_with_a_vehicle_that_went_through_is_a_warning(notice, rule):
    alert = alerted(passed(notice))
    assert (alert.rule, alert.severity, alert.camera) == (rule, "warning", "cam")
    assert PLATE in told(alert)[0]
    assert all(told(alert))


@pytest.mark.parametrize("notice", ["by_operator", "left_unseen", "arm_unknown"])
def test_what_a_guard_did_himself_and_what_only_the_ledger_asks_is_no_alert(notice):
    assert [one for one in asked(passed(notice)) if isinstance(one, RaiseAlert)] == []


def test_an_unread_vehicle_behind_another_is_told_too():
    assert (
        told(alerted(passed("unadmitted", plate=None)))[0] == "南门：入口有车未经放行跟随前车通过，未读出车牌"
    )


def test_an_overstay_stands_until_the_vehicle_leaves():
    alert = alerted(VehicleOverstays(device="arm", mono_s=1.0, lane="in", plate=PLATE, hours=73.4))
    assert alert.gap_s is None
    assert "已停留 73 小时" in told(alert)[1]
    assert SettleAlert(alert.key) in asked(passed(direction="out"))
    assert SettleAlert(alert.key) not in asked(passed())


def strange(faces=1):
    return StrangeDriver(device="arm", mono_s=1.0, lane="in", plate=PLATE, owner="张三", faces=faces)


def test_a_strange_driver_is_information_unless_somebody_asked_for_an_alert():
    assert asked(strange()) == []
    alert = alerted(strange(), strange_driver_alert=True)
    assert (alert.severity, told(alert)[0]) == (
        "notice", "南门：张三 的车辆 鄂A12345 从入口驶出，驾驶位未见平时的驾驶人",
    )  # fmt: skip
    assert told(alert)[1] != told(alerted(strange(0), strange_driver_alert=True))[1]


def test_a_lane_that_the_site_file_no_longer_names_goes_by_its_id():
    gone = GuardAsked(device="arm", mono_s=1.0, lane="old", camera="cam", reason="unread")
    assert told(alerted(gone))[0] == "南门：old有车等候放行，未读出车牌"


def read():
    return PlateRead(
        camera="cam", mono_s=1.0, track=1, text=PLATE, plate_type="civil", colour="blue", confidence=0.98,
        exact_reads=3, box=Box(0.4, 0.4, 0.1, 0.1),
    )  # fmt: skip


def expected(begins=-60.0, ends=60.0, **changes):
    return Knowledge(expected_plates={PLATE: ((NOW.wall_s + begins, NOW.wall_s + ends),)}, **changes)


def rules(**how):
    return [one.rule for one in asked(read(), **how)]


def test_a_visitors_vehicle_is_no_unknown_vehicle_in_its_time():
    assert rules() == ["unknown_vehicle"]
    assert rules(knowledge=expected()) == []
    assert rules(knowledge=expected(begins=1.0)) == ["unknown_vehicle"]
    assert rules(knowledge=expected(ends=0.0)) == ["unknown_vehicle"]


def test_a_visitors_vehicle_on_the_watch_list_is_alerted_all_the_same():
    watched = {PLATE: WatchEntry(kind="wanted", reason="盗窃")}
    assert rules(knowledge=expected(watched_plates=watched)) == ["watched_plate"]
