"""`menwei person | house | organisation | vehicle | watchlist`: who belongs where, confirmed and erased."""

import json
import sqlite3

import pytest

from edge.store import layout
from tests.edge.command_line import at_a_site

NUMBER = "420106199001011231"


@pytest.fixture
def menwei(monkeypatch, capsys, tmp_path):
    return at_a_site(monkeypatch, capsys, tmp_path)


@pytest.fixture
def said(menwei):
    def call(*arguments):
        code, out, err = menwei(*arguments)
        assert (code, err) == (0, "")
        return out

    return call


@pytest.fixture
def read(said):
    return lambda *arguments: json.loads(said(*arguments, "--json"))


def refused(menwei, *arguments):
    code, out, err = menwei(*arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    return err


def test_a_person_without_face_is_added_shown_masked_and_found(said, read):
    added = said("person", "add", "张三", "--kind", "tenant", "--id-number", NUMBER, "--phone", "13800001234")
    assert added == "person/1 added: 张三\n"
    (person,) = read("person", "list", NUMBER)
    assert (person["id_number"], person["phone"]) == ("420***********1231", "138****1234")
    assert (person["kind"], person["consent"], person["damaged"], person["ties"]) == ("tenant", None, [], [])
    shown = said("person", "show", 1)
    assert "420***********1231" in shown
    assert "138****1234" in shown
    assert NUMBER not in shown
    assert (
        said("person", "list", "李四")
        == said("person", "list", "--kind", "staff")
        == "nothing is registered\n"
    )


def test_a_face_without_consent_is_refused_before_the_picture_is_read(menwei, read):
    assert "--consent" in refused(menwei, "person", "add", "张三", "--face", "none.jpg")
    assert read("person", "list") == []
    assert menwei("person", "add", "张三")[0] == 0
    assert "--consent" in refused(menwei, "person", "change", 1, "--face", "none.jpg")
    assert "no picture none.jpg" in refused(
        menwei, "person", "change", 1, "--face", "none.jpg", "--consent", "C"
    )


def test_a_person_is_changed(said, read):
    said("person", "add", "张三", "--phone", "13800001234", "--keypad-number", 7)
    assert said("person", "change", 1, "--name", "张三丰", "--kind", "staff", "--phone", "") == (
        "person/1 changed: 张三丰\n"
    )
    said("person", "change", 1, "--keypad-number", 0, "--consent", "C-1")
    (person,) = read("person", "show", 1)
    assert [person[field] for field in ("name", "kind", "phone", "keypad_number", "consent")] == [
        "张三丰",
        "staff",
        None,
        None,
        "C-1",
    ]
    assert said("person", "withdraw", 1) == (
        "person/1 erased for good: 张三丰, face templates: 0, consents: 1\n"
    )


def test_an_id_number_is_registered_once(menwei, said):
    said("person", "add", "张三", "--id-number", NUMBER)
    assert "person/1" in refused(menwei, "person", "add", "李四", "--id-number", NUMBER)
    assert NUMBER not in refused(menwei, "person", "add", "李四", "--id-number", NUMBER)


def test_a_lost_key_is_told_and_everything_else_is_still_shown(menwei, said, tmp_path):
    said("person", "add", "张三", "--id-number", NUMBER)
    layout.template_key(tmp_path / "demo-site").unlink()
    assert "does not open" in said("person", "show", 1)
    assert "backup" in refused(menwei, "person", "add", "李四")
    assert said("person", "remove", 1).startswith("person/1 erased")


def test_a_household_is_tied_confirmed_and_parted(menwei, said, read):
    assert said("house", "add", "3栋", "201室", "--entrance", "1单元") == "house/1 added: 3-1-201\n"
    said("person", "add", "张三")
    tied = said("person", "tie", 1, "lives", "3-1-201", "--since", "2020-01-31")
    assert tied == "tie/1  张三 lives in 3-1-201 since 2020-01-31  never confirmed\n"
    assert "lives in 3-1-201" in said("person", "list")
    assert "registered already" in refused(menwei, "person", "tie", 1, "lives", "house/1")
    assert said("house", "confirm", 1, "--by", "李警官", "--household") == (
        "house/1 confirmed by 李警官, with people: 1\n"
    )
    (house,) = read("house", "show", 1)
    assert [house["confirmed_by"], house["ties"][0]["confirmed_by"]] == ["李警官", "李警官"]
    assert read("person", "list")[0]["confirmed_by"] == "李警官"
    assert "still belong to house/1" in refused(menwei, "house", "remove", 1)
    assert "until 2020-03-01" in said("person", "untie", 1, "--until", "2020-02-29")
    assert read("person", "list")[0]["ties"] == []
    assert read("person", "show", 1)[0]["ties"][0]["where"] == "3-1-201"
    assert "until" in said("house", "show", 1)
    assert said("house", "remove", 1).startswith("house/1 erased for good: 3-1-201")


def test_a_tie_that_was_a_mistake_is_deleted(menwei, said, read):
    said("organisation", "add", "物业", "--contact", "老王")
    said("person", "add", "张三")
    said("person", "tie", 1, "works", "物业", "--until", "2199-01-01", "--by", "李警官")
    assert "organisation" in refused(menwei, "person", "tie", 1, "rents", "物业")
    assert "--until" in refused(menwei, "person", "untie", 1, "--mistaken", "--until", "2030-01-01")
    assert said("person", "untie", 1, "--mistaken") == "tie/1 deleted: 张三 and 物业\n"
    assert read("organisation", "show", 1)[0]["ties"] == []


def test_confirming_needs_a_name(menwei, said, read):
    said("person", "add", "张三")
    said("house", "add", "3", "201")
    said("organisation", "add", "物业")
    said("vehicle", "add", "鄂F12345", "--owner", "A")
    for register in ("person", "house", "organisation", "vehicle"):
        code, _, err = menwei(register, "confirm", 1)
        assert code == 2
        assert "--by" in err
        assert "must be named" in refused(menwei, register, "confirm", 1, "--by", " ")
        assert "李警官" in said(register, "confirm", 1, "--by", " 李警官 ")
        assert read(register, "list")[0]["confirmed_by"] == "李警官"
        assert "confirmed" in said(register, "list")
        assert f"there is no {register}/9" in refused(menwei, register, "confirm", 9, "--by", "A")


def test_houses_are_listed_by_building_and_corrected(said, read):
    said("house", "add", "3", "201")
    said("house", "add", "4", "201", "--by", "李警官")
    assert [house["address"] for house in read("house", "list", "--building", "4栋")] == ["4-201"]
    assert said("house", "change", 1, "5", "202", "--entrance", "2").startswith("house/1  5-2-202")
    assert said("house", "list", "--building", "3") == "nothing is registered\n"


def test_an_organisation_is_changed_listed_and_erased(said, read):
    said("organisation", "add", "物业")
    assert "联系" in said("organisation", "change", 1, "--name", "新物业", "--contact", "联系老王")
    assert [o["contact"] for o in read("organisation", "list")] == ["联系老王"]
    assert "新物业" in said("organisation", "list")
    assert "新物业" in said("organisation", "show", 1)
    assert said("organisation", "remove", 1).startswith("organisation/1 erased for good: 新物业")
    assert said("organisation", "list") == "nothing is registered\n"


def test_a_vehicle_belongs_to_a_person_and_parks_until(menwei, said, read):
    said("person", "add", "张三")
    parking = ("--parking", "rented", "--until", "2030-12-31", "--colour", "blue", "--by", "保安")
    assert said("vehicle", "add", "鄂F12345", "--person", 1, *parking) == "vehicle/1 added: 鄂F12345, 张三\n"
    assert "rented parking (until 2031-01-01 00:00)" in said("person", "show", 1)
    assert "civil blue" in said("vehicle", "list", "鄂f·12345")
    assert "never green" in refused(menwei, "vehicle", "change", 1, "--colour", "green")
    said("vehicle", "change", 1, "--until", "never", "--parking", "none", "--colour", "")
    (vehicle,) = read("vehicle", "list")
    assert [vehicle[field] for field in ("until_s", "parking", "colour", "person")] == [None, "none", None, 1]
    assert "--owner" in refused(menwei, "vehicle", "add", "鄂F12346")
    assert said("vehicle", "list", "鄂F12346") == "nothing is registered\n"


def test_a_watch_list_entry_says_who_asked_and_what_to_do(said, read):
    entry = ("--plate", "京A12345", "--kind", "wanted", "--reason", "盗窃", "--until", "2199-01-01")
    said("watchlist", "add", *entry, "--owner", "城关派出所", "--instruction", "不要拦截，立即报警")
    assert said("watchlist", "list").splitlines()[1:] == [
        "  what to do: 不要拦截，立即报警",
        "  asked for by 城关派出所",
    ]
    (watched,) = read("watchlist", "list")
    assert (watched["owner"], watched["instruction"]) == ("城关派出所", "不要拦截，立即报警")


def test_erasing_a_person_tells_what_became_of_every_trace(menwei, said, read, tmp_path):
    said("person", "add", "张三", "--consent", "C-1")
    said("house", "add", "3", "201", "--by", "张三")
    said("person", "tie", 1, "owns", "3-201")
    said("vehicle", "add", "鄂F12345", "--person", 1)
    assert said("person", "remove", 1).splitlines() == [
        "person/1 erased for good: 张三",
        "removed: consents: 1",
        "removed: ties to houses and organisations: 1",
        "now under the pseudonym erased person #1: owners of vehicles: 1",
        "kept: receipts of the erasure: 1, with the id alone, to prove when it was",
        "kept: signatures under what this person confirmed or entered: 1, for whoever must answer for it",
    ]
    assert read("vehicle", "list")[0]["owner"] == "已删除人员#1"
    assert "there is no person/1" in refused(menwei, "person", "remove", 1)
    said("person", "add", "李四")
    (erased,) = read("person", "remove", 2)
    assert erased == {
        "subject": "person/2",
        "label": "李四",
        "removed": {},
        "pseudonymised": {},
        "kept": {"receipt": 1},
    }


def test_it_is_all_told_in_chinese(monkeypatch, capsys, tmp_path):
    menwei = at_a_site(monkeypatch, capsys, tmp_path, language="zh")
    menwei("house", "add", "3", "201")
    assert menwei("person", "add", "张三", "--kind", "cared-for")[1] == "已登记 person/1：张三\n"
    assert "张三 居住 3-201，自" in menwei("person", "tie", 1, "lives", "3-201")[1]
    assert menwei("person", "confirm", 1, "--by", "李警官")[1] == (
        "李警官 已核实 person/1，同时核实住址和工作关系 1 条\n"
    )
    assert "张三  关爱对象  居住3-201" in menwei("person", "list")[1]
    assert "书面同意书" in menwei("person", "add", "李四", "--face", "x.jpg")[2]


def test_a_database_of_before_keeps_its_people(menwei, said, tmp_path):
    said("person", "list")
    with sqlite3.connect(layout.database(tmp_path / "demo-site")) as connection:
        connection.execute("INSERT INTO people (name, added_s) VALUES ('张三', 0)")
    connection.close()
    assert said("person", "list") == "person/1  张三  resident  -  templates: 0  never confirmed\n"
