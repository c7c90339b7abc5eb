"""ID numbers are taken only as GB 11643 makes them, and shown masked."""

import contextlib
import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge import catalogue
from edge.refusal import Refused
from edge.registers.id_number import PROVINCES, check_character, checked, masked

TODAY = dt.date(2026, 11, 24)
# Both are the examples of GB 11643-1999.
OF_THE_STANDARD = ("11010519491231002X", "440524188001010014")


def made(region: str, birth: dt.date, sequence: int) -> str:
    """Return a number that the standard allows."""
    digits = f"{region}{birth:%Y%m%d}{sequence:03}"
    return digits + check_character(digits)


numbers = st.builds(
    made,
    st.sampled_from(sorted(PROVINCES)).map(lambda province: province + "0105"),
    st.dates(dt.date(1900, 1, 1), TODAY),
    st.integers(1, 999),
)


@pytest.mark.parametrize("number", OF_THE_STANDARD)
def test_the_examples_of_the_standard_are_taken(number):
    assert checked(number, today=TODAY) == number


@pytest.mark.parametrize(
    "typed", [" 110105 19491231 002x ", "１１０１０５１９４９１２３１００２Ｘ", "110105-19491231-002X"]
)
def test_blanks_hyphens_wide_digits_and_a_small_x_are_put_right(typed):
    assert checked(typed, today=TODAY) == "11010519491231002X"


def test_a_foreigners_permanent_residence_number_is_taken():
    digits = "91184019900101001"
    assert checked(digits + check_character(digits), today=TODAY)


def test_a_birth_today_is_taken():
    assert checked(made("420606", TODAY, 1), today=TODAY)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("", "form"),
        ("110105491231002", "old"),
        ("1101051949123100２", "form"),
        ("1101051949123100X2", "form"),
        ("11010519491231002X0", "form"),
        ("=1+110105194912310", "form"),
        (made("100105", dt.date(1990, 1, 1), 1), "province"),
        (made("990105", dt.date(1990, 1, 1), 1), "province"),
        ("110105199002300012", "birth"),
        ("110105187912310012", "birth"),
        (made("110105", TODAY + dt.timedelta(1), 1), "unborn"),
        ("110105194912310020", "check"),
    ],
)
def test_what_is_no_id_number_is_refused_with_its_reason(number, why):
    with pytest.raises(Refused) as refused:
        checked(number, today=TODAY)
    assert refused.value.key == f"registers.id_number_{why}"
    assert "对照" in catalogue.explain(refused.value, "zh-CN") or why == "old"


@given(number=numbers, place=st.integers(0, 16), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(number, place, digit):
    assume(number[place] != digit)
    with pytest.raises(Refused):
        checked(number[:place] + digit + number[place + 1 :], today=TODAY)


@given(number=numbers, place=st.integers(0, 15))
def test_two_swapped_digits_are_always_noticed(number, place):
    assume(number[place] != number[place + 1])
    with pytest.raises(Refused):
        checked(number[:place] + number[place + 1] + number[place] + number[place + 2 :], today=TODAY)


@given(text=st.text(max_size=30))
def test_whatever_is_typed_is_taken_or_refused(text):
    with contextlib.suppress(Refused):
        assert len(checked(text, today=TODAY)) == 18


def test_a_masked_number_shows_its_first_3_and_last_4_characters():
    assert masked("11010519491231002X") == "110***********002X"
    assert masked("13812345678") == "138****5678"


@given(text=st.text(max_size=7))
def test_a_short_text_is_masked_whole(text):
    assert masked(text) == "*" * len(text)
