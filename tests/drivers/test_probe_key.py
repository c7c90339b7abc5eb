"""The key of the day: what it hides, and that it dies."""

import copy
import pickle
from datetime import date
from itertools import count

import pytest

from drivers.probes.heard import Heard
from drivers.probes.key import KEY_BYTES, DailyKey, key_of, pseudonymous

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
PHONE = Heard(bytes.fromhex("8056f27b471d"), -50)


def dice():
    numbers = count(1)
    return lambda size: bytes([next(numbers)]) * size


def test_a_phone_keeps_its_pseudonym_for_the_day():
    key = key_of(None, MONDAY, dice())
    assert pseudonymous([PHONE], key) == pseudonymous([PHONE], key)
    assert pseudonymous([PHONE], key) != pseudonymous([Heard(bytes(6), -50)], key)


def test_at_midnight_the_key_dies_and_the_phone_is_another_one():
    randomness = dice()
    monday = key_of(None, MONDAY, randomness)
    assert key_of(monday, MONDAY, randomness) is monday
    tuesday = key_of(monday, TUESDAY, randomness)
    assert pseudonymous([PHONE], tuesday)[0].pseudonym != pseudonymous([PHONE], monday)[0].pseudonym


def test_a_clock_that_steps_back_over_midnight_does_not_bring_a_key_back():
    randomness = dice()
    monday = key_of(None, MONDAY, randomness)
    again = key_of(key_of(monday, TUESDAY, randomness), MONDAY, randomness)
    assert again.secret != monday.secret


def test_a_pseudonym_holds_no_part_of_the_address_and_is_shown_nowhere():
    (sighting,) = pseudonymous([PHONE], key_of(None, MONDAY, dice()))
    assert PHONE.address[:3] not in sighting.pseudonym
    assert sighting.pseudonym.hex() not in repr(sighting)
    assert repr(sighting.pseudonym) not in repr(sighting)


def test_a_key_cannot_be_written_down():
    key = key_of(None, MONDAY, dice())
    for write in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="memory"):
            write(key)
    assert "\\x01" not in repr(key)


def test_randomness_that_gives_too_little_is_refused():
    with pytest.raises(ValueError, match=str(KEY_BYTES)):
        key_of(None, MONDAY, lambda _: b"short")


def test_made_up_addresses_are_flagged():
    key = DailyKey(MONDAY, bytes(KEY_BYTES))
    masked, plain = pseudonymous([Heard(b"\xda" + bytes(5), -50), Heard(b"\xd8" + bytes(5), -50)], key)
    assert masked.randomised
    assert not plain.randomised
