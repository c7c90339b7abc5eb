import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plates.grammar import (
    DIGITS,
    LETTERS,
    PROVINCES,
    Colour,
    PlateType,
    classify,
    confusable_twins,
    fits_colour,
)

province = st.sampled_from(PROVINCES)
letter = st.sampled_from(LETTERS)
letter_or_o = st.sampled_from(LETTERS + "O")
either = st.sampled_from(LETTERS + DIGITS)
new_energy = st.sampled_from("DABCEFGHJK")


def digits(count):
    return st.text(DIGITS, min_size=count, max_size=count)


def eithers(count):
    return st.text(LETTERS + DIGITS, min_size=count, max_size=count)


def joined(*parts):
    return st.tuples(*(p if isinstance(p, st.SearchStrategy) else st.just(p) for p in parts)).map("".join)


def at_most_two_letters(text):
    return sum(c in LETTERS for c in text) <= 2


CLASSES = {
    PlateType.CIVIL: joined(province, letter_or_o, eithers(5).filter(at_most_two_letters)),
    PlateType.NEW_ENERGY_SMALL: joined(province, letter, new_energy, either, digits(4)),
    PlateType.NEW_ENERGY_LARGE: joined(province, letter, digits(5), new_energy),
    PlateType.LEARNER: joined(province, letter_or_o, eithers(4), "学"),
    PlateType.TRAILER: joined(province, letter_or_o, eithers(4), "挂"),
    PlateType.POLICE: joined(province, letter_or_o, eithers(4), "警"),
    PlateType.CONSULATE: st.one_of(
        joined(province, digits(5), "领"), joined(province, letter, digits(4), "领")
    ),
    PlateType.TRIAL: joined(province, letter_or_o, eithers(4), "试"),
    PlateType.OVERSIZE: joined(province, letter_or_o, eithers(4), "超"),
    PlateType.HONG_KONG: joined("粤Z", eithers(4), "港"),
    PlateType.MACAU: joined("粤Z", eithers(4), "澳"),
    PlateType.EMBASSY: st.one_of(joined("使", digits(6)), joined(digits(6), "使")),
    PlateType.CIVIL_AVIATION: joined(
        "民航", st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=5, max_size=5)
    ),
    PlateType.MILITARY: joined(st.sampled_from("VKHBSLJNGCEZ"), letter, digits(5)),
    PlateType.ARMED_POLICE: joined(
        "WJ", st.one_of(st.just(""), province), digits(4), st.sampled_from("0123456789JBXTHSD")
    ),
}
any_plate = st.one_of(*CLASSES.values())


@pytest.mark.parametrize("plate_type", list(PlateType))
def test_every_class_accepts_what_its_rule_makes(plate_type):
    @settings(max_examples=60, deadline=None)
    @given(CLASSES[plate_type])
    def check(text):
        assert classify(text) is plate_type

    check()


@settings(max_examples=200, deadline=None)
@given(any_plate, st.data())
def test_a_plate_with_a_letter_i_or_a_stray_character_in_it_is_none(text, data):
    at = data.draw(st.integers(0, len(text) - 1))
    stray = data.draw(st.sampled_from(["a", "·", " ", "門", "\n", "٣", "-", "Ａ"]))
    assert classify(text[:at] + stray + text[at + 1 :]) is None


@settings(max_examples=200, deadline=None)
@given(any_plate.filter(lambda t: not t.startswith("民航")), st.data())
def test_no_plate_but_civil_aviation_bears_an_i(text, data):
    at = data.draw(st.integers(0, len(text) - 1))
    assert classify(text[:at] + "I" + text[at + 1 :]) is None


@settings(max_examples=100, deadline=None)
@given(any_plate, st.text(LETTERS + DIGITS + PROVINCES, min_size=2, max_size=6))
def test_a_plate_with_two_or_more_characters_too_many_is_none(text, more):
    longer = text + more
    assert len(longer) <= 8 or classify(longer) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "鄂",
        "鄂A1234",
        "鄂AABC12",  # three letters among the last five
        "A鄂12345",
        "鄂112345",
        "鄂AO1234",
        "LS15EBC",
        "89C20339",
        "鄂AL12345",  # no new-energy letter
        "鄂AD1234A",
        "京Z1234港",
        "WJ12345X",
        "AA12345",  # A leads no military plate
        "鄂A12345\n",
    ],
)
def test_what_no_mainland_plate_bears_is_none(text):
    assert classify(text) is None


@pytest.mark.parametrize(
    ("plate_type", "colour", "fits"),
    [
        (PlateType.CIVIL, Colour.BLUE, True),
        (PlateType.CIVIL, Colour.YELLOW, True),
        (PlateType.CIVIL, Colour.GREEN, False),
        (PlateType.NEW_ENERGY_SMALL, Colour.GREEN, True),
        (PlateType.NEW_ENERGY_SMALL, Colour.BLUE, False),
        (PlateType.NEW_ENERGY_LARGE, Colour.BLUE, False),
        (PlateType.NEW_ENERGY_LARGE, Colour.YELLOW, True),
        (PlateType.MILITARY, Colour.YELLOW, False),
        (PlateType.POLICE, Colour.WHITE, True),
    ],
)
def test_green_bears_eight_characters_and_blue_seven(plate_type, colour, fits):
    assert fits_colour(plate_type, colour) is fits


@pytest.mark.parametrize("plate_type", list(PlateType))
def test_an_unknown_colour_fits_every_class(plate_type):
    assert fits_colour(plate_type, None)


@pytest.mark.parametrize(
    ("a", "b", "twins"),
    [
        ("鄂A12B45", "鄂A12845", True),
        ("鄂A0Q345", "鄂AQQ345", True),
        ("鄂A12345", "鄂A12345", False),
        ("鄂A12345", "鄂A12346", False),
        ("鄂A88888", "鄂ABB888", False),
        ("鄂A12345", "鄂A123458", False),
    ],
)
def test_twins_differ_in_one_confusable_character(a, b, twins):
    assert confusable_twins(a, b) is twins
    assert confusable_twins(b, a) is twins
