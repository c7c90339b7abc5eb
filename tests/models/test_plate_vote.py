import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plates.grammar import (
    DIGITS,
    LETTERS,
    PROVINCES,
    RED_LEAD,
    Colour,
    PlateType,
    classify,
    fits_colour,
)
from models.plates.shot import PlateShot, Reading
from models.plates.vote import vote, voted_colour

MAIN, SECOND = "pp-ocr-v4", "clp-v2"


def reading(text, sure=0.95, reader=MAIN):
    confidences = (sure,) * len(text) if isinstance(sure, float) else tuple(sure)
    return Reading(text, confidences, reader)


def shot(main, second=None, *, colour=Colour.BLUE, width_px=120.0, sure=0.95, red_lead=False):
    readings = (reading(main, sure), reading(main if second is None else second, sure, SECOND))
    return PlateShot(readings, colour, width_px, sharpness=100.0, score=1.0, red_lead=red_lead)


characters = st.sampled_from(PROVINCES + LETTERS + DIGITS + "学挂警领港澳使")
texts = st.one_of(
    st.text(characters, max_size=9),
    st.from_regex(rf"[{PROVINCES}][A-HJ-NP-Z][0-9]{{3}}[A-HJ-NP-Z][0-9]", fullmatch=True),
    st.from_regex(r"鄂A[DF0-9][A-C0-9][0-9]{4}", fullmatch=True),
    st.from_regex(
        r"WJ[鄂京]?[0-9]{4}[0-9JB]|[VKHB][A-C][0-9]{5}|粤Z[0-9A-C]{4}[港澳5]|民航[0-9]{5}", fullmatch=True
    ),
    st.sampled_from(["鄂A12345", "鄂A12B45", "鄂A1234学", "鄂A12345领", "鄂AD12345", "鄂F12345D"]),
)
sureness = st.floats(0.0, 1.0)


@st.composite
def readings(draw, reader):
    text = draw(texts)
    return Reading(text, tuple(draw(st.lists(sureness, min_size=len(text), max_size=len(text)))), reader)


@st.composite
def shots(draw):
    return PlateShot(
        readings=(draw(readings(MAIN)), draw(readings(SECOND))),
        colour=draw(st.sampled_from([*Colour, None])),
        width_px=draw(st.floats(1, 400)),
        sharpness=1.0,
        score=1.0,
        red_lead=draw(st.booleans()),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(shots(), max_size=6), st.sampled_from([0.0, 0.4]))
def test_what_comes_out_obeys_the_grammar_and_fits_its_colour(looks, floor):
    verdict = vote(looks, floor)
    if verdict is not None:
        assert classify(verdict.text) is verdict.plate_type
        assert fits_colour(verdict.plate_type, verdict.colour)
        assert verdict.colour == voted_colour(looks)
        assert verdict.plate_type not in RED_LEAD or verdict.colour is Colour.WHITE
        assert floor <= verdict.confidence <= 1 + 1e-9
        assert 0 <= verdict.exact_reads <= len(looks)


@settings(max_examples=150, deadline=None)
@given(st.lists(shots(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_looks_does_not_matter(looks, random):
    shuffled = list(looks)
    random.shuffle(shuffled)
    assert vote(shuffled, 0.0) == vote(looks, 0.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.floats(0.3, 1.0))
def test_the_text_that_more_equal_looks_agree_on_wins(more, less, sure):
    looks = [shot("鄂A12345", sure=sure)] * (less + more) + [shot("鄂A12B45", sure=sure)] * less
    verdict = vote(looks, 0.0)
    assert verdict is not None
    assert verdict.text == "鄂A12345"
    assert verdict.exact_reads == less + more
    assert verdict.modal


@settings(max_examples=60, deadline=None)
@given(st.lists(shots(), max_size=4))
def test_many_agreeing_looks_outvote_any_few_others(looks):
    verdict = vote([*looks, *[shot("鄂A12345", sure=0.99, width_px=400.0)] * 30], 0.4)
    assert verdict is not None
    assert verdict.text == "鄂A12345"


def test_nothing_comes_of_no_looks():
    assert vote([]) is None


def test_each_reader_mends_the_others_mistake():
    looks = [
        PlateShot(
            (
                reading("豫E28579", (0.65, *[0.99] * 6)),
                reading("浙E28S79", (0.99, 0.99, 0.99, 0.99, 0.6, 0.99, 0.99), SECOND),
            ),
            Colour.BLUE,
            120.0,
            sharpness=1.0,
            score=1.0,
        )
    ]
    verdict = vote(looks, 0.0)
    assert verdict is not None
    assert verdict.text == "浙E28579"
    assert verdict.exact_reads == 0
    assert verdict.readers == 0


def test_a_wide_look_counts_more_than_a_narrow_one():
    verdict = vote([shot("鄂A12345", width_px=40.0), shot("鄂A12B45", width_px=110.0)], 0.0)
    assert verdict is not None
    assert verdict.text == "鄂A12B45"


@pytest.mark.parametrize(
    ("text", "colour"),
    [("鄂A12345", Colour.GREEN), ("鄂AD12345", Colour.BLUE), ("鄂F12345D", Colour.BLUE)],
)
def test_a_length_that_the_colour_forbids_is_a_misread(text, colour):
    assert vote([shot(text, colour=colour)] * 5) is None


def test_the_reader_whose_length_fits_the_colour_is_believed():
    verdict = vote([shot("皖DFX8861", "皖DFX886", colour=Colour.BLUE)])
    assert verdict is not None
    assert verdict.text == "皖DFX886"
    assert verdict.readers == 1


def test_the_colour_of_most_looks_judges_the_others():
    looks = [shot("鄂AD12345", colour=Colour.GREEN)] * 3 + [shot("鄂AD12345", colour=Colour.BLUE)]
    verdict = vote(looks)
    assert verdict is not None
    assert verdict.colour is Colour.GREEN


def test_a_foreign_plate_that_one_reader_dreams_a_province_onto_is_not_published():
    dreamt = reading("皖A9C203", (0.5, 0.6, 0.9, 0.9, 0.9, 0.9, 0.9), SECOND)
    looks = [PlateShot((reading("89C20339", 0.97), dreamt), Colour.WHITE, 120.0, sharpness=1.0, score=1.0)]
    assert vote(looks * 10) is None


def test_two_letters_and_five_digits_need_red_letters_on_white():
    assert vote([shot("VB11897", colour=Colour.WHITE)] * 5) is None
    assert vote([shot("VB11897", colour=None, red_lead=True)] * 5) is None
    verdict = vote([shot("VB11897", colour=Colour.WHITE, red_lead=True)] * 5)
    assert verdict is not None
    assert verdict.plate_type is PlateType.MILITARY


def test_unsure_readings_are_not_published():
    assert vote([shot("鄂A12345", sure=0.3)] * 10) is None


def test_an_equally_frequent_neighbour_denies_the_mode():
    verdict = vote([shot("鄂A12345", sure=0.99), shot("鄂A12B45", sure=0.95)], 0.0)
    assert verdict is not None
    assert not verdict.modal


def test_a_reader_that_always_drops_a_character_does_not_deny_the_mode():
    verdict = vote([shot("京H5R184", "京5R184")] * 3)
    assert verdict is not None
    assert verdict.exact_reads == 3
    assert verdict.modal


def test_two_kinds_of_plate_never_mix_to_a_text_that_neither_bears():
    hong_kong = reading("粤Z1234港", (0.5, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9))
    civil = reading("鄂Z12345", (0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.5), SECOND)
    assert classify("鄂Z1234港") is None
    verdict = vote([PlateShot((hong_kong, civil), Colour.BLACK, 120.0, sharpness=1.0, score=1.0)], 0.0)
    assert verdict is not None
    assert verdict.text in {hong_kong.text, civil.text}


def test_a_reading_needs_a_confidence_for_each_character():
    with pytest.raises(ValueError, match="one confidence for each character"):
        Reading("鄂A", (0.9,), MAIN)
