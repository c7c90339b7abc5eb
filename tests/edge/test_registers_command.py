"""`menwei registers` as clerks call it."""

import json
import sqlite3

import pytest

from edge.commands.registers import bar
from edge.store import layout
from tests.edge.command_line import at_a_site
from tests.edge.sheets_made import numbered, text

SHEET = text(
    "姓名,证件号,手机号,楼栋,室,备注",
    f"张三,{numbered(1)},13800000001,3栋,201,",
    "李四,1,,3,202,",
    "王五,,,10,101,",
)


@pytest.fixture
def menwei(monkeypatch, capsys, tmp_path):
    (tmp_path / "people.csv").write_bytes(SHEET)
    return at_a_site(monkeypatch, capsys, tmp_path)


@pytest.fixture
def chinese(menwei, monkeypatch):
    monkeypatch.setenv("MENWEI_LANGUAGE", "zh")
    return menwei


def stored(tmp_path, question):
    connection = sqlite3.connect(layout.database(tmp_path / "demo-site"))
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def test_a_dry_run_lists_every_row_and_changes_nothing(chinese, tmp_path):
    code, out, err = chinese("registers", "import", "people.csv", "--dry-run")
    assert (code, err) == (1, "")
    assert "第 2 行：新增 张三" in out
    assert (
        "第 3 行「证件号」（李四）：证件号应为 17 位数字加 1 位数字或 X，这里有 1 个字符：请对照证件核对"
        in out
    )
    assert "这些列没有使用：备注" in out
    assert "试运行，未做任何改动：将新增 2 行，更改 0 行，相同 0 行；有问题 1 行" in out
    assert stored(tmp_path, "SELECT count(*) FROM people") == [(0,)]
    assert not layout.template_key(tmp_path / "demo-site").exists()


def test_good_rows_go_in_and_the_exit_code_tells_of_the_others(chinese, tmp_path):
    code, out, _ = chinese("registers", "import", "people.csv", "--by", "小王")
    assert code == 1
    assert "第 3 行" in out
    assert "已导入：新增 2 行，更改 0 行，相同 0 行；有问题而未导入 1 行" in out
    assert stored(tmp_path, "SELECT name FROM people") == [("张三",), ("王五",)]
    assert stored(tmp_path, "SELECT act, by, rows FROM register_acts") == [("import", "小王", 2)]
    assert "相同 2 行" in chinese("registers", "import", "people.csv")[1]


def test_the_answer_is_read_by_programs_too(menwei):
    code, out, _ = menwei("registers", "import", "people.csv", "--json")
    answer = json.loads(out)
    assert code == 1
    assert (answer["new"], answer["changed"], answer["same"], answer["dry_run"]) == (2, 0, 0, False)
    (problem,) = answer["problems"]
    assert (problem["row"], problem["column"], problem["key"]) == (3, "证件号", "registers.id_number_form")
    assert [row["outcome"] for row in answer["rows"]] == ["new", "problem", "new"]
    assert answer["ignored_headings"] == ["备注"]


@pytest.mark.parametrize("option", ["--by", "--confirmed-by"])
def test_who_imports_must_have_a_name(menwei, tmp_path, option):
    code, _, err = menwei("registers", "import", "people.csv", option, " ")
    assert code == 2
    assert "characters that can be printed" in err
    assert stored(tmp_path, "SELECT count(*) FROM people") == [(0,)]


def test_a_file_that_is_no_sheet_is_refused(menwei, tmp_path):
    assert menwei("registers", "import", "none.csv")[0] == 2
    (tmp_path / "empty.csv").touch()
    assert "nothing stands in the file" in menwei("registers", "import", "empty.csv")[2]


def test_numbers_are_exported_masked_unless_somebody_answers_for_them(menwei, tmp_path):
    menwei("registers", "import", "people.csv")
    assert menwei("registers", "export", "people", "masked.csv")[0] == 0
    assert numbered(1) not in (tmp_path / "masked.csv").read_text("utf-8-sig")
    code, _, err = menwei("registers", "export", "people", "full.csv", "--full", "--by", "小王")
    assert code == 2
    assert "--why" in err
    assert not (tmp_path / "full.csv").exists()
    asked = ("--full", "--by", "小王", "--why", "人口普查")
    code, out, _ = menwei("registers", "export", "people", "full.csv", *asked)
    assert code == 0
    assert "recorded" in out
    assert numbered(1) in (tmp_path / "full.csv").read_text("utf-8-sig")
    exports = stored(tmp_path, "SELECT sheet, file, by, why, rows FROM register_acts WHERE act = 'export'")
    assert exports == [("people", "full.csv", "小王", "人口普查", 2)]


def test_a_key_that_is_lost_is_told_before_numbers_are_left_out(menwei, tmp_path):
    menwei("registers", "import", "people.csv")
    layout.template_key(tmp_path / "demo-site").unlink()
    for call in (
        ("export", "people", "out.csv"),
        ("import", "people.csv", "--dry-run"),
        ("import", "people.csv"),
    ):
        code, _, err = menwei("registers", *call)
        assert code == 2
        assert "restore it from the backup" in err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("kind", ["people", "organisations", "vehicles"])
def test_a_template_is_an_empty_sheet_of_its_kind(menwei, tmp_path, kind):
    assert menwei("registers", "template", kind, "new.xlsx")[0] == 0
    code, out, _ = menwei("registers", "import", "new.xlsx", "--json")
    assert (code, json.loads(out)["sheet"], json.loads(out)["rows"]) == (0, kind, [])


def test_what_must_be_visited_again_is_told_for_each_building(chinese):
    chinese("registers", "import", "people.csv")
    code, out, _ = chinese("registers", "stale")
    assert code == 0
    assert [line.split() for line in out.splitlines()[1:3]] == [
        ["3", "3", "3", "3", "100%", "█" * 20],
        ["10", "3", "3", "3", "100%", "█" * 20],
    ]
    assert "--building" in out
    out = chinese("registers", "stale", "--building", "３号楼")[1]
    assert "house/1  3-201  从未核实" in out
    assert "person/1  张三  从未核实" in out
    assert "王五" not in out
    chinese("registers", "import", "people.csv", "--confirmed-by", "网格员")
    out = chinese("registers", "stale")[1]
    assert "0%  " + "░" * 20 in out
    assert "--building" not in out


def test_stale_records_are_read_by_programs_too(menwei):
    menwei("registers", "import", "people.csv")
    answer = json.loads(menwei("registers", "stale", "--building", "10", "--json")[1])
    assert [figure["building"] for figure in answer["buildings"]] == ["10"]
    assert {record["subject"] for record in answer["records"]} == {"house/2", "person/2", "tie/2"}
    assert menwei("registers", "stale", "--days", "-1")[0] == 2


@pytest.mark.parametrize(("share", "filled"), [(0, 0), (0.001, 1), (0.5, 10), (0.999, 19), (1, 20)])
def test_only_nothing_is_drawn_empty_and_only_all_of_it_full(share, filled):
    assert bar(share) == "█" * filled + "░" * (20 - filled)
