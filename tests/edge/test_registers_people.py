"""Who a person is: kind, numbers sealed and masked, faces by consent, found however they are asked for."""

from contextlib import closing

import pytest

from edge.refusal import Refused
from edge.registers import faces, identities, people, vehicles
from edge.registers.faces import FaceTemplate
from edge.registers.id_number import check_character
from edge.registers.identities import Masked, masked_phone, phone_called
from edge.store import layout
from edge.store.database import open_database, transaction
from edge.store.sealing import SealingKey

NOW = 1_800_000_000.0
KEY = SealingKey(1, bytes(range(32)))
OTHER_KEY = SealingKey(1, bytes(32))
NUMBER, OTHER_NUMBER = "420106199001011231", "42010619900101124X"
FACE = FaceTemplate("yunet-sface", b"one" * 40)


@pytest.fixture
def box(tmp_path):
    with closing(open_database(layout.database(tmp_path))) as connection:
        yield connection


def add(box, name="张三", **details):
    return people.add(box, KEY, name=name, now=NOW, **details)


def change(box, person=1, **details):
    return people.change(box, KEY, person, now=NOW, **details)


def refused(call, *arguments, **details):
    with pytest.raises(Refused) as caught:
        call(*arguments, **details)
    return caught.value.key


def names(found):
    return [person.name for person in found]


def test_a_person_is_registered_without_face_or_consent(box):
    person = add(box, kind="tenant", keypad_number=12)
    assert people.one(box, 1) == person
    assert (person.kind, person.consent, person.templates, person.keypad_number) == ("tenant", None, 0, 12)
    assert (person.confirmed_s, person.confirmed_by) == (None, None)


def test_who_registers_a_person_they_met_confirms_it(box):
    person = add(box, confirmed_by="李警官")
    assert (person.confirmed_s, person.confirmed_by) == (NOW, "李警官")
    assert people.everyone(box) == [person]


def test_a_face_is_registered_only_by_consent(box):
    assert refused(add, box, templates=(FACE,)) == "registers.face_needs_consent"
    assert people.everyone(box) == []
    add(box)
    assert refused(change, box, templates=(FACE,)) == "registers.face_needs_consent"
    assert change(box, templates=(FACE,), consent="C-1").templates == 1
    assert change(box, templates=(FACE,)).templates == 2
    assert faces.gallery(box, KEY, engine="yunet-sface", now=NOW).damaged == ()


def test_a_consent_is_noted_before_there_is_a_face(box):
    assert add(box, consent="C-1").consent == "C-1"
    assert change(box, consent="C-2").consent == "C-2"


def test_withdrawing_the_consent_erases_the_faces_and_keeps_the_person(box):
    add(box, consent="C-1", templates=(FACE,))
    erased = people.withdraw(box, 1, now=NOW)
    assert (erased.subject, erased.templates, erased.consents) == ("person/1", 1, 1)
    left = people.one(box, 1)
    assert (left.consent, left.templates) == (None, 0)
    assert box.execute("SELECT subject, templates FROM erasures").fetchall() == [("person/1", 1)]
    assert refused(people.withdraw, box, 7, now=NOW) == "registers.no_such_entry"


def test_numbers_lie_sealed_and_are_shown_masked(box):
    add(box, id_number=NUMBER, phone="+86 138-0000-1234")
    add(box, "李四")
    assert identities.masked(box, KEY) == {1: Masked("420***********1231", "138****1234")}
    assert identities.masked(box, KEY, 2) == {}
    row = box.execute("SELECT id_number, phone FROM people WHERE id = 1").fetchone()
    assert all(NUMBER.encode() not in column and b"13800001234" not in column for column in row)


def test_numbers_that_do_not_open_are_told(box):
    add(box, id_number=NUMBER, phone="13800001234")
    for key in (None, OTHER_KEY):
        assert identities.masked(box, key, 1) == {1: Masked(None, None, ("id_number", "phone"))}


def test_the_same_id_number_is_refused_twice_however_it_is_written(box):
    add(box, id_number=OTHER_NUMBER)
    with pytest.raises(Refused, match="person/1") as caught:
        add(box, "李四", id_number=" 420106 19900101 124x")
    assert caught.value.key == "registers.id_number_registered"
    add(box, "李四", id_number=NUMBER)
    assert refused(change, box, 2, id_number=OTHER_NUMBER) == "registers.id_number_registered"
    change(box, 1, id_number=OTHER_NUMBER)
    change(box, 1, id_number="")
    change(box, 2, id_number=OTHER_NUMBER)
    assert identities.masked(box, KEY)[2].id_number == "420***********124X"


def test_an_id_number_that_cannot_be_one_is_refused_and_nothing_is_registered(box):
    assert refused(add, box, id_number=NUMBER[:-1] + "2") == "registers.id_number_check"
    assert refused(add, box, phone="12-34") == "registers.phone_form"
    assert refused(add, box, keypad_number=-1) == "registers.keypad_number_form"
    assert refused(add, box, keypad_number=10**8) == "registers.keypad_number_form"
    assert people.everyone(box) == []


def test_who_was_born_today_in_china_has_a_number_there(box):
    midnight = 1_799_942_400.0  # 2027-01-15 00:00 at UTC+8
    number = "42010620270115123" + check_character("42010620270115123")
    early = {"name": "婴儿", "id_number": number, "now": midnight - 1}
    assert refused(people.add, box, KEY, **early) == "registers.id_number_unborn"
    assert people.add(box, KEY, **early | {"now": midnight}).id == 1


def test_a_keypad_number_is_one_persons(box):
    add(box, keypad_number=12)
    assert refused(add, box, "李四", keypad_number=12) == "registers.keypad_number_registered"
    assert change(box, 1, keypad_number=12).keypad_number == 12
    assert change(box, 1, keypad_number=0).keypad_number is None
    assert add(box, "李四", keypad_number=12).keypad_number == 12


def test_only_what_is_given_is_changed(box):
    add(box, kind="staff", id_number=NUMBER, phone="13800001234", keypad_number=1, confirmed_by="李警官")
    changed = change(box, name="张三丰")
    assert (changed.name, changed.kind, changed.keypad_number) == ("张三丰", "staff", 1)
    assert changed.confirmed_by == "李警官"
    assert identities.masked(box, KEY)[1] == Masked("420***********1231", "138****1234")
    assert change(box, kind="official").kind == "official"
    assert change(box, phone="") == people.one(box, 1)
    assert identities.masked(box, KEY)[1] == Masked("420***********1231", None)


def test_a_change_is_all_or_nothing(box):
    add(box)
    assert refused(change, box, name="李四", phone="x") == "registers.phone_form"
    assert refused(change, box, name="李四", templates=(FACE,)) == "registers.face_needs_consent"
    assert people.one(box, 1).name == "张三"
    assert refused(change, box, 7, name="李四") == "registers.no_such_entry"


def test_a_person_is_found_by_name_id_keypad_number_and_numbers(box):
    add(box, id_number=NUMBER, phone="13800001234", keypad_number=77)
    add(box, "李四", id_number=OTHER_NUMBER)
    add(box, "张无忌")
    assert names(people.find(box, KEY, "张")) == ["张三", "张无忌"]
    for text in ("person/1", "1", "77", NUMBER, "138 0000 1234", "+8613800001234", " 张三 "):
        assert names(people.find(box, KEY, text)) == ["张三"]
    assert names(people.find(box, KEY, OTHER_NUMBER.lower())) == ["李四"]
    assert people.find(box, KEY, "王五") == people.find(box, KEY, "1380000") == []
    assert names(people.find(box, None, NUMBER)) == []


def _add_two_of_one_number(box):
    add(box, keypad_number=1)
    vehicles.add(box, plate="鄂F12345", person=1, now=NOW)
    add(box, "李四", keypad_number=1)


def test_what_an_import_adds_belongs_to_its_own_transaction(box):
    with pytest.raises(Refused), transaction(box):
        _add_two_of_one_number(box)
    assert people.everyone(box) == vehicles.every_vehicle(box) == []
    with transaction(box):
        add(box)
        add(box, "李四")
    assert names(people.everyone(box)) == ["张三", "李四"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800001234", "13800001234"),
        ("+86 138 0000 1234", "13800001234"),
        ("008613800001234", "13800001234"),
        ("(027) 8788-1234", "02787881234"),
        ("+85212345678", "+85212345678"),
        ("１３８００００１２３４", "13800001234"),
    ],
)
def test_a_phone_number_is_kept_in_one_way(typed, kept):
    assert phone_called(typed) == kept


@pytest.mark.parametrize("typed", ["123456", "abc", "1" * 16, "138-0000-123x"])
def test_what_is_no_phone_number_is_refused(typed):
    assert refused(phone_called, typed) == "registers.phone_form"


def test_a_short_phone_number_is_covered_too():
    assert masked_phone("1234567") == "***4567"
    assert masked_phone("12345678") == "123*5678"


def test_a_vehicle_bears_the_present_name_of_its_registered_owner(box):
    add(box)
    known = vehicles.add(box, plate="鄂F12345", person=1, parking="rented", until_s=NOW, now=NOW)
    assert (known.owner, known.plate_type, known.colour) == ("张三", "civil", None)
    assert (known.parking, known.until_s, known.subject) == ("rented", NOW, "vehicle/1")
    change(box, name="张三丰")
    assert vehicles.of_person(box, 1) == vehicles.every_vehicle(box)
    assert vehicles.one(box, 1).owner == "张三丰"


def test_a_vehicle_has_one_owner(box):
    add(box)
    for owner in ({}, {"owner": "A", "person": 1}):
        assert refused(vehicles.add, box, plate="鄂F12345", now=NOW, **owner) == "registers.owner_or_person"
    assert refused(vehicles.add, box, plate="鄂F12345", person=7, now=NOW) == "registers.no_such_entry"
    vehicles.add(box, plate="鄂F12345", owner="李四", now=NOW)
    assert vehicles.change(box, 1, person=1).owner == "张三"
    assert vehicles.change(box, 1, owner="李四").person is None


def test_type_and_colour_must_fit_the_plate(box):
    wrong_type = {"plate": "鄂FD12345", "owner": "A", "plate_type": "civil"}
    assert refused(vehicles.add, box, **wrong_type, now=NOW) == "registers.plate_type_unfit"
    wrong_colour = {"plate": "鄂FD12345", "owner": "A", "colour": "blue"}
    assert refused(vehicles.add, box, **wrong_colour, now=NOW) == "registers.plate_colour_unfit"
    known = vehicles.add(box, plate="鄂FD12345", owner="A", colour="green", now=NOW)
    assert (known.plate_type, known.colour) == ("new_energy_small", "green")
    assert refused(vehicles.change, box, 1, colour="black") == "registers.plate_colour_unfit"
    assert vehicles.change(box, 1, colour="").colour is None


def test_a_parking_right_is_changed_and_its_end_taken_away(box):
    vehicles.add(box, plate="鄂F12345", owner="A", until_s=NOW, confirmed_by="保安", now=NOW)
    changed = vehicles.change(box, 1, parking="staff")
    assert (changed.parking, changed.until_s, changed.confirmed_by) == ("staff", NOW, "保安")
    assert vehicles.change(box, 1, until_s=NOW + 1).until_s == NOW + 1
    assert vehicles.change(box, 1, endless=True).until_s is None
    assert refused(vehicles.change, box, 7, parking="none") == "registers.no_such_entry"
