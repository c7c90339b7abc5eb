"""Sheets of people: who is new, who changed, who is whom, what is wrong, and nothing half done."""

import datetime as dt
import time
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.refusal import Refused
from edge.registers import access_register, people, sealed_text
from edge.registers.acts import every_act
from edge.registers.houses import Address
from edge.registers.id_number import check_character
from edge.registers.sheets import importing
from edge.registers.sheets.carrying_out import Overtaken
from edge.registers.sheets.registered import read_registered
from edge.store.database import open_database
from tests.edge.sheets_made import KEY, NOW, ZONE, imported, numbered, outcomes, planned, problems, text, xlsx

HEADINGS = "姓名,证件号,类别,手机号,楼栋,单元,室,关系,单位,入住日期"
ONE, OTHER = numbered(1), numbered(2)


@pytest.fixture
def box(tmp_path):
    with closing(open_database(tmp_path / "menwei.db")) as connection:
        yield connection


def sheet(*rows: str) -> bytes:
    return text(HEADINGS, *rows)


def registered(box):
    return read_registered(box, KEY, now=NOW).people


def day(year, month, of_month):
    return dt.datetime(year, month, of_month, tzinfo=ZONE).timestamp()


def test_a_row_becomes_a_person_with_house_and_organisation(box):
    plan = imported(box, sheet(f"张三,{ONE},居民,13800000001,3栋,1单元,201室,业主,襄阳物业,2020年3月1日"))
    assert outcomes(plan) == ["new"]
    (person,) = registered(box)
    assert (person.name, person.kind, person.id_number, person.phone) == (
        "张三",
        "resident",
        ONE,
        "13800000001",
    )
    house, organisation = person.ties
    assert (house.tie, house.place, house.since_s) == ("owns", Address("3", "1", "201"), day(2020, 3, 1))
    assert (organisation.tie, organisation.place, organisation.since_s) == ("works", "襄阳物业", NOW)


def test_numbers_lie_sealed_with_the_tag_of_the_number(box):
    imported(box, sheet(f"张三,{ONE},居民,13800000001,3,1,201,业主,,"))
    number, tag, phone = box.execute("SELECT id_number, id_number_tag, phone FROM people").fetchone()
    assert sealed_text.unseal(KEY, number, purpose=sealed_text.ID_NUMBER) == ONE
    assert sealed_text.unseal(KEY, phone, purpose=sealed_text.PHONE) == "13800000001"
    assert tag == sealed_text.tag(KEY, ONE, purpose=sealed_text.ID_NUMBER)
    assert people.find(box, KEY, ONE)[0].name == "张三"


def test_the_same_file_a_second_time_changes_nothing(box):
    content = sheet(
        f"张三,{ONE},,13800000001,3,1,201,业主,襄阳物业,2020-03-01",
        "李四,,,,3,1,202,租客,,",
        "王五,,员工,,,,,,襄阳物业,",
    )
    assert outcomes(imported(box, content)) == ["new"] * 3
    before = (access_register.version(box), every_act(box), registered(box))
    assert outcomes(imported(box, content)) == ["same"] * 3
    assert (access_register.version(box), every_act(box), registered(box)) == before


def test_what_excel_typed_itself_is_read_the_same(box):
    rows = (
        ["姓名", "证件号", "手机号", "楼栋", "室", "入住日期"],
        ["张三", ONE, 13800000001, 3, 201, dt.date(2020, 3, 1)],
    )
    imported(box, xlsx(*rows))
    content = text("姓名,身份证,电话,栋,房号,入住日期", f"张三,{ONE},138 0000 0001,3号楼,201,2020/3/1")
    assert outcomes(imported(box, content)) == ["same"]


def test_a_lost_date_format_is_read_as_the_date(box):
    imported(box, xlsx(["姓名", "楼栋", "室", "入住日期"], ["张三", 3, 201, 43891]))
    assert registered(box)[0].ties[0].since_s == day(2020, 3, 1)


def test_changes_are_told_by_their_headings_and_blank_cells_change_nothing(box):
    imported(box, sheet(f"张三,{ONE},居民,13800000001,3,1,201,居住,,2020-03-01"))
    plan = imported(box, sheet(f"张三丰,{ONE},,13800000002,3,1,201,居住,,2021-03-01"))
    assert plan.rows[0].changes == ("姓名", "手机号", "入住日期")
    plan = imported(box, sheet(f"张三丰,{ONE},,,,,,,,"))
    assert outcomes(plan) == ["same"]
    (person,) = registered(box)
    assert (person.name, person.kind, person.phone) == ("张三丰", "resident", "13800000002")
    assert [tie.since_s for tie in person.ties] == [day(2021, 3, 1)]


def test_a_second_house_is_a_second_tie(box):
    imported(box, sheet(f"张三,{ONE},,,3,1,201,业主,,", f"张三,{ONE},,,5,1,101,业主,,"))
    (person,) = registered(box)
    assert [str(tie.place) for tie in person.ties] == ["3-1-201", "5-1-101"]
    assert outcomes(imported(box, sheet(f"张三,{ONE},,,7,1,101,租客,,"))) == ["changed"]
    assert len(registered(box)[0].ties) == 3


def test_without_a_number_somebody_is_known_by_name_and_house(box):
    imported(box, sheet("张三,,,,3,1,201,业主,,", "张三,,,,5,1,101,业主,,"))
    assert len(registered(box)) == 2
    assert outcomes(imported(box, sheet("张三,,,13800000001,5,1,101,业主,,"))) == ["changed"]
    assert [person.phone for person in registered(box)] == [None, "13800000001"]


def test_a_number_that_comes_later_goes_to_who_lives_there(box):
    imported(box, sheet("张三,,,,3,1,201,业主,,"))
    assert imported(box, sheet(f"张三,{ONE},,,3,1,201,业主,,")).rows[0].changes == ("证件号",)
    assert [person.id_number for person in registered(box)] == [ONE]


def test_rows_with_and_without_the_number_in_one_file_are_one_person(box):
    plan = imported(box, sheet("张三,,,13800000001,3,1,201,业主,,", f"张三,{ONE},,,3,1,201,业主,,"))
    assert outcomes(plan) == ["new", "changed"]
    (person,) = registered(box)
    assert (person.id_number, person.phone) == (ONE, "13800000001")


def test_another_number_for_who_lives_there_is_a_problem(box):
    imported(box, sheet(f"张三,{ONE},,,3,1,201,业主,,"))
    plan = imported(box, sheet(f"张三,{OTHER},,,3,1,201,业主,,"))
    assert problems(plan) == [(2, "证件号", "other_id_number")]
    assert [person.id_number for person in registered(box)] == [ONE]


def test_namesakes_in_one_organisation_need_their_numbers(box):
    imported(box, sheet(f"张伟,{ONE},员工,,,,,,襄阳物业,", f"张伟,{OTHER},员工,,,,,,襄阳物业,"))
    assert len(registered(box)) == 2
    assert problems(imported(box, sheet("张伟,,,,,,,,襄阳物业,"))) == [(2, "证件号", "several_people")]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (["张三,{ONE},,13800000001,3,1,201,,,", "张三,{ONE},,13800000002,3,1,201,,,"], "手机号"),
        (["张三,{ONE},居民,,3,1,201,,,", "张三,{ONE},员工,,5,1,201,,,"], "类别"),
        (["张三,{ONE},,,3,1,201,,,", "李四,{ONE},,,3,1,201,,,"], "姓名"),
        (["张三,{ONE},,,3,1,201,,,", "张三,{OTHER},,,3,1,201,,,"], "证件号"),
        (["张三,,,,3,1,201,,,2020-01-01", "张三,,,,3,1,201,,,2021-01-01"], "入住日期"),
    ],
)
def test_rows_that_contradict_each_other_all_stay_out(box, rows, found):
    rows = [row.format(ONE=ONE, OTHER=OTHER) for row in rows]
    plan = imported(box, sheet(*rows, "王五,,,,9,1,101,,,"))
    assert problems(plan) == [(2, found, "contradict"), (3, found, "contradict")]
    assert [person.name for person in registered(box)] == ["王五"]
    assert "2、3" in str(plan.rows[0].problems[0].refused)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (",,,,3,1,201,,,", [("姓名", "missing")]),
        (f"张三,{ONE[:-1]}{(int(ONE[-1], 36) + 1) % 10},,,3,1,201,,,", [("证件号", "id_number_check")]),
        ("张三,420606800101001,,,3,1,201,,,", [("证件号", "id_number_old")]),
        ("张三,4.20606E+17,,,3,1,201,,,", [("证件号", "rounded")]),
        ("张三,,,1.38E+10,3,1,201,,,", [("手机号", "rounded")]),
        ("张三,,皇帝,12,3,1,201,,,", [("类别", "no_choice"), ("手机号", "phone_form")]),
        ("张三,,,,,,201,,,", [("楼栋", "missing")]),
        ("张三,,,,3,,,,,", [("室", "missing")]),
        ("张三,,,,3,1,201,朋友,,", [("关系", "no_choice")]),
        ("张三,,员工,,,,,租客,襄阳物业,", [("室", "placeless")]),
        ("张三,,居民,,,,,业主,,", [("室", "placeless")]),
        ("张三,,居民,,,,,,,2020-01-01", [("室", "placeless")]),
        ("张三,,,,3,1,201,,,2020-02-30", [("入住日期", "no_date")]),
        ("张三,,,,3,1,201,,,20年1月", [("入住日期", "no_date")]),
        ("张三,,,,,,,,襄阳物业,", [("类别", "missing")]),
        ("张三,,,138****0001,3,1,201,,,", [("手机号", "missing")]),
        ("张三,420***********0019,,,3,1,201,,,", [("证件号", "masked_stranger")]),
    ],
)
def test_every_problem_names_row_and_column_and_good_rows_go_in(box, row, found):
    plan = imported(box, sheet("王五,,,,9,1,101,,,", row))
    assert problems(plan) == [(3, column, key) for column, key in found]
    assert [person.name for person in registered(box)] == ["王五"]


def test_a_number_that_excel_rounded_is_not_taken_for_one(box):
    plan = planned(xlsx(["姓名", "证件号", "楼栋", "室"], ["张三", 420606198001010017, 3, 201]))
    assert problems(plan) == [(2, "证件号", "rounded")]


def test_whoever_rents_is_a_tenant_unless_the_sheet_says_otherwise(box):
    imported(box, sheet("张三,,,,3,1,201,租客,,", "李四,,关爱对象,,3,1,202,租客,,", "王五,,,,3,1,203,,,"))
    assert [person.kind for person in registered(box)] == ["tenant", "cared-for", "resident"]


def test_an_end_of_a_tie_in_the_past_is_not_undone_silently(box):
    imported(box, sheet(f"张三,{ONE},,,3,1,201,业主,,2020-01-01"))
    box.execute("UPDATE ties SET until_s = ?", (NOW - 1,))
    assert imported(box, sheet(f"张三,{ONE},,,3,1,201,业主,,2026-01-01")).rows[0].changes == ("室",)
    assert box.execute("SELECT count(*) FROM ties").fetchone() == (2,)


def test_an_import_that_fails_half_way_leaves_nothing(box):
    box.execute("CREATE TRIGGER failing BEFORE INSERT ON ties BEGIN SELECT RAISE(ABORT, 'full'); END")
    before = access_register.version(box)
    with pytest.raises(Exception, match="full"):
        imported(box, sheet("张三,,,,3,1,201,,,"))
    assert (registered(box), access_register.version(box), every_act(box)) == ((), before, [])
    assert box.execute("SELECT count(*) FROM houses").fetchone() == (0,)


def test_a_change_meanwhile_has_the_plan_made_again(box):
    meanwhile = [lambda: people.add(box, KEY, name="张三", id_number=ONE, now=NOW)]

    def change():
        if meanwhile:
            meanwhile.pop()()

    plan = imported(box, sheet(f"张三,{ONE},,,3,1,201,,,"), planned=change)
    assert outcomes(plan) == ["changed"]
    assert len(registered(box)) == 1


def test_changes_again_and_again_are_refused_with_nothing_taken_in(box):
    with pytest.raises(Refused) as refused:
        imported(box, sheet("李四,,,,3,1,201,,,"), planned=lambda: people.add(box, KEY, name="张三", now=NOW))
    assert refused.value.key == "sheets.overtaken"
    assert {person.name for person in registered(box)} == {"张三"}
    assert issubclass(Overtaken, Exception)


def test_ids_of_the_erased_are_not_given_again(box):
    people.add(box, KEY, name="张三", now=NOW)
    box.execute("DELETE FROM people")
    imported(box, sheet("李四,,,,3,1,201,,,"))
    assert [person.id for person in registered(box)] == [2]


def test_an_import_is_recorded_with_who_did_it(box):
    imported(box, sheet("李四,,,,3,1,201,,,"), by="社区小王", file="a.csv")
    (act,) = every_act(box)
    assert (act.act, act.sheet, act.file, act.by, act.rows) == ("import", "people", "a.csv", "社区小王", 1)


def confirmations(box):
    return [
        box.execute(f"SELECT DISTINCT confirmed_s, confirmed_by FROM {table}").fetchall()
        for table in ("people", "houses", "ties", "organisations")
    ]


def test_an_import_confirms_only_when_somebody_confirms(box):
    content = sheet("李四,,,,3,1,201,,襄阳物业,")
    imported(box, content)
    assert confirmations(box) == [[(None, None)]] * 4
    imported(box, content, confirmed_by="网格员", now=NOW + 5)
    assert confirmations(box) == [[(NOW + 5, "网格员")]] * 4
    imported(box, sheet("王五,,,,3,1,202,,襄阳物业,"), confirmed_by="网格员", now=NOW + 5)
    assert confirmations(box) == [[(NOW + 5, "网格员")]] * 4


def test_a_problem_row_confirms_nothing(box):
    imported(box, sheet("李四,,,,3,1,201,,,"))
    imported(box, sheet("李四,,,12,3,1,201,,,", "王五,,,,9,1,1,,,"), confirmed_by="网格员")
    assert dict(box.execute("SELECT name, confirmed_by FROM people")) == {"李四": None, "王五": "网格员"}


def test_twenty_thousand_people_go_in_within_30_seconds(box):
    headings = ["姓名", "证件号", "手机号", "楼栋", "单元", "室", "关系", "入住日期"]
    rows = (
        [f"人{n}", dated(n), 13800000000 + n, f"{n // 300 + 1}栋", "1单元", 101 + n % 300, "业主", "2020/3/1"]
        for n in range(20_000)
    )
    content = xlsx(headings, *rows)
    locked = []
    began = time.process_time()
    plan = imported(box, content, planned=lambda: locked.append(time.process_time()))
    ended = time.process_time()
    assert plan.count("new") == 20_000
    assert ended - began < 30
    # A daemon that must write waits no longer than this, and far less than SQLite's patience.
    assert ended - locked[0] < 5


def dated(n: int) -> str:
    born = dt.date(1950, 1, 1) + dt.timedelta(n)
    digits = f"420606{born:%Y%m%d}001"
    return digits + check_character(digits)


def test_a_dry_run_changes_nothing(box):
    before = access_register.version(box)
    plan = importing.dry_run(box, None, sheet("李四,,,,3,1,201,,,", "张三,,,,3,,,,,"), zone=ZONE, now=NOW)
    assert outcomes(plan) == ["new", "problem"]
    assert (access_register.version(box), registered(box)) == (before, ())


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["张三", "李四", ""]),
        st.sampled_from(["", ONE, OTHER, "420***********0017", "4206"]),
        st.sampled_from(["", "居民", "员工"]),
        st.sampled_from(["", "13800000001", "13800000002", "138****0001"]),
        st.sampled_from(["", "3", "5"]),
        st.sampled_from(["", "201", "202"]),
        st.sampled_from(["", "业主", "租客", "工作"]),
        st.sampled_from(["", "襄阳物业"]),
        st.sampled_from(["", "2020-01-01", "2021-01-01"]),
    ),
    max_size=6,
)


@given(first=ROWS, second=ROWS)
@settings(max_examples=150, deadline=None)
def test_whatever_sheets_come_each_is_the_same_the_second_time(first, second):
    headings = "姓名,证件号,类别,手机号,楼栋,室,关系,单位,入住日期"
    with closing(open_database_in_memory()) as box:
        for rows in (first, second):
            content = text(headings, *(",".join(row) for row in rows))
            done = imported(box, content)
            version = access_register.version(box)
            again = imported(box, content)
            assert access_register.version(box) == version
            taken = {row.number for row in done.rows if row.outcome != "problem"}
            assert {row.outcome for row in again.rows if row.number in taken} <= {"same"}


def open_database_in_memory():
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        return open_database(Path(folder) / "menwei.db")
