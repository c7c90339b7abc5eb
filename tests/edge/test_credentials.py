"""Cards and PINs: who holds them, whether they are good, and the commands that give them out."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.said import CardPresented
from edge.access.register import Pin
from edge.access.showing import code_of
from edge.refusal import Refused
from edge.registers import access_register, credentials, people, pins
from edge.registers.cards import typed
from edge.registers.credentials import Terms
from edge.store.database import open_database
from edge.store.sealing import load_or_create_key
from tests.edge import command_line

BY = Terms("王芳")


@pytest.fixture
def registers(tmp_path):
    connection = open_database(tmp_path / "menwei.db")
    key = load_or_create_key(tmp_path / "key")
    for name in ("李强", "赵敏"):
        people.add(connection, key, name=name, now=1.0)
    yield connection
    connection.close()


def card(connection, person=1, code="17:1042", terms=BY):
    return credentials.add_card(connection, person=person, card=code, terms=terms, now=5.0)


def pin(connection, digits="4711", person=1, terms=BY):
    return credentials.add_pin(connection, person=person, digits=digits, terms=terms, now=5.0)


def refused(call, *arguments, **further):
    with pytest.raises(Refused) as caught:
        call(*arguments, **further)
    return caught.value


@given(st.integers(0, 65_535), st.integers(1, 65_535))
def test_a_card_is_typed_as_the_reader_tells_it(facility, number):
    told = CardPresented(device="d", mono_s=1.0, bits=34, data=b"", facility=facility, number=number)
    whole = f"{facility << 16 | number:010}"
    printed = (f"{facility}:{number}", f"{facility:05},{number:05}", f"{facility}：{number}", whole)
    assert {typed(text) for text in (*printed, f"{whole} {facility:03},{number:05}")} == {code_of(told)}


@given(st.binary(min_size=1, max_size=16))
def test_a_card_of_unknown_format_is_typed_by_its_bits(data):
    told = CardPresented(device="d", mono_s=1.0, bits=8 * len(data), data=data)
    assert typed(f"{8 * len(data)}/{data.hex().upper()}") == code_of(told)


def test_a_raw_card_never_goes_by_the_code_of_a_numbered_one():
    raw = CardPresented(device="d", mono_s=1.0, bits=37, data=bytes.fromhex("1234567890"))
    numbered = CardPresented(device="d", mono_s=1.0, bits=34, data=b"", facility=37, number=1234567890)
    assert code_of(raw) != code_of(numbered)


@pytest.mark.parametrize(
    "text",
    ["", "card", "17:", "17:0", "65536:1", "1:2:3", "37/12", "0/", "99999999999", "1042", "4294967296"],
)
def test_what_is_no_card_is_refused(text):
    assert refused(typed, text).key == "credentials.card_form"


def test_a_person_holds_several_cards_and_pins(registers):
    card(registers)
    card(registers, code="18:1042")
    pin(registers)
    pin(registers, "9182", terms=Terms("王芳", duress=True))
    known = access_register.gather(registers, 10.0)
    assert {code: (held.subject, held.duress) for code, held in known.cards.items()} == {
        "17:1042": ("person/1", False),
        "18:1042": ("person/1", False),
    }
    assert [held.duress for held in known.pins["person/1"]] == [False, True]
    assert pins.check(known.pins["person/1"], "9182").duress
    assert pins.check(known.pins["person/1"], "4711").duress is False
    assert pins.check(known.pins["person/1"], "4712") is None


def test_a_card_that_somebody_holds_is_given_to_nobody_else(registers):
    card(registers)
    error = refused(card, registers, person=2)
    assert error.key == "credentials.card_held"
    assert error.values["name"] == "李强"
    assert len(credentials.every_credential(registers)) == 1


def test_a_pin_for_duress_is_another_than_the_usual_one(registers):
    pin(registers)
    assert refused(pin, registers, terms=Terms("王芳", duress=True)).key == "credentials.pin_same"
    pin(registers, person=2)  # somebody else may have it: nobody is told


@pytest.mark.parametrize("digits", ["123", "123456789", "12a4", "", "一二三四", "1111", "2345", "9876"])
def test_a_pin_that_is_none_or_guessed_first_is_refused(registers, digits):
    assert refused(pin, registers, digits).key.startswith("credentials.pin_")
    assert credentials.every_credential(registers) == []


def test_a_pin_is_kept_as_nothing_but_its_hash(registers, tmp_path):
    pin(registers, "83920174")
    registers.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert b"83920174" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert pins.hashed("4711") != pins.hashed("4711")


def test_nobodys_pin_fits_and_a_damaged_hash_fits_nothing():
    assert pins.check((), "0000") is None
    for damaged in ("$argon2id$broken", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA", ""):
        assert pins.check((Pin(1, damaged),), "4711") is None


def test_a_lost_card_is_known_as_lost_until_it_is_restored(registers):
    held = card(registers)
    credentials.set_status(registers, held.id, "lost", None)
    assert access_register.gather(registers, 10.0).cards["17:1042"].status == "lost"
    credentials.set_status(registers, held.id, "blocked", "moved out")
    assert credentials.one(registers, held.id).status_why == "moved out"
    credentials.set_status(registers, held.id, "active", None)
    assert access_register.gather(registers, 10.0).cards["17:1042"].status == "active"


def test_what_is_never_good_or_of_nobody_is_refused(registers):
    assert refused(card, registers, terms=Terms("王芳", 10.0, 10.0)).key == "credentials.never_good"
    assert refused(card, registers, person=9).key == "registers.no_such_entry"
    assert refused(credentials.remove, registers, 9).key == "registers.no_such_entry"
    assert refused(card, registers, terms=Terms(" ")).key == "registers.name_text"


@pytest.fixture
def menwei(monkeypatch, capsys, tmp_path):
    return command_line.at_a_site(monkeypatch, capsys, tmp_path)


def test_credentials_are_given_listed_and_taken_at_the_command_line(menwei, monkeypatch):
    menwei("person", "add", "李强")
    code, told, _ = menwei("credential", "add-card", "1", "17:1042", "--by", "王芳", "--until", "2027-01-31")
    assert (code, "17:1042" in told, "2027-02-01" in told) == (0, True, True)
    monkeypatch.setattr("sys.stdin", io.StringIO("4711\n"))
    assert menwei("credential", "add-pin", "1", "--by", "王芳", "--duress", "--stdin")[0] == 0
    menwei("credential", "lost", "1")
    listed = menwei("credential", "list", "1", "--json")[1]
    first, second = json.loads(listed)
    assert (first["card"], first["status"], first["kind"]) == ("17:1042", "lost", "card")
    assert (second["kind"], second["duress"]) == ("pin", True)
    assert "argon2" not in listed
    assert "4711" not in listed
    menwei("credential", "remove", "1")
    assert len(json.loads(menwei("credential", "list", "--json")[1])) == 1
    code, _, told = menwei("credential", "add-card", "1", "x", "--by", "王芳")
    assert (code, "17:1042" in told) == (2, True)
