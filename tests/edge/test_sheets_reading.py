"""Files of every make are read as people see them, or refused with what to do; nothing else happens."""

import contextlib
import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import catalogue
from edge.refusal import Refused
from edge.registers.sheets import table, xlsx_reading
from edge.registers.sheets.headed import headed
from edge.registers.sheets.headings import COLUMNS, KINDS, kind_of, plain
from edge.registers.sheets.reading import content_of, read_table
from edge.registers.sheets.table import letters
from tests.edge.sheets_made import planned, problems, text, xlsx

LINES = "姓名,楼栋,室\r\n张三,3,201\r\n"


def cells(content):
    return [[cell.text for cell in row.cells] for row in read_table(content).rows]


def refused(content):
    with pytest.raises(Refused) as error:
        headed(read_table(content))
    assert error.value.key in catalogue.sentences("zh-CN")
    return error.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_csv_is_read_in_every_encoding_that_spreadsheets_write(encoding):
    assert cells(LINES.encode(encoding)) == [["姓名", "楼栋", "室"], ["张三", "3", "201"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_with_every_delimiter_that_spreadsheets_write(delimiter):
    assert cells(LINES.replace(",", delimiter).encode()) == [["姓名", "楼栋", "室"], ["张三", "3", "201"]]


def test_a_rare_character_of_gb18030_is_read():
    assert cells("姓名,室\n㐂龘𠮷,1\n".encode("gb18030"))[1][0] == "㐂龘𠮷"


def test_csv_in_no_known_encoding_is_refused_with_its_line():
    error = refused("姓名,室\n".encode("gb18030") + b"\xff\xff,1\n")
    assert (error.key, error.values["line"]) == ("sheets.encoding", 2)


def test_an_open_quotation_mark_is_refused_with_its_row():
    error = refused('姓名,室\n张三,1\n"李四,2\n'.encode())
    assert (error.key, error.values["row"]) == ("sheets.csv_broken", 3)


def test_rows_are_numbered_as_excel_numbers_them():
    content = '姓名,备注,室\n\n张三,"两\n行",\n李四,,'.encode()
    assert [row.number for row in read_table(content).rows] == [1, 3, 4]


def test_figures_kept_as_text_lose_their_marks():
    assert cells('姓名,室\n="张三",\'0201\n'.encode())[1] == ["张三", "0201"]


def test_xlsx_is_read_as_people_see_it():
    rows = read_table(
        xlsx(["姓名", "手机号", "室", "入住日期"], ["张三", 13800000001, 301.0, dt.date(2020, 3, 1)])
    ).rows
    assert [(cell.text, cell.kind) for cell in rows[1].cells] == [
        ("张三", "text"),
        ("13800000001", "number"),
        ("301", "number"),
        ("2020-03-01", "date"),
    ]


def test_sheets_that_are_not_read_are_named():
    assert read_table(xlsx(["姓名", "室"], also=["车辆"])).unread == ("车辆",)


def test_a_hidden_sheet_is_not_read():
    import openpyxl

    workbook = openpyxl.Workbook()
    workbook.active.append(["秘密"])
    workbook.active.sheet_state = "hidden"
    workbook.create_sheet("人员").append(["姓名", "室"])
    content = io.BytesIO()
    workbook.save(content)
    assert cells(content.getvalue()) == [["姓名", "室"]]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (xlsx(), "empty"),
        (b"PK\x03\x04 not a zip", "xlsx_broken"),
        (xlsx(["姓名", "室"])[:-300], "xlsx_broken"),
        (b"\xd0\xcf\x11\xe0" + bytes(512), "old_excel"),
        (text("某小区人员登记表"), "no_headings"),
        (text("甲,乙", "张三,1"), "no_headings"),
        (text("姓名,室,房号", "张三,1,1"), "heading_twice"),
        (text("姓名,室", "张三," + ",".join(["1"] * 10_000)), "too_wide"),
        (text("姓名,室", *["张三,1"] * (table.MOST_ROWS + 1)), "too_long"),
        (xlsx(["姓名", "室"], ["x"] * 10_000), "too_wide"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_sheet_is_refused_with_what_to_do(content, key):
    assert refused(content).key == f"sheets.{key}"


def test_a_file_that_is_too_large_is_read_no_further(tmp_path, monkeypatch):
    monkeypatch.setattr("edge.registers.sheets.reading.LARGEST_MIB", 1)
    file = tmp_path / "large.csv"
    file.write_bytes(b"x" * (3 * 2**20))
    content = content_of(file)
    assert len(content) == 2**20 + 1
    assert refused(content).key == "sheets.too_large"


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(Refused) as error:
        content_of(tmp_path / "none.csv")
    assert error.value.key == "sheets.unreadable"


def altered(content, name, change):
    """Return a workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, change(data) if part == name else data)
    return out.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    unpacked = []
    monkeypatch.setattr(xlsx_reading.openpyxl, "load_workbook", lambda *a, **k: unpacked.append(a))
    filling = b" " * (65 * 2**20)
    bomb = altered(xlsx(["姓名", "室"]), "xl/worksheets/sheet1.xml", lambda data: data + filling)
    assert len(bomb) < 2**20
    assert refused(bomb).key == "sheets.unpacked_too_large"
    assert unpacked == []


def test_entities_in_a_workbook_are_not_expanded():
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 1000 + b'">]>'

    def laughing(data):
        end = data.index(b"?>") + 2 if data.startswith(b"<?xml") else 0
        return data[:end] + laughs + data[end:]

    bomb = altered(xlsx(["姓名", "室"], ["张三", "1"]), "xl/worksheets/sheet1.xml", laughing)
    assert refused(bomb).key == "sheets.xlsx_broken"


def test_formulas_and_errors_are_problems_with_row_and_column():
    content = xlsx(["姓名", "楼栋", "室"], ["张三", "=1+1", "201"], ["李四", "3", "#N/A"])
    assert problems(planned(content)) == [(2, "楼栋", "formula"), (3, "室", "cell_error")]
    assert problems(planned(text("姓名,楼栋,室", "=cmd|' /C calc'!A0,3,201"))) == [(2, "姓名", "formula")]


def test_a_room_that_excel_made_a_date_of_is_a_problem():
    content = xlsx(["姓名", "楼栋", "室"], ["张三", "3", dt.date(2026, 1, 2)])
    assert problems(planned(content)) == [(2, "室", "made_a_date")]


def test_what_stands_under_no_heading_is_a_problem():
    assert problems(planned(text("姓名,楼栋,室,", "张三,3,201,多"))) == [(2, "D", "without_heading")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_heading_and_synonym_means_one_field_of_a_sheet(kind):
    words: dict[str, str] = {}
    for column in COLUMNS[kind]:
        for word in (column.chinese, column.english, *column.synonyms.split()):
            assert words.setdefault(plain(word), column.field) == column.field


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_means_one_choice_of_a_column(kind):
    for column in COLUMNS[kind]:
        for value, words in column.choices.items():
            assert [column.value_of(word) for word in (value, *words.split())] == [value] * (
                1 + len(words.split())
            )
            assert column.value_of(column.word_for(value)) == value


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        (["姓名", "证件号", "楼栋"], "people"),
        (["* 姓 名", "身份证号码（18位）", "关系(业主/租客/居住)"], "people"),
        (["Name", "ID number", "Building"], "people"),
        (["车牌号", "车主", "姓名"], "vehicles"),
        (["Plate", "Owner"], "vehicles"),
        (["单位名称"], "organisations"),
        (["单位", "联系电话"], "organisations"),
        (["姓名", "备注"], None),
        (["备注"], None),
    ],
)
def test_the_kind_of_a_sheet_is_told_by_its_headings(headings, kind):
    assert kind_of(headings) == kind


def test_a_title_above_the_headings_is_passed_over():
    plan = planned(text("某小区人员登记表", "填表日期,2026-11-24", "姓名,楼栋,室", "张三,3,201"))
    assert [(row.number, row.outcome) for row in plan.rows] == [(4, "new")]


def test_headings_that_are_not_used_are_named():
    assert planned(text("姓名,楼栋,室,备注,民族", "张三,3,201,,")).ignored == ("备注", "民族")


def test_columns_are_called_as_excel_calls_them():
    assert [letters(index) for index in (0, 25, 26, 51, 701, 702)] == ["A", "Z", "AA", "AZ", "ZZ", "AAA"]


@given(content=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_whatever_bytes_come_they_are_read_or_refused(content):
    with contextlib.suppress(Refused):
        planned(content)


@given(
    body=st.text(alphabet="姓名证件号楼栋室车牌主单位,;\t\n\r\"'=+-@0123456789X张鄂F*年月日/. ", max_size=300)
)
@settings(max_examples=300, deadline=None)
def test_whatever_lines_come_under_headings_they_are_planned_or_refused(body):
    for headings in (
        "姓名,证件号,类别,手机号,楼栋,单元,室,关系,入住日期,单位",
        "车牌号,车主,车牌颜色,到期日",
    ):
        with contextlib.suppress(Refused):
            planned(f"{headings}\n{body}".encode())


SOUND = xlsx(["姓名", "楼栋", "室"], ["张三", "3", "201"])


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_workbook_with_a_damaged_byte_is_read_or_refused(data):
    content = bytearray(SOUND)
    at = data.draw(st.integers(4, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Refused):
        planned(bytes(content))
