"""What is exported can be shown, opened and imported again without harm."""

import csv
import io
from contextlib import closing

import openpyxl
import pytest

from edge.refusal import Refused
from edge.registers import access_register, organisations, people
from edge.registers.sheets.exporting import headings_of, rows_of
from edge.registers.sheets.fields import day_written
from edge.registers.sheets.headings import COLUMNS, KINDS
from edge.registers.sheets.registered import read_registered
from edge.registers.sheets.writing import neutralised, sheet_bytes, write_new
from edge.store.database import open_database
from tests.edge.sheets_made import KEY, NOW, ZONE, imported, numbered, outcomes, problems, text

ONE = numbered(1)


@pytest.fixture
def box(tmp_path):
    with closing(open_database(tmp_path / "menwei.db")) as connection:
        yield connection


@pytest.fixture
def filled(box):
    imported(
        box,
        text(
            "姓名,证件号,类别,手机号,楼栋,单元,室,关系,入住日期,单位,入职日期",
            f"张三,{ONE},关爱对象,13800000001,3,1,201,业主,2020-03-01,襄阳物业,2019-01-02",
            f"张三,{ONE},,,5,,101,租客,2021-03-01,,",
            f"李四,{numbered(2)},员工,13800000002,,,,,,襄阳物业,2022-03-01",
            "王五,,,13800000003,3,1,202,居住,,,",
            f"赵六,{numbered(3)},来客,,,,,,,,",
        ),
    )
    imported(box, text("单位名称,联系方式", "襄阳物业,王 13812345678"))
    imported(
        box,
        text(
            "车牌号,车主,证件号,楼栋,室,颜色,车位类型,到期日",
            f"鄂F12345,张三,{ONE},,,,月租,2026-12-31",
            "鄂F12347,外人,,,,,,2026-12-31 18:00",
        ),
    )
    imported(box, text("车牌号,车主,楼栋,单元,室", "鄂F12346,王五,3,1,202"))
    return box


def exported(box, kind, suffix=".csv", *, full=False):
    rows = rows_of(kind, read_registered(box, KEY, now=NOW), full=full, zone=ZONE)
    return sheet_bytes(kind, rows, suffix)


def everything(box):
    read = read_registered(box, KEY, now=NOW)
    return read.people, read.organisations, read.vehicles


def ties_by_day(person):
    return {(tie.tie, tie.place, day_written(tie.since_s, ZONE)) for tie in person.ties}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("full", [False, True])
def test_an_export_imported_again_changes_nothing(filled, kind, suffix, full):
    before = access_register.version(filled), everything(filled)
    plan = imported(filled, exported(filled, kind, suffix, full=full))
    assert set(outcomes(plan)) == {"same"}, problems(plan)
    assert (access_register.version(filled), everything(filled)) == before


def test_a_full_export_fills_an_empty_box_with_the_same(filled, tmp_path):
    with closing(open_database(tmp_path / "other.db")) as other:
        for kind in KINDS:
            plan = imported(other, exported(filled, kind, full=True))
            assert "problem" not in outcomes(plan), problems(plan)
        ours, theirs = everything(filled), everything(other)
        assert [(p.name, p.kind, p.id_number, p.phone) for p in theirs[0]] == [
            (p.name, p.kind, p.id_number, p.phone) for p in ours[0]
        ]
        assert [ties_by_day(p) for p in theirs[0]] == [ties_by_day(p) for p in ours[0]]
        assert [v.person for v in theirs[2].values()] == [v.person for v in ours[2].values()]


def test_a_masked_export_shows_no_number(filled):
    for kind in KINDS:
        shown = exported(filled, kind).decode("utf-8-sig")
        assert ONE not in shown
        assert "13800000001" not in shown
        assert "13812345678" not in shown
        assert "***" in shown
        assert ("13812345678" if kind == "organisations" else ONE) in exported(
            filled, kind, full=True
        ).decode()


def test_a_masked_export_with_one_cell_changed_changes_that_alone(filled):
    content = exported(filled, "people").decode("utf-8-sig").replace("王五,,居民", "王五,,员工")
    assert imported(filled, content.encode()).count("changed") == 1
    assert {p.name: p.phone for p in everything(filled)[0]}["王五"] == "13800000003"


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t", "\r"])
def test_what_looks_like_a_formula_is_made_text(lead):
    assert neutralised(f"{lead}1+1") == f"'{lead}1+1"


def test_a_formula_as_a_name_runs_nowhere_and_comes_back_as_it_was(box):
    evil = '=HYPERLINK("http://x")'
    people.add(box, KEY, name=evil, now=NOW)
    organisations.add(box, name="@evil", contact="+8613812345678", now=NOW)
    rows = list(csv.reader(io.StringIO(exported(box, "people").decode("utf-8-sig"))))
    assert rows[1][0] == f"'{evil}"
    book = openpyxl.load_workbook(io.BytesIO(exported(box, "people", ".xlsx")))
    assert (book.active["A2"].value, book.active["A2"].data_type) == (f"'{evil}", "s")
    before = access_register.version(box)
    for kind in ("people", "organisations"):
        for suffix in (".csv", ".xlsx"):
            assert outcomes(imported(box, exported(box, kind, suffix, full=True))) == ["same"]
    assert access_register.version(box) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_keeps_numbers_as_typed_and_offers_the_choices(kind):
    book = openpyxl.load_workbook(io.BytesIO(sheet_bytes(kind, (), ".xlsx")))
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == headings_of(kind)
    for place, column in enumerate(COLUMNS[kind], 1):
        letter = openpyxl.utils.get_column_letter(place)
        assert (sheet.column_dimensions[letter].number_format == "@") == column.textual
    choices = sum(bool(column.choices) for column in COLUMNS[kind])
    assert len(sheet.data_validations.dataValidation) == choices


def test_a_sheet_is_written_for_its_owner_alone_and_never_over_another(tmp_path):
    file = tmp_path / "people.csv"
    write_new(file, b"x")
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused, match="exists already"):
        write_new(file, b"y")
    assert file.read_bytes() == b"x"
    with pytest.raises(Refused, match="cannot be written"):
        write_new(tmp_path / "none" / "people.csv", b"x")


def test_a_sheet_of_another_make_is_refused():
    with pytest.raises(Refused, match="CSV or XLSX"):
        sheet_bytes("people", (), ".xls")
