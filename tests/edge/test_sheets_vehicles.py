"""Sheets of vehicles and of organisations."""

import datetime as dt
from contextlib import closing

import pytest

from edge.registers import access_register, vehicles
from edge.registers.sheets.registered import read_registered
from edge.store.database import open_database
from tests.edge.sheets_made import KEY, NOW, ZONE, imported, numbered, outcomes, problems, text, xlsx

HEADINGS = "车牌号,车主,车主证件号,楼栋,单元,室,车牌颜色,车位类型,到期日"
ONE = numbered(1)


@pytest.fixture
def box(tmp_path):
    with closing(open_database(tmp_path / "menwei.db")) as connection:
        yield connection


def sheet(*rows: str) -> bytes:
    return text(HEADINGS, *rows)


def moment(*parts):
    return dt.datetime(*parts, tzinfo=ZONE).timestamp()


def test_a_row_becomes_a_vehicle_that_may_park_until_its_last_day_is_over(box):
    assert outcomes(imported(box, sheet("鄂F·12345,张三,,,,,蓝牌,月租,2026-12-31"))) == ["new"]
    (vehicle,) = vehicles.every_vehicle(box)
    assert (vehicle.plate, vehicle.owner, vehicle.person) == ("鄂F12345", "张三", None)
    assert (vehicle.plate_type, vehicle.colour, vehicle.parking) == ("civil", "blue", "rented")
    assert vehicle.until_s == moment(2027, 1, 1)


def test_a_time_of_day_ends_at_that_time(box):
    imported(
        box,
        xlsx(
            ["车牌号", "车主", "到期日"], ["鄂F12345", "张三", dt.datetime.fromisoformat("2026-12-31T18:00")]
        ),
    )
    assert vehicles.every_vehicle(box)[0].until_s == moment(2026, 12, 31, 18)


def test_the_same_file_a_second_time_changes_nothing(box):
    content = sheet("鄂F12345,张三,,,,,蓝,无,2026-12-31", "鄂FD12345,李四,,,,,,,")
    imported(box, content)
    before = access_register.version(box)
    assert outcomes(imported(box, content)) == ["same", "same"]
    assert access_register.version(box) == before
    assert [vehicle.parking for vehicle in vehicles.every_vehicle(box)] == ["none", "resident"]


def test_the_owner_is_found_by_number_or_house(box):
    imported(box, text("姓名,证件号,楼栋,室", f"张三,{ONE},3,201", "李四,,3,202"))
    imported(box, sheet(f"鄂F12345,张三,{ONE},,,,,,", "鄂F12346,李四,,3栋,,202室,,,"))
    assert [vehicle.person for vehicle in vehicles.every_vehicle(box)] == [1, 2]
    assert outcomes(imported(box, text("车牌,车主", "鄂F12345,张三", "鄂F12346,李四"))) == ["same", "same"]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("鄂F1234,张三,,,,,,,", [("车牌号", "plate_invalid")]),
        (",张三,,,,,,,", [("车牌号", "missing")]),
        ("鄂F12345,,,,,,,,", [("车主", "missing")]),
        ("鄂F12345,张三,,,,,绿,,", [("车牌颜色", "plate_colour_unfit")]),
        (
            "鄂F12345,张三,,,,,粉,随便,去年",
            [("车牌颜色", "no_choice"), ("车位类型", "no_choice"), ("到期日", "no_date")],
        ),
        (f"鄂F12345,张三,{ONE},,,,,,", [("车主证件号", "no_owner")]),
        ("鄂F12345,张三,,3,,201,,,", [("室", "no_owner")]),
        ("鄂F12345,张三,,3,,,,,", [("室", "missing")]),
    ],
)
def test_every_problem_names_row_and_column(box, row, found):
    plan = imported(box, sheet("鄂F99999,王五,,,,,,,", row))
    assert problems(plan) == [(3, column, key) for column, key in found]
    assert [vehicle.plate for vehicle in vehicles.every_vehicle(box)] == ["鄂F99999"]


def test_two_rows_of_one_plate_that_contradict_both_stay_out(box):
    plan = imported(box, sheet("鄂F12345,张三,,,,,,,", "鄂F12345,李四,,,,,,,"))
    assert problems(plan) == [(2, "车主", "contradict"), (3, "车主", "contradict")]
    assert outcomes(imported(box, sheet("鄂F12345,张三,,,,,,,", "鄂F12345,张三,,,,,,,"))) == ["new", "same"]


def test_changes_of_a_vehicle_are_told_by_their_headings(box):
    imported(box, sheet("鄂F12345,张三,,,,,蓝,月租,2026-12-31"))
    plan = imported(box, sheet("鄂F12345,李四,,,,,黄,业主,2027-12-31"), confirmed_by="门岗")
    assert plan.rows[0].changes == ("车主", "车牌颜色", "车位类型", "到期日")
    (vehicle,) = vehicles.every_vehicle(box)
    assert (vehicle.owner, vehicle.colour, vehicle.parking, vehicle.until_s) == (
        "李四",
        "yellow",
        "resident",
        moment(2028, 1, 1),
    )
    assert (vehicle.confirmed_s, vehicle.confirmed_by) == (NOW, "门岗")


def organisations(box):
    known = read_registered(box, KEY, now=NOW).organisations.values()
    return [(organisation.name, organisation.contact) for organisation in known]


def test_organisations_are_added_changed_and_left(box):
    content = text("单位名称,联系人", "襄阳物业,王 0710-3456789", "小卖部,")
    assert outcomes(imported(box, content)) == ["new", "new"]
    assert organisations(box) == [("襄阳物业", "王 0710-3456789"), ("小卖部", None)]
    before = access_register.version(box)
    assert outcomes(imported(box, content)) == ["same", "same"]
    assert access_register.version(box) == before
    plan = imported(box, text("单位,电话", "小卖部,李 13800000001"), confirmed_by="网格员")
    assert plan.rows[0].changes == ("电话",)
    assert organisations(box)[1] == ("小卖部", "李 13800000001")
    assert box.execute("SELECT name FROM organisations WHERE confirmed_by = '网格员'").fetchall() == [
        ("小卖部",)
    ]


def test_problems_of_organisations_name_row_and_column(box):
    plan = imported(box, text("单位名称,联系人", "甲,1号", "甲,2号", ",3号", "乙,138****0001", "丙,=1"))
    assert problems(plan) == [
        (2, "联系人", "contradict"),
        (3, "联系人", "contradict"),
        (4, "单位名称", "missing"),
        (5, "联系人", "missing"),
        (6, "联系人", "formula"),
    ]
    assert organisations(box) == []
