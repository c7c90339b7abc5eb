"""How devices stand, in words and in a table, for whoever watches."""

import io
import typing

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from drivers.cameras.camera import State
from drivers.doors.door_state import Condition
from drivers.said import ZoneState
from edge.commands import devices_watch, tables
from edge.commands.tables import Column
from edge.control import wording
from edge.control.messages import CameraStanding, DeviceStanding, Point, Standing

LANGUAGES = ("zh-CN", "en")
DEVICE = DeviceStanding(
    device="north", name="北门", place="北门通道", kind="reader", wire="doors", online=True,
    last_word_age_s=0.2, words=1234, malformed=2, reconnects=1, reason=None, detail="", condition=None,
    points=(),
)  # fmt: skip
CAMERA = CameraStanding(
    camera="lane", name="车道摄像机", place="车道", online=True, state="streaming", last_packet_age_s=0.1,
    last_frame_age_s=0.1, frames=9, malformed=0, reconnects=0, reason=None, detail="",
)  # fmt: skip


def device(**changes):
    return msgspec.structs.replace(DEVICE, **changes)


def points(**states):
    names = {"zone:1": "北段", "zone:2": "南段", "zone:3": "河边", "contact:loop": "地感"}
    named = {point.replace("_", ":", 1): state for point, state in states.items()}
    return tuple(
        Point(point=point, name=names.get(point, ""), state=state, since_wall_s=None)
        for point, state in named.items()
    )


def words(language="en", **changes):
    return wording.state_of(device(**changes), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_word_in_both_languages(language):
    told = [words(language, condition=condition) for condition in typing.get_args(Condition)]
    told += [words(language, points=points(zone_1=state)) for state in typing.get_args(ZoneState)]
    told += [words(language, points=points(contact_loop=state)) for state in ("closed", "open")]
    told += [words(language, points=points(armed=state)) for state in ("armed", "disarmed")]
    cameras = (*typing.get_args(State), "blind")
    told += [wording.state_of_camera(msgspec.structs.replace(CAMERA, state=s), language) for s in cameras]
    assert all(told)
    assert len(told) == 8 + 9 + 2 + 2 + 9


def test_zones_that_are_not_right_are_named_and_the_others_counted():
    fence = points(zone_1="normal", zone_2="open_wire", zone_3="normal", armed="armed")
    assert words("zh-CN", points=fence) == "南段（2 防区）断线，2 个防区正常，已布防"
    assert words(points=fence) == "南段 (zone 2) wire cut, 2 zones normal, armed"


def test_what_is_as_it_should_be_goes_without_saying():
    quiet = points(housing="closed", power="mains", link="found", identity="X 1", lock="locked")
    assert words(points=quiet, condition="closed") == "closed"
    assert words(points=points(housing="open", power="battery")) == "housing open, on battery"
    assert words(points=points(housing="open"), condition="tampered") == "housing open"


def test_what_was_last_known_of_a_lost_device_is_said_to_be_so():
    assert words(points=points(contact_loop="closed"), online=False) == "last known: 地感 closed"
    assert words(online=False) == ""


def test_a_reason_is_a_sentence_and_one_that_the_catalogue_lacks_its_key():
    lost = device(online=False, reason="door.silent", detail="OSDP 0")
    assert "北门 没有应答（OSDP 0）" in wording.reason_of(lost, "zh-CN")
    assert wording.reason_of(device(reason="gong.cracked", detail="loudly"), "en") == "gong.cracked (loudly)"
    # A sentence that asks for more than a reason brings is told by its key too.
    assert wording.reason_of(device(reason="extension.missing"), "en") == "extension.missing (-)"
    dark = msgspec.structs.replace(CAMERA, reason="camera.unreachable", detail="rtsp://h/s")
    assert "车道摄像机 cannot be reached (rtsp://h/s)" in wording.reason_of_camera(dark, "en")
    assert wording.reason_of(DEVICE, "en") == wording.reason_of_camera(CAMERA, "en") == ""


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, "-"), (0.0, "0.0 s"), (0.26, "0.3 s"), (119.9, "119.9 s"), (120, "2 min"), (7199, "120 min"),
     (7200, "2 h"), (172_800, "2 d"), (864_000, "10 d")],
)  # fmt: skip
def test_ages_are_short(seconds, told):
    assert wording.age(seconds) == told


def test_lines_are_aligned_by_what_a_terminal_shows_whatever_the_script():
    rows = [
        [Text("north"), Text("北门"), Text("12")],
        [Text("a-long-id"), Text("东墙南段电子围栏"), Text("3")],
        [Text(""), Text("gate"), Text("1234")],
    ]
    lines = list(tables.lines([Column("设备"), Column("name"), Column("n", figures=True)], rows))
    assert len({cell_len(line) for line in lines}) == 1
    second = [
        cell_len(line.split(mark)[0])
        for line, mark in zip(lines, ("name", "北门", "东墙", "gate"), strict=True)
    ]
    assert len(set(second)) == 1
    assert lines[3].startswith("- ")


def test_a_row_tells_everything_of_a_device_and_of_a_camera():
    standing = Standing(site="s", name="小区", wall_s=1.0, devices=(DEVICE,), cameras=(CAMERA,))
    shown = [[cell.plain for cell in row] for row in devices_watch.rows(standing, "en")]
    assert shown == [
        ["north", "北门", "", "yes", "0.2 s", "1234", "2", "1", ""],
        ["lane", "车道摄像机", "streaming", "yes", "0.1 s", "9", "0", "0", ""],
    ]
    assert len(devices_watch.columns("en")) == len(shown[0])


@pytest.mark.parametrize("height", [24, 60])
def test_on_a_terminal_too_low_for_all_the_lost_ones_come_first_and_the_rest_are_counted(height):
    many = [device(device=f"d-{n:02}", online=n not in {30, 35}) for n in range(40)]
    standing = Standing(site="s", name="小区", wall_s=1.0, devices=tuple(many), cameras=(CAMERA,))
    console = Console(width=200, height=height, record=True, file=io.StringIO())
    console.print(devices_watch._drawn(standing, "en", height))
    text = console.export_text()
    shown = [name for name in (d.device for d in many) if f" {name} " in text]
    assert len(text.splitlines()) <= height
    assert "小区" in text
    if height == 60:
        assert len(shown) == 40
        assert "more" not in text
    else:
        order = [line.split()[1] for line in text.splitlines() if line.startswith("│")]
        assert order[:2] == ["d-30", "d-35"]
        assert f"{41 - len(order)} more" in text
