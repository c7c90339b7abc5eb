"""Visitors' passes and exceptions, and the codes that are printed for them."""

import json
from dataclasses import replace

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Malformed
from edge.access.register import AccessRegister, VisitorPass
from edge.refusal import Refused
from edge.registers import access_register, allowances, passes, people, visitors
from edge.registers.allowances import Exemption
from edge.registers.visitors import Invitation
from edge.store.database import open_database
from edge.store.sealing import load_or_create_key
from tests.edge import command_line

INVITATION = Invitation("客人", "送家具", ("gates", "in"), 100.0, 200.0, passes=2, plate="鄂A12345", host=1)
NONCE = bytes(range(8))


@pytest.fixture
def registers(tmp_path):
    connection = open_database(tmp_path / "menwei.db")
    people.add(connection, load_or_create_key(tmp_path / "key"), name="李强", now=1.0)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return passes.load_or_create_key(tmp_path_factory.mktemp("keys") / "passes.key")


def refused(call, *arguments, **further):
    with pytest.raises(Refused) as caught:
        call(*arguments, **further)
    return caught.value.key


def test_a_visitor_is_what_decisions_are_told(registers):
    added = visitors.add(registers, INVITATION, by="王芳", now=50.0)
    known = access_register.gather(registers, 50.0)
    held = known.passes[added.id]
    assert (held.openings, held.passes, held.host) == (frozenset({"gates", "in"}), 2, "person/1")
    assert known.visiting_plates == {"鄂A12345": (added.id,)}
    assert held.nonce == visitors.nonce_of(registers, added.id)
    assert len(held.nonce) == passes.NONCE_BYTES
    visitors.cancel(registers, added.id, now=60.0)
    assert access_register.gather(registers, 50.0).passes[added.id].cancelled


def test_a_pass_that_is_issued_anew_makes_the_old_code_void(registers, key):
    added = visitors.add(registers, INVITATION, by="王芳", now=50.0)
    old = passes.token(key, added.id, visitors.nonce_of(registers, added.id))
    judged = passes.judge(key.public_key(), old, access_register.gather(registers, 50.0))
    assert judged == (added.id, None)
    visitors.reissue(registers, added.id)
    known = access_register.gather(registers, 50.0)
    assert passes.judge(key.public_key(), old, known) == (added.id, "pass_replaced")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"openings": ()}, "visitors.no_opening"),
        ({"until_s": 100.0}, "visitors.never_good"),
        ({"until_s": 40e6}, "visitors.too_long"),
        ({"passes": 0}, "visitors.passes"),
        ({"host": 9}, "registers.no_such_entry"),
        ({"name": "\n"}, "registers.name_text"),
    ],
)
def test_a_pass_that_is_good_for_nothing_is_refused_and_nothing_is_kept(registers, change, reason):
    assert refused(visitors.add, registers, replace(INVITATION, **change), by="王芳", now=50.0) == reason
    assert visitors.every_visitor(registers) == []


def test_who_visited_is_not_kept_longer_than_asked(registers):
    added = visitors.add(registers, INVITATION, by="王芳", now=50.0)
    registers.execute("INSERT INTO pass_uses (visitor, uses) VALUES (?, 2)", (added.id,))
    assert visitors.one(registers, added.id).uses == 2
    assert visitors.erase_ended(registers, 199.0) == 0
    assert visitors.erase_ended(registers, 201.0) == 1
    assert registers.execute("SELECT count(*) FROM pass_uses").fetchone() == (0,)
    assert registers.execute("SELECT count(*) FROM visitor_openings").fetchone() == (0,)


@given(st.integers(1, (1 << 32) - 1), st.binary(min_size=8, max_size=8))
def test_a_code_tells_whose_pass_it_is(key, visitor, nonce):
    assert passes.read(key.public_key(), passes.token(key, visitor, nonce)) == (visitor, nonce)


def test_a_code_fits_a_small_qr_of_letters_and_digits(key):
    code = segno.make_qr(passes.token(key, (1 << 32) - 1, b"\xff" * 8), error="m")
    assert code.mode == "alphanumeric"
    assert code.version <= 7


def test_no_letter_of_a_code_can_be_changed(key):
    text = passes.token(key, 7, NONCE)
    for place, letter in enumerate(text):
        forged = text[:place] + ("A" if letter != "A" else "B") + text[place + 1 :]
        if place == len(text) - 1:
            continue  # the last letter holds bits that base32 does not use
        with pytest.raises(Malformed):
            passes.read(key.public_key(), forged)


def test_another_boxes_code_is_forged(key, tmp_path):
    other = passes.load_or_create_key(tmp_path / "other.key")
    known = AccessRegister(passes={7: VisitorPass(7, "客", frozenset(), 0, 1, 1, nonce=NONCE)})
    assert passes.judge(key.public_key(), passes.token(other, 7, NONCE), known) == (None, "pass_forged")
    assert passes.judge(key.public_key(), passes.token(key, 8, NONCE), known) == (None, "pass_unknown")
    assert passes.judge(key.public_key(), passes.token(key, 7, bytes(8)), known) == (7, "pass_replaced")


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda b: "MW" + b.hex().upper()))
def test_whatever_is_scanned_is_a_pass_or_malformed(key, text):
    with pytest.raises(Malformed):
        passes.read(key.public_key(), text)


def test_before_there_is_a_key_every_code_is_forged_and_then_it_is_read(tmp_path):
    path = tmp_path / "passes.key"
    judge = passes.judge_with(path)
    assert judge("MWAAAA", AccessRegister()) == (None, "pass_forged")
    key = passes.load_or_create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert judge(passes.token(key, 7, NONCE), AccessRegister()) == (None, "pass_unknown")
    path.chmod(0o644)
    assert refused(passes.load_key, path) == "visitors.key_unfit"


def test_a_key_that_others_can_read_judges_nothing_and_a_new_one_is_noticed(tmp_path):
    path = tmp_path / "passes.key"
    judge = passes.judge_with(path)
    old = passes.load_or_create_key(path)
    assert judge(passes.token(old, 7, NONCE), AccessRegister()) == (None, "pass_unknown")
    path.unlink()
    new = passes.load_or_create_key(path)
    assert judge(passes.token(old, 7, NONCE), AccessRegister()) == (None, "pass_forged")
    assert judge(passes.token(new, 7, NONCE), AccessRegister()) == (None, "pass_unknown")
    path.unlink()
    passes.load_or_create_key(path)
    path.chmod(0o644)
    assert judge(passes.token(new, 7, NONCE), AccessRegister()) == (None, "pass_key_unusable")


def test_an_exception_holds_for_one_person(registers):
    exemption = Exemption(
        1, "gates", allow=False, from_s=100.0, until_s=200.0, reason="搬离", added_by="王芳"
    )
    added = allowances.add(registers, exemption, now=50.0)
    (told,) = access_register.gather(registers, 50.0).holders["person/1"].allowances
    assert (told.opening, told.allow, told.from_s, told.until_s) == ("gates", False, 100.0, 200.0)
    assert allowances.every_exemption(registers, 1) == [added]
    allowances.remove(registers, added.id)
    assert access_register.gather(registers, 50.0).holders["person/1"].allowances == ()
    assert refused(allowances.remove, registers, added.id) == "registers.no_such_entry"


def test_visitors_and_exceptions_at_the_command_line(monkeypatch, capsys, tmp_path):
    menwei = command_line.at_a_site(monkeypatch, capsys, tmp_path)
    menwei("person", "add", "李强")
    times = ("--from", "2027-01-01", "--until", "2027-01-02")
    code, told, errors = menwei(
        "visitor", "add", "客人", "--purpose", "送货", "--opening", "north-door", *times, "--by", "王芳"
    )
    assert (code, errors) == (0, "")
    assert "north-door" in told
    picture = tmp_path / "pass.png"
    assert menwei("visitor", "qr", "1", "--png", picture)[0] == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, printed, _ = menwei("visitor", "qr", "1")
    assert "MW" in printed
    (listed,) = json.loads(menwei("visitor", "list", "--json")[1])
    assert "nonce" not in listed
    code, _, errors = menwei(
        "visitor", "add", "客人", "--purpose", "送货", "--opening", "north-dor", *times, "--by", "王芳"
    )
    assert (code, "north-door" in errors) == (2, True)
    menwei("visitor", "cancel", "1")
    assert json.loads(menwei("visitor", "list", "--json")[1]) == []
    code, told, _ = menwei(
        "exception", "add", "1", "south-door", "deny", *times, "--reason", "搬离", "--by", "王芳"
    )
    assert (code, "may not pass" in told) == (0, True)
    assert len(json.loads(menwei("exception", "list", "1", "--json")[1])) == 1
