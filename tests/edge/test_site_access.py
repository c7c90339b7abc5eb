"""What a site file says of who may pass: each contradiction at its line, and the policy of a sound one."""

from datetime import date
from pathlib import Path

import pytest

from edge.access.policy import AntiPassback, Right
from edge.access.policy_of import access_policy_of
from edge.linkage.hours import Hours
from edge.site.errors import SiteErrors
from edge.site.loading import load

BASE = """\
site: {id: x, name: 测试}
cameras:
  gate:
    {name: 大门, place: 大门, source: c.mp4, roles: [face], purpose: access,
     zones: {step: {name: 台阶, polygon: [[0, 0], [1, 0], [1, 1]]}}}
  lane-in: {name: 入口, place: 车道, source: d.mp4, roles: [plate], purpose: access}
  lane-out: {name: 出口, place: 车道, source: e.mp4, roles: [plate], purpose: access}
uplink: {mqtt: {host: 127.0.0.1, tls: false}}
storage: {directory: d}
wires:
  bus:
    kind: osdp
    port: /dev/a
    readers:
      north: {name: 北门, place: 北门, address: 0, key_file: k0}
      south: {name: 南门, place: 南门, address: 1, key_file: k1}
      bare: {name: 无磁, place: 侧门, address: 2, key_file: k2, door: {contact_input: null}}
      point: {name: 巡查点, place: 花园, address: 3, key_file: k3, door: null}
  network:
    kind: uhppote
    listen_host: 127.0.0.1
    controllers:
      club:
        {name: 会所, place: 会所, serial: 5, host: 127.0.0.1,
         doors: {club-door: {name: 会所门, place: 会所, number: 1}}}
  codes:
    kind: qr-serial
    port: /dev/c
    scanners: {scan: {name: 扫码器, place: 北门}}
  relays:
    kind: modbus
    port: /dev/b
    relay_boards:
      board:
        name: 板
        place: 车道
        unit: 1
        outputs:
          {up: {channel: 0}, down: {channel: 1}, lift: {channel: 2}, drop: {channel: 3},
           bolt: {channel: 4, longest_ms: 9000}}
        contacts: {loop: {address: 0}, fire: {address: 1}, shut: {address: 2}}
        locks: {cellar: {name: 地库门, place: 地库, output: bolt, door_contact: shut}}
        barriers:
          arm: {name: 道闸, place: 车道, raise_output: up, lower_output: down, guards: [loop], pulse_ms: 900}
          bald: {name: 裸闸, place: 车道, raise_output: lift, lower_output: drop}
access:
"""
FIRST_LINE = BASE.count("\n") + 1
DAYTIME = "  schedules:\n    day: {name: 白天, weekly: [{days: [mon], hours: ['07:00-22:00']}]}\n"
CARD = "ways: [[card]], fail: secure"
LANE = "name: 入, place: 车道, direction: in"


def site_of(tmp_path: Path, access: str):
    file = tmp_path / "site.yaml"
    file.write_text(BASE + access, encoding="utf-8")
    return load(file)


def errors(tmp_path: Path, access: str) -> list[tuple[int, str, str]]:
    try:
        site_of(tmp_path, access)
    except SiteErrors as refused:
        for language in ("zh-CN", "en"):
            refused.render(language)
        return [(error.line - FIRST_LINE + 1, error.path, error.key) for error in refused.errors]
    return []


def door(below: str, name: str = "north") -> str:
    return f"  doors:\n    {name}: {{{below}}}\n"


def back_and_forth(there: str, back: str) -> str:
    return (
        f"  doors:\n    north: {{{CARD}, anti_passback: {{{there}}}}}\n"
        f"    south: {{{CARD}, anti_passback: {{{back}}}}}\n"
    )


AT_DOOR = {
    "a door without its fail": ("ways: [[card]]", "", "key_missing", ".fail"),
    "a way that asks for nothing": ("ways: [[]], fail: safe", "", "too_few", ".ways[0]"),
    "an unknown factor": ("ways: [[finger]], fail: safe", "", "no_choice", ".ways[0][0]"),
    "face alone": (
        "ways: [[face]], fail: safe, face_cameras: [gate], liveness: [challenge]",
        "",
        "face_only_way",
        ".ways",
    ),
    "face in every way": (
        "ways: [[face, card], [face, pin]], fail: safe, face_cameras: [gate]",
        "",
        "face_only_way",
        ".ways",
    ),
    "a face that nothing proves alive": (
        "ways: [[face], [card]], fail: safe, face_cameras: [gate]",
        "",
        "face_alone_unproven",
        ".ways[0]",
    ),
    "a face that nobody sees": (
        "ways: [[face, card], [card]], fail: safe",
        "",
        "face_without_camera",
        ".ways",
    ),
    "a camera for nothing": (f"{CARD}, face_cameras: [gate]", "", "face_camera_unused", ".face_cameras"),
    "a camera that sees plates": (
        "ways: [[face, card], [card]], fail: safe, face_cameras: [lane-in]",
        "",
        "camera_sees_no_faces",
        ".face_cameras[0]",
    ),
    "no such camera": (
        "ways: [[face, card], [card]], fail: safe, face_cameras: [gat]",
        "",
        "camera_unknown_near",
        ".face_cameras[0]",
    ),
    "a code that nothing scans": ("ways: [[qr]], fail: safe", "", "code_without_scanner", ".ways"),
    "a scanner for nothing": (f"{CARD}, scanners: [scan]", "", "scanner_unused", ".scanners"),
    "no such scanner": ("ways: [[qr]], fail: safe, scanners: [xy]", "", "scanner_unknown", ".scanners[0]"),
    "no such schedule": (f"{CARD}, unlocked: dya", DAYTIME, "schedule_unknown_near", ".unlocked"),
    "no schedule at all": (f"{CARD}, two_persons: x", "", "schedule_unknown", ".two_persons"),
    "no such entrance": (f"{CARD}, entrance: gate/stp", "", "entrance_unknown_near", ".entrance"),
    "a camera for an entrance": (f"{CARD}, entrance: lane-in", "", "entrance_unknown", ".entrance"),
    "a pulse too long": (f"{CARD}, open_ms: 30000", "", "open_ms_long", ".open_ms"),
    "an area into itself": (
        f"{CARD}, anti_passback: {{mode: hard, from_area: a, to_area: a}}",
        "",
        "area_same",
        ".anti_passback.to_area",
    ),
    "timed without minutes": (
        f"{CARD}, anti_passback: {{mode: timed, from_area: a, to_area: b}}",
        "",
        "minutes_missing",
        ".anti_passback",
    ),
    "no way back": (
        f"{CARD}, anti_passback: {{mode: soft, from_area: a, to_area: b}}",
        "",
        "no_way_back",
        ".anti_passback.to_area",
    ),
}


@pytest.mark.parametrize("case", AT_DOOR)
def test_a_door_that_cannot_be_is_refused_with_the_reason(tmp_path: Path, case: str):
    below, before, key, path = AT_DOOR[case]
    line = before.count("\n") + 2
    assert errors(tmp_path, before + door(below)) == [(line, f"access.doors.north{path}", f"site.{key}")]


DEAF = door("ways: [], fail: safe, opens_on_fire: false", "cellar")
ELSEWHERE = {
    "one scanner for two doors": (
        (
            "  doors:\n    north: {ways: [[qr]], fail: safe, scanners: [scan]}\n"
            "    south: {ways: [[qr]], fail: safe, scanners: [scan]}\n"
        ),
        3,
        "doors.south.scanners[0]",
        "scanner_taken",
    ),
    "no such door": (door(CARD, "nroth"), 2, "doors.nroth", "door_unknown_near"),
    "no door at all": (door(CARD, "qqqq"), 2, "doors.qqqq", "door_unknown"),
    "a reader without a door": (door(CARD, "point"), 2, "doors.point", "no_door"),
    "a camera for a door": (door(CARD, "gate"), 2, "doors.gate", "no_door"),
    "a card at a lock": (door(CARD, "cellar"), 2, "doors.cellar.ways[0]", "way_without_reader"),
    "a PIN at a controller": (
        door("ways: [[pin]], fail: safe", "club-door"),
        2,
        "doors.club-door.ways[0]",
        "way_without_reader",
    ),
    "a pulse shorter than a second": (
        door("ways: [], fail: safe, open_ms: 900", "club-door"),
        2,
        "doors.club-door.open_ms",
        "open_ms_short",
    ),
    "a pulse longer than the relay's": (
        door("ways: [], fail: safe, open_ms: 9001", "cellar"),
        2,
        "doors.cellar.open_ms",
        "open_ms_long",
    ),
    "minutes for nothing": (
        back_and_forth(
            "mode: hard, from_area: a, to_area: b, minutes: 5", "mode: soft, from_area: b, to_area: a"
        ),
        2,
        "doors.north.anti_passback.minutes",
        "minutes_unused",
    ),
    "a door that cannot stay unlocked": (
        DAYTIME + door("ways: [], fail: safe, unlocked: day", "cellar"),
        4,
        "doors.cellar",
        "lock_never_free",
    ),
    "a door that fire cannot unlock": ("  fire: [board/fire]\n", 1, "fire", "lock_never_free"),
    "no such reader": (
        door("ways: [[card]], fail: safe, readers: [pont]", "cellar"),
        2,
        "doors.cellar.readers[0]",
        "reader_unknown_near",
    ),
    "a reader that has a door": (
        door("ways: [[card]], fail: safe, readers: [north]", "cellar"),
        2,
        "doors.cellar.readers[0]",
        "reader_has_door",
    ),
    "one reader for two doors": (
        door("ways: [[card]], fail: safe, readers: [point]", "cellar")
        + "    south: {ways: [[card]], fail: safe, readers: [point]}\n",
        3,
        "doors.south.readers[0]",
        "reader_taken",
    ),
    "a reader for no way": (
        door("ways: [], fail: safe, readers: [point]", "cellar"),
        2,
        "doors.cellar.readers",
        "reader_unused",
    ),
    "one door in an interlock": ("  interlocks: [[north, north]]\n", 1, "interlocks[0]", "interlock_short"),
    "no such door in an interlock": (
        "  interlocks: [[north, soth]]\n",
        1,
        "interlocks[0][1]",
        "door_unknown_near",
    ),
    "a door without contact in an interlock": (
        "  interlocks: [[north, bare]]\n",
        1,
        "interlocks[0][1]",
        "interlock_without_contact",
    ),
    "a free door in an interlock": (
        DAYTIME + door(f"{CARD}, unlocked: day") + "  interlocks: [[north, south]]\n",
        4,
        "doors.north.unlocked",
        "interlock_unlocked",
    ),
    "a right for nobody": ("  rights: [{openings: [all]}]\n", 1, "rights[0]", "right_for_nobody"),
    "a right to no such thing": (
        "  rights: [{kinds: [resident], openings: [nort]}]\n",
        1,
        "rights[0].openings[0]",
        "opening_unknown_near",
    ),
    "a right at no such time": (
        "  rights: [{kinds: [resident], openings: [north], schedule: x}]\n",
        1,
        "rights[0].schedule",
        "schedule_unknown",
    ),
    "a right without openings": (
        "  rights: [{kinds: [resident], openings: []}]\n",
        1,
        "rights[0].openings",
        "too_few",
    ),
    "a group of strangers": (
        "  door_groups: {g: {name: 组, openings: [zzz]}}\n",
        1,
        "door_groups.g.openings[0]",
        "opening_unknown",
    ),
    "a group named like a door": (
        "  door_groups: {south: {name: 组, openings: [north]}}\n",
        1,
        "door_groups.south",
        "id_taken",
    ),
    "a group named all": (
        "  door_groups: {all: {name: 组, openings: [north]}}\n",
        1,
        "door_groups.all",
        "id_reserved",
    ),
    "no such fire contact": (DEAF + "  fire: [board/fir]\n", 3, "fire[0]", "contact_unknown_near"),
    "a door's contact for fire": (DEAF + "  fire: [board/shut]\n", 3, "fire[0]", "contact_unknown_near"),
    "no contact at all": (DEAF + "  fire: [xyz]\n", 3, "fire[0]", "contact_unknown"),
    "no such day": ("  holidays: ['2026-02-30']\n", 1, "holidays[0]", "date_impossible"),
    "a span that ends before": (
        "  holidays: ['2026-10-07/2026-10-01']\n",
        1,
        "holidays[0]",
        "dates_reversed",
    ),
    "no date": ("  holidays: ['1 October']\n", 1, "holidays[0]", "dates"),
    "a schedule of nothing": ("  schedules: {s: {name: 空}}\n", 1, "schedules.s", "schedule_empty"),
    "hours of nothing": (
        "  schedules: {s: {name: 空, holiday: ['08:00-08:00']}}\n",
        1,
        "schedules.s.holiday[0]",
        "hours_empty",
    ),
    "hours twice": (
        "  schedules: {s: {name: 重, holiday: ['08:00-12:00', '11:59-13:00']}}\n",
        1,
        "schedules.s.holiday[1]",
        "hours_overlap",
    ),
    "hours that run into the next day's": (
        (
            "  schedules:\n    s:\n      name: 重\n      weekly:\n"
            "        - {days: [tue], hours: ['05:59-08:00']}\n"
            "        - {days: [mon], hours: ['22:00-06:00']}\n"
        ),
        6,
        "schedules.s.weekly[1].hours[0]",
        "hours_overlap",
    ),
    "hours of Sunday night that run into Monday's": (
        (
            "  schedules:\n    s:\n      name: 重\n      weekly:\n"
            "        - {days: [mon, sun], hours: ['22:00-06:00', '03:00-04:00']}\n"
        ),
        5,
        "schedules.s.weekly[0].hours[1]",
        "hours_overlap",
    ),
    "no such barrier": (
        f"  lanes: {{l: {{{LANE}, cameras: [lane-in], barrier: amr}}}}\n",
        1,
        "lanes.l.barrier",
        "barrier_unknown_near",
    ),
    "a barrier without guards": (
        f"  lanes: {{l: {{{LANE}, cameras: [lane-in], barrier: bald}}}}\n",
        1,
        "lanes.l.barrier",
        "barrier_without_guard",
    ),
    "a lane that sees faces": (
        f"  lanes: {{l: {{{LANE}, cameras: [gate], barrier: arm}}}}\n",
        1,
        "lanes.l.cameras[0]",
        "camera_reads_no_plates",
    ),
    "a lane without such a contact": (
        f"  lanes: {{l: {{{LANE}, cameras: [lane-in], barrier: arm, presence: board/lop}}}}\n",
        1,
        "lanes.l.presence",
        "contact_unknown_near",
    ),
    "a wheel camera for plates": (
        f"  lanes: {{l: {{{LANE}, cameras: [lane-in], barrier: arm, wheel_cameras: [lane-in]}}}}\n",
        1,
        "lanes.l.wheel_cameras[0]",
        "camera_sees_no_faces",
    ),
    "a driver whom nobody sees": (
        f"  lanes: {{l: {{{LANE}, cameras: [lane-in], barrier: arm, strange_driver_alert: true}}}}\n",
        1,
        "lanes.l.strange_driver_alert",
        "driver_unseen",
    ),
    "one camera for two lanes": (
        (
            f"  lanes:\n    l: {{{LANE}, cameras: [lane-in], barrier: arm}}\n"
            f"    m: {{{LANE}, cameras: [lane-out, lane-in], barrier: arm}}\n"
        ),
        3,
        "lanes.m.cameras[1]",
        "lane_camera_taken",
    ),
    "a lane named like a camera": (
        f"  lanes: {{gate: {{{LANE}, cameras: [lane-in], barrier: arm}}}}\n",
        1,
        "lanes.gate",
        "id_taken",
    ),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_contradiction_is_told_at_its_line(tmp_path: Path, case: str):
    access, line, path, key = ELSEWHERE[case]
    assert errors(tmp_path, access) == [(line, f"access.{path}", f"site.{key}")]


def test_whoever_reads_that_face_is_the_only_way_learns_the_law(tmp_path: Path):
    with pytest.raises(SiteErrors) as refused:
        site_of(tmp_path, door("ways: [[face]], fail: safe, face_cameras: [gate], liveness: [terminal]"))
    assert "face needs another way in (Order 19 of 2025, article 10)" in refused.value.render("en")
    assert "第 19 号令第十条" in refused.value.render("zh-CN")


def test_a_face_beside_another_way_is_fine_once_something_proves_it_alive(tmp_path: Path):
    ways = "ways: [[card], [face]], fail: safe, face_cameras: [gate], liveness: [challenge]"
    assert errors(tmp_path, door(ways)) == []


def test_areas_with_a_way_back_through_other_areas_are_fine(tmp_path: Path):
    there = "mode: hard, from_area: street, to_area: yard"
    assert errors(tmp_path, back_and_forth(there, "mode: soft, from_area: yard, to_area: street")) == []
    astray = back_and_forth(there, "mode: soft, from_area: yard, to_area: house")
    assert {key for _, _, key in errors(tmp_path, astray)} == {"site.no_way_back"}


def test_a_timed_door_needs_no_way_back(tmp_path: Path):
    timed = f"{CARD}, anti_passback: {{mode: timed, from_area: a, to_area: b, minutes: 10}}"
    assert errors(tmp_path, door(timed)) == []


def test_hours_that_only_touch_are_no_overlap(tmp_path: Path):
    hours = "['22:00-06:00', '06:00-08:00', '08:00-22:00']"
    week = "[mon, tue, wed, thu, fri, sat, sun]"
    access = (
        f"  schedules: {{s: {{name: 全, weekly: [{{days: {week}, hours: {hours}}}], holiday: {hours}}}}}\n"
    )
    assert errors(tmp_path, access) == []


def test_past_holidays_are_no_error(tmp_path: Path):
    policy = access_policy_of(site_of(tmp_path, "  holidays: [2019-10-01, 2026-02-27/2026-03-01]\n"))
    assert policy.holidays == {
        date(2019, 10, 1),
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    }


def test_a_site_file_without_access_admits_nobody_and_knows_its_doors(tmp_path: Path):
    policy = access_policy_of(site_of(tmp_path, "  rights: []\n"))
    assert policy.rights == ()
    assert set(policy.doors) == {"north", "south", "bare", "club-door", "cellar"}
    north, bare, cellar = policy.doors["north"], policy.doors["bare"], policy.doors["cellar"]
    assert (north.ways, north.open_ms, north.has_contact) == ((frozenset({"card"}),), 3000, True)
    assert not bare.has_contact
    assert (cellar.ways, cellar.has_contact) == ((), True)


def test_doors_know_what_their_devices_can_do(tmp_path: Path):
    doors = access_policy_of(site_of(tmp_path, "  rights: []\n")).doors
    assert [doors[name].signals for name in ("north", "cellar", "club-door")] == [True, False, False]
    assert [doors[name].shortest_ms for name in ("north", "cellar", "club-door")] == [100, 100, 1000]


def test_an_arm_is_raised_on_its_board_or_opened_like_a_door(tmp_path: Path):
    lanes = (
        f"  lanes:\n    l: {{{LANE}, cameras: [lane-in], barrier: arm}}\n"
        f"    m: {{{LANE}, cameras: [lane-out], barrier: club-door}}\n"
    )
    policy = access_policy_of(site_of(tmp_path, lanes))
    assert (policy.lanes["l"].opened_by, policy.lanes["l"].pulse_ms) == ("raise", 900)
    assert (policy.lanes["m"].opened_by, policy.lanes["m"].pulse_ms) == ("open", 1000)


def test_a_lock_without_a_reader_opens_by_code(tmp_path: Path):
    policy = access_policy_of(site_of(tmp_path, door("ways: [[qr]], fail: safe, scanners: [scan]", "cellar")))
    assert policy.doors["cellar"].ways == (frozenset({"qr"}),)
    assert policy.doors["cellar"].code_readers == {"scan"}


def test_a_reader_elsewhere_lets_a_lock_open_by_card_and_pin(tmp_path: Path):
    wishes = "ways: [[card], [pin]], fail: safe, readers: [point]"
    policy = access_policy_of(site_of(tmp_path, door(wishes, "cellar")))
    found = policy.door_at("point")
    assert found is not None
    assert (found.id, found.readers) == ("cellar", {"point"})
    assert policy.door_at("scan") is None


def test_interlocked_doors_know_each_other(tmp_path: Path):
    doors = access_policy_of(site_of(tmp_path, "  interlocks: [[north, south], [south, cellar]]\n")).doors
    assert doors["north"].interlocked == {"south"}
    assert doors["south"].interlocked == {"north", "cellar"}
    assert doors["cellar"].interlocked == {"south"}
    assert doors["bare"].interlocked == frozenset()


def test_a_contact_is_known_by_whom_its_board_tells_it_of(tmp_path: Path):
    lane = f"  lanes: {{l: {{{LANE}, cameras: [lane-in], barrier: arm, presence: board/loop}}}}\n"
    policy = access_policy_of(site_of(tmp_path, lane + "  fire: [board/fire]\n" + DEAF))
    assert policy.lanes["l"].presence == ("arm", "loop")
    assert policy.fire == {("board", "fire")}


def test_a_whole_access_section_becomes_the_policy(tmp_path: Path):
    access = (
        DAYTIME
        + f"""\
  door_groups: {{walk: {{name: 人行, openings: [north, south]}}}}
  rights:
    - {{kinds: [resident, tenant], buildings: ['3号楼'], openings: [walk, l], schedule: day}}
    - {{organisations: [物业], openings: [all]}}
  doors:
    north:
      ways: [[card], [pin, card], [face, card]]
      fail: safe
      within_s: 8
      open_ms: 5000
      face_cameras: [gate]
      entrance: gate/step
      unlocked: day
      two_persons: day
      first_person: false
      opens_on_fire: false
      anti_passback: {{mode: timed, from_area: street, to_area: yard, minutes: 5}}
  lanes:
    l: {{{LANE}, cameras: [lane-in], barrier: arm, admits: [resident], free_exit: false, schedule: day}}
  lockdown_admits: [official, staff]
  face_similarity: 0.6
  capacity: 120
"""
    )
    policy = access_policy_of(site_of(tmp_path, access))
    north = policy.doors["north"]
    assert north.ways == (frozenset({"card"}), frozenset({"card", "pin"}), frozenset({"card", "face"}))
    assert (north.fail, north.within_s, north.open_ms) == ("safe", 8, 5000)
    assert (north.unlocked, north.two_persons) == ("day", "day")
    assert not north.first_person
    assert not north.opens_on_fire
    assert (north.groups, north.entrance) == ({"walk"}, ("gate", "step"))
    assert north.anti_passback == AntiPassback("timed", "street", "yard", 5)
    assert policy.schedules["day"].week == ((Hours(420, 1320),), (), (), (), (), (), ())
    walkers = frozenset({"resident", "tenant"})
    everywhere = frozenset({"north", "south", "bare", "club-door", "cellar", "l"})
    assert policy.rights == (
        Right(walkers, frozenset({"3号楼"}), frozenset(), frozenset({"walk", "l"}), "day"),
        Right(frozenset(), frozenset(), frozenset({"物业"}), everywhere, None),
    )
    lane = policy.lanes["l"]
    assert (lane.admits, lane.free_exit, lane.schedule) == ({"resident"}, False, "day")
    assert (policy.lockdown_admits, policy.face_similarity) == ({"official", "staff"}, 0.6)
    assert policy.capacity == 120
