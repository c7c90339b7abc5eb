"""Houses, organisations, and who belongs to them: how they are called, what is refused, what ends."""

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.refusal import Refused
from edge.registers import houses, organisations, ties
from edge.registers.entries import insert
from edge.registers.houses import Address, addressed, building_called
from edge.store import layout
from edge.store.database import open_database

NOW = 1_800_000_000.0
DAY_S = 86_400.0


@pytest.fixture
def box(tmp_path):
    with closing(open_database(layout.database(tmp_path))) as connection:
        yield connection


def person(box, name="张三"):
    return insert(box, "people", {"name": name, "added_s": NOW})


def house(box, *address):
    return houses.add(box, addressed(*(address or ("3", "1", "201"))), now=NOW)


def tie(box, who, to, kind="lives", since_s=NOW - DAY_S, until_s=None, now=NOW):
    return ties.add(box, person=who, tie=kind, to=to, since_s=since_s, until_s=until_s, now=now)


def refused(call, *arguments, **options):
    with pytest.raises(Refused) as caught:
        call(*arguments, **options)
    return caught.value.key


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (("3栋", "1单元", "201室"), Address("3", "1", "201")),
        ((" ３ 号楼", "２", "1201 "), Address("3", "2", "1201")),
        (("第12幢", None, "b1"), Address("12", "", "b1")),
        (("a座", "", "1501号"), Address("A", "", "1501")),
        (("文昌阁", "无", "东厢房"), Address("文昌阁", "", "东厢房")),
    ],
)
def test_an_address_is_kept_in_one_way_however_a_clerk_writes_it(typed, kept):
    assert addressed(*typed) == kept


@given(st.integers(1, 999), st.sampled_from(["", "栋", "号楼", "幢", "座", "楼", "#"]))
def test_a_building_has_one_name_whatever_stands_behind_its_number(number, suffix):
    assert building_called(f"{number}{suffix}") == str(number)
    assert building_called(building_called(f"{number}{suffix}")) == str(number)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        (("", "1", "2"), "building_text"),
        (("3", "1", " "), "room_text"),
        (("3", "\x1b", "2"), "entrance_text"),
    ],
)
def test_an_address_without_a_text_is_refused(address, key):
    assert refused(addressed, *address) == f"registers.{key}"


def test_a_house_is_registered_once_however_it_is_written(box):
    known = house(box, "3栋", "1单元", "201室")
    assert houses.every_house(box) == [known]
    assert (known.address, known.subject, known.confirmed_s) == ("3-1-201", "house/1", None)
    assert refused(house, box, "3", "1", "201") == "registers.house_registered"
    assert house(box, "3", "", "201").address == "3-201"
    assert [found.id for found in houses.every_house(box, building="4")] == []


def test_who_registers_a_house_on_a_visit_confirms_it(box):
    known = houses.add(box, addressed("3", "", "1"), confirmed_by="李警官", now=NOW)
    assert (known.confirmed_s, known.confirmed_by) == (NOW, "李警官")
    assert houses.one(box, known.id) == known


def test_an_address_is_corrected_but_never_to_that_of_another_house(box):
    house(box)
    house(box, "3", "1", "202")
    assert houses.change(box, 2, addressed("3", "1", "203")).address == "3-1-203"
    assert houses.change(box, 2, addressed("3", "1", "203")).id == 2
    assert refused(houses.change, box, 2, addressed("3", "1", "201")) == "registers.house_registered"
    assert refused(houses.change, box, 9, addressed("3", "1", "999")) == "registers.no_such_entry"


def test_an_organisation_is_registered_once_and_changed(box):
    known = organisations.add(box, name="物业公司", contact="老王", now=NOW)
    assert organisations.every_organisation(box) == [known]
    assert refused(organisations.add, box, name=" 物业公司 ", now=NOW) == "registers.organisation_registered"
    assert organisations.change(box, 1, contact=" ").contact is None
    renamed = organisations.change(box, 1, name="新物业")
    assert (renamed.name, renamed.contact) == ("新物业", None)
    organisations.add(box, name="超市", now=NOW)
    assert refused(organisations.change, box, 2, name="新物业") == "registers.organisation_registered"
    assert refused(organisations.change, box, 9, name="x") == "registers.no_such_entry"
    assert refused(organisations.add, box, name="", now=NOW) == "registers.organisation_name_text"


@pytest.mark.parametrize("called", ["house/1", "3-1-201", "3栋-1单元-201室"])
def test_a_house_is_found_by_id_and_by_address(box, called):
    known = house(box)
    assert ties.place_called(box, called) == known


def test_an_organisation_is_found_by_id_and_by_name_even_one_like_an_address(box):
    known = organisations.add(box, name="A-1", now=NOW)
    assert ties.place_called(box, "organisation/1") == known
    assert ties.place_called(box, "A-1") == known


@pytest.mark.parametrize("called", ["", "nothing", "3-1-202", "1-2-3-4", "house/x", "-", "3--"])
def test_a_place_that_is_not_registered_is_refused(box, called):
    house(box)
    assert refused(ties.place_called, box, called) == "registers.no_such_place"


def test_a_tie_says_who_belongs_where_and_since_when(box):
    known = tie(box, person(box), house(box))
    assert ties.of_person(box, 1) == ties.every_tie(box) == [known]
    assert (known.name, known.tie, known.place, known.where) == ("张三", "lives", "house/1", "3-1-201")
    assert (known.building, known.since_s, known.until_s) == ("3", NOW - DAY_S, None)
    works = tie(box, 1, organisations.add(box, name="物业", now=NOW), "works")
    assert (works.place, works.where, works.building) == ("organisation/1", "物业", None)
    assert ties.to_place(box, organisations.one(box, 1)) == [works]


def test_a_tie_is_there_once_until_it_ended(box):
    who, home = person(box), house(box)
    tie(box, who, home, until_s=NOW + DAY_S)
    assert refused(tie, box, who, home) == "registers.tie_registered"
    assert tie(box, who, home, "owns").id == 2
    assert tie(box, who, home, since_s=NOW + DAY_S, now=NOW + DAY_S).id == 3


def test_an_ended_tie_stays_as_history(box):
    tie(box, person(box), house(box))
    ended = ties.end(box, 1, until_s=NOW)
    assert (ended.until_s, ended.holds(NOW - 1), ended.holds(NOW)) == (NOW, True, False)
    assert ties.of_person(box, 1) == [ended]


def test_a_tie_that_was_never_true_is_deleted(box):
    known = tie(box, person(box), house(box))
    assert ties.remove(box, 1) == known
    assert ties.every_tie(box) == []
    assert refused(ties.remove, box, 1) == "registers.no_such_entry"


def test_a_tie_ends_after_it_began(box):
    who, home = person(box), house(box)
    assert refused(tie, box, who, home, until_s=NOW - DAY_S) == "registers.tie_ends_early"
    tie(box, who, home)
    assert refused(ties.end, box, 1, until_s=NOW - DAY_S) == "registers.tie_ends_early"
    assert refused(ties.end, box, 9, until_s=NOW) == "registers.no_such_entry"


@pytest.mark.parametrize("kind", ["rents", "lives"])
def test_nobody_lives_in_an_organisation(box, kind):
    shop = organisations.add(box, name="超市", now=NOW)
    assert refused(tie, box, person(box), shop, kind) == "registers.tie_needs_house"


def test_nobody_who_is_not_registered_is_tied(box):
    assert refused(tie, box, 7, house(box)) == "registers.no_such_entry"


def test_a_place_is_erased_only_when_nobody_belongs_to_it(box):
    who, home = person(box), house(box)
    shop = organisations.add(box, name="超市", now=NOW)
    tie(box, who, home)
    tie(box, who, shop, "works")
    assert refused(houses.remove, box, 1, now=NOW) == "registers.still_tied"
    assert refused(organisations.remove, box, 1, now=NOW) == "registers.still_tied"
    ties.end(box, 1, until_s=NOW)
    ties.end(box, 2, until_s=NOW)
    assert houses.remove(box, 1, now=NOW).label == "3-1-201"
    assert organisations.remove(box, 1, now=NOW).label == "超市"
    assert ties.every_tie(box) == []
    assert box.execute("SELECT subject FROM erasures").fetchall() == [("house/1",), ("organisation/1",)]
