"""What the registers say must be visited again, and what confirming it changes."""

from contextlib import closing

import pytest

from edge.refusal import Refused
from edge.registers import confirming
from edge.registers.confirming import BuildingFreshness, stale, stale_by_building, stale_records
from edge.registers.entries import insert
from edge.store import layout
from edge.store.database import open_database

NOW = 1_800_000_000.0
DAY_S = 86_400.0


@pytest.fixture
def box(tmp_path):
    with closing(open_database(layout.database(tmp_path))) as connection:
        yield connection


def house(box, building, room, confirmed_s=None, entrance="1"):
    row = {"building": building, "entrance": entrance, "room": room, "added_s": NOW}
    return insert(box, "houses", row | {"confirmed_s": confirmed_s})


def person(box, name, confirmed_s=None):
    return insert(box, "people", {"name": name, "added_s": NOW, "confirmed_s": confirmed_s})


def lives(box, who, where, *, until_s=None, confirmed_s=None):
    row = {"person": who, "house": where, "tie": "lives", "since_s": NOW, "added_s": NOW}
    return insert(box, "ties", row | {"until_s": until_s, "confirmed_s": confirmed_s})


def labels(records):
    return [(record.subject, record.label, record.building) for record in records]


def test_a_figure_counts_the_houses_people_ties_and_vehicles_of_a_building(box):
    home = house(box, "3", "101", confirmed_s=NOW)
    house(box, "3", "102", confirmed_s=NOW - 400 * DAY_S)
    zhang = person(box, "张三", confirmed_s=NOW)
    lives(box, zhang, home, confirmed_s=NOW)
    insert(box, "vehicles", {"plate": "鄂F12345", "owner": "张三", "added_s": NOW, "person": zhang})
    assert stale_by_building(box, NOW - 365 * DAY_S, now=NOW) == [BuildingFreshness("3", 5, 2, 1)]


def test_buildings_come_as_people_count_and_what_has_none_comes_last(box):
    for building in ("10", "2", "甲"):
        house(box, building, "101")
    person(box, "张三")
    insert(box, "organisations", {"name": "物业", "added_s": NOW})
    figures = stale_by_building(box, NOW, now=NOW)
    assert [(figure.building, figure.records) for figure in figures] == [
        ("2", 1),
        ("10", 1),
        ("甲", 1),
        (None, 2),
    ]


def test_what_was_confirmed_at_that_moment_is_fresh(box):
    house(box, "3", "101", confirmed_s=NOW)
    assert stale_records(box, NOW, now=NOW) == []
    assert labels(stale_records(box, NOW + 0.5, now=NOW)) == [("house/1", "3-1-101", "3")]


def test_a_person_of_two_buildings_is_met_in_either(box):
    zhang = person(box, "张三")
    for building in ("3", "4"):
        lives(box, zhang, house(box, building, "101", entrance=""), confirmed_s=NOW)
    people = stale(box, "person", NOW, now=NOW)
    assert labels(people) == [("person/1", "张三", "3"), ("person/1", "张三", "4")]
    assert labels(stale_records(box, NOW, now=NOW, building="4")) == [
        ("house/2", "4-101", "4"),
        ("person/1", "张三", "4"),
    ]


def test_who_moved_out_belongs_to_no_building_and_the_tie_is_visited_no_more(box):
    zhang = person(box, "张三")
    home = house(box, "3", "101", confirmed_s=NOW)
    lives(box, zhang, home, until_s=NOW)
    assert labels(stale_records(box, NOW, now=NOW)) == [("person/1", "张三", None)]
    assert stale(box, "tie", NOW - DAY_S, now=NOW) == []
    lives(box, zhang, home, until_s=NOW + DAY_S)
    assert labels(stale_records(box, NOW, now=NOW)) == [
        ("person/1", "张三", "3"),
        ("tie/2", "张三 3-1-101", "3"),
    ]


def test_confirming_notes_when_and_by_whom(box):
    house(box, "3", "101")
    confirming.confirm(box, "house", 1, by=" 李警官 ", now=NOW)
    assert box.execute("SELECT confirmed_s, confirmed_by FROM houses").fetchall() == [(NOW, "李警官")]
    assert stale(box, "house", NOW, now=NOW) == []


def test_confirming_a_person_confirms_where_they_live_now(box):
    zhang = person(box, "张三")
    lives(box, zhang, house(box, "3", "101"))
    lives(box, zhang, house(box, "4", "101"), until_s=NOW)
    assert confirming.confirm_person(box, zhang, by="李警官", now=NOW) == 1
    assert [record.kind for record in stale_records(box, NOW, now=NOW)] == ["house", "house"]
    assert box.execute("SELECT count(*) FROM ties WHERE confirmed_s IS NULL").fetchone() == (1,)


def test_confirming_a_household_confirms_everybody_who_belongs_to_it(box):
    home = house(box, "3", "101")
    for name in ("张三", "李四"):
        lives(box, person(box, name), home)
    lives(box, person(box, "王五"), home, until_s=NOW)
    assert confirming.confirm_household(box, home, by="李警官", now=NOW) == 2
    assert labels(stale_records(box, NOW, now=NOW)) == [("person/3", "王五", None)]


@pytest.mark.parametrize("kind", confirming.KINDS)
def test_confirming_what_is_not_registered_is_refused(kind, box):
    with pytest.raises(Refused, match=f"there is no {kind}/7") as caught:
        confirming.confirm(box, kind, 7, by="李警官", now=NOW)
    assert caught.value.key == "registers.no_such_entry"


def test_who_confirms_must_be_named(box):
    house(box, "3", "101")
    with pytest.raises(Refused) as caught:
        confirming.confirm(box, "house", 1, by=" ", now=NOW)
    assert caught.value.key == "registers.confirmed_by_text"
    assert len(stale(box, "house", NOW, now=NOW)) == 1
