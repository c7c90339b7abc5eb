"""Whatever a device says can be told in both languages, with its name."""

import typing

import pytest

from drivers import said
from edge import box_events, catalogue, events
from edge.devices.wording import sentence
from edge.site.roster import Listed, ZoneListed

ROSTER = {
    "north": Listed("north", "bus", "reader", "北门", "北门通道"),
    "point": Listed("point", "bus", "reader", "北岗", "北门岗亭", patrol_point=True),
    "fence": Listed("fence", "bus", "fence", "围栏主机", "东墙", zones={"3": ZoneListed("东墙南段")}),
    "board": Listed("board", "bus", "relay_board", "继电器板", "车道", contacts={"loop": "地感线圈"}),
}
AT = {"mono_s": 1.0}
SAID = [
    *(
        said.ZoneChanged(device="fence", zone="3", state=state, **AT)
        for state in typing.get_args(said.ZoneState)
    ),
    *(
        said.DoorChanged(device="north", position=position, **AT)
        for position in typing.get_args(said.DoorPosition)
    ),
    *(said.PowerChanged(device="north", power=power, **AT) for power in typing.get_args(said.PowerState)),
    *(said.TamperChanged(device="north", tampered=yes, **AT) for yes in (True, False)),
    *(said.ArmedChanged(device="fence", armed=yes, **AT) for yes in (True, False)),
    *(said.ContactChanged(device="board", contact="loop", closed=yes, **AT) for yes in (True, False)),
    *(events.DoorAlarmed(device="north", alarm=alarm, **AT) for alarm in ("forced", "held")),
    *(
        said.PassageLogged(device="north", index=1, card=7, granted=yes, reason="", **AT)
        for yes in (True, False)
    ),
    *(
        said.OrderDone(device="north", order="o", refused=refused, took_s=0.1, **AT)
        for refused in (None, "door.order_late")
    ),
    said.CardPresented(device="north", bits=26, data=b"\x01", number=1042, **AT),
    said.CardPresented(device="point", bits=26, data=b"\x01", **AT),
    said.KeysPressed(device="north", keys="1234#", **AT),
    said.CodeScanned(device="north", text="pass-4711", **AT),
    said.ExitRequested(device="north", **AT),
    said.DensityMeasured(device="gone", minute_s=0, devices=12, near=3, frames=40, **AT),
    said.PatrolBadge(device="point", tag="0A0058B7C1", **AT),
    said.DeviceLost(device="north", reason="door.silent", detail="", silent_s=None, **AT),
    said.DeviceFound(device="north", identity="HID Signo", firmware="1.0", away_s=None, **AT),
    events.OpeningOrdered(device="north", order="o", pulse_s=3.0, by="张三", why="送货", **AT),
    events.OrderGiven(device="board", order="o", what="pulse:siren:500", by="张三", why="演练", **AT),
    box_events.PinTyped(device="north", subject=None, credential=None, **AT),
    box_events.PassScanned(device="north", visitor=None, **AT),
    box_events.FaceProven(device="north", subject="person/1", by="challenge", **AT),
    box_events.FaceUnproven(device="north", subject="person/1", camera="c", why="late", **AT),
    *(
        box_events.PassageDecided(
            device="north", granted=yes, reason="r", subjects=(), asked=("card",), trace=(), **AT
        )
        for yes in (True, False)
    ),
    box_events.PersonPassed(device="north", subjects=("person/1",), **AT),
    *(box_events.DoorFreed(device="north", by=by, **AT) for by in ("schedule", "first_person", "fire")),
    box_events.DoorSecured(device="north", by="lockdown", **AT),
    box_events.DoorNotFreed(device="north", refused="door.order_late", fail="secure", order="o", **AT),
    box_events.TailgatingSeen(device="north", camera="c", people=3, granted=1, **AT),
    *(
        box_events.VehiclePassed(device="board", lane="in", plate="鄂A12345", direction=way, inside=3, **AT)
        for way in ("in", "out")
    ),
    box_events.VehicleOverstays(device="board", lane="in", plate="鄂A12345", hours=73.0, **AT),
    box_events.StrangeDriver(device="board", lane="out", plate="鄂A12345", owner="李强", **AT),
    box_events.GuardAsked(device="board", lane="in", camera="c", reason="unread", **AT),
]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("seen", SAID, ids=lambda seen: type(seen).__name__)
def test_what_a_device_said_is_told_by_its_name(seen, language):
    told = sentence(seen, ROSTER)
    text = catalogue.text(told.key, language, **told.values)
    name = ROSTER[seen.device].name if seen.device in ROSTER else seen.device
    assert name in text
    assert told.key != "said.unknown"


def test_every_kind_of_word_is_among_them():
    assert {type(seen) for seen in SAID} >= set(typing.get_args(events.SaidByDevice))


def test_everything_that_the_box_itself_finds_is_among_them():
    assert {type(seen) for seen in SAID} >= set(box_events.DeviceObservation.__subclasses__())


def test_digits_of_a_keypad_are_never_told():
    keys = sentence(said.KeysPressed(device="north", keys="4711#", **AT), ROSTER)
    assert "4711" not in catalogue.text(keys.key, "zh-CN", **keys.values)


def test_a_scanned_code_is_never_told():
    code = sentence(said.CodeScanned(device="north", text="pass-4711", **AT), ROSTER)
    assert "4711" not in catalogue.text(code.key, "zh-CN", **code.values)


def test_a_zone_and_a_contact_are_told_by_their_names():
    zone = sentence(SAID[1], ROSTER)
    assert "东墙南段" in catalogue.text(zone.key, "zh-CN", **zone.values)
    contact = sentence(said.ContactChanged(device="board", contact="loop", closed=True, **AT), ROSTER)
    assert "地感线圈" in catalogue.text(contact.key, "zh-CN", **contact.values)


def test_a_camera_is_none_of_these():
    assert sentence(events.CameraCleared(camera="c", mono_s=1.0, how="black", lasted_s=1.0), ROSTER) is None
