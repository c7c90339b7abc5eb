"""Codes typed at a door: digits, stars and the hash key."""

import pytest

from edge.access import keypads
from edge.access.keypads import Keypads
from edge.access.register import AccessRegister, Pin

REGISTER = AccessRegister(keypad_numbers={"1203": "person/7"}, pins={"person/7": (Pin(3, "hash"),)})


def typed(*presses, pads=None):
    """Press keys, each press at its moment; return the codes that were ended."""
    pads, codes = pads or Keypads(), []
    for keys, at_s in presses:
        pads, ended = keypads.pressed(pads, REGISTER, "north", keys, at_s)
        codes += ended
    return codes


def test_a_number_and_a_pin_name_the_person_and_the_digits():
    (code,) = typed(("1203*4711#", 5.0))
    assert (code.reader, code.subject, code.pin, code.at_s) == ("north", "person/7", "4711", 5.0)
    assert keypads.pins_of(REGISTER, code) == (Pin(3, "hash"),)


def test_keys_may_come_one_by_one():
    (code,) = typed(*((key, 5.0 + n) for n, key in enumerate("1203*4711#")))
    assert (code.subject, code.pin) == ("person/7", "4711")


def test_a_pin_after_a_card_is_that_persons():
    pads = keypads.card_shown(Keypads(), "north", "person/9", 1.0)
    (code,) = typed(("4711#", 9.0), pads=pads)
    assert (code.subject, code.pin) == ("person/9", "4711")


def test_a_pin_long_after_the_card_is_nobodys():
    pads = keypads.card_shown(Keypads(), "north", "person/9", 1.0)
    (code,) = typed(("4711#", 12.0), pads=pads)
    assert code.subject is None
    assert keypads.pins_of(REGISTER, code) == ()


def test_a_pin_after_a_card_at_another_door_is_nobodys():
    pads = keypads.card_shown(Keypads(), "south", "person/9", 1.0)
    (code,) = typed(("4711#", 2.0), pads=pads)
    assert code.subject is None


def test_an_unknown_card_takes_the_place_of_the_one_before():
    pads = keypads.card_shown(Keypads(), "north", "person/9", 1.0)
    pads = keypads.card_shown(pads, "north", None, 2.0)
    (code,) = typed(("4711#", 3.0), pads=pads)
    assert code.subject is None


def test_an_unknown_number_names_nobody():
    (code,) = typed(("9999*4711#", 5.0))
    assert code.subject is None


def test_digits_left_lying_are_forgotten():
    assert [code.pin for code in typed(("47", 1.0), ("11#", 11.5))] == ["11"]


@pytest.mark.parametrize("keys", ["#", "##", "*", "***"])
def test_no_digits_are_no_code(keys):
    assert typed((keys, 1.0)) == []


def test_a_code_of_endless_length_is_nobodys_and_takes_no_room():
    pads = keypads.card_shown(Keypads(), "north", "person/9", 1.0)
    pads, _ = keypads.pressed(pads, REGISTER, "north", "1" * 10_000, 1.0)
    assert len(pads.typing["north"].digits) == keypads.LONGEST + 1
    _, (code,) = keypads.pressed(pads, REGISTER, "north", "#", 1.0)
    assert (code.subject, code.pin) == (None, "")


def test_digits_show_in_no_representation():
    pads, codes = keypads.pressed(Keypads(), REGISTER, "north", "1203*4711#8", 1.0)
    assert "4711" not in repr(codes)
    assert "digits" not in repr(pads)
    assert "8" not in repr(pads)
