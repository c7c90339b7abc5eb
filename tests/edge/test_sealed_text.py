"""Sealed texts open for their purpose only; tags tell equal numbers and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.registers.sealed_text import ID_NUMBER, PHONE, seal, tag, unseal
from edge.store import sealing
from edge.store.sealing import SealingKey, Tampered

KEY = SealingKey(1, bytes(range(32)))
OTHER_KEY = SealingKey(1, bytes(range(1, 33)))


@given(text=st.text(max_size=100))
@settings(max_examples=50, deadline=None)
def test_what_was_sealed_opens_for_its_purpose(text):
    assert unseal(KEY, seal(KEY, text, purpose=PHONE), purpose=PHONE) == text


@pytest.mark.parametrize(
    ("key", "purpose"), [(OTHER_KEY, PHONE), (KEY, ID_NUMBER), (SealingKey(2, bytes(range(32))), PHONE)]
)
def test_a_text_opens_under_no_other_key_or_purpose(key, purpose):
    with pytest.raises(Tampered):
        unseal(key, seal(KEY, "13812345678", purpose=PHONE), purpose=purpose)


@given(sealed=st.binary(max_size=80))
def test_what_was_never_sealed_does_not_open(sealed):
    with pytest.raises(Tampered):
        unseal(KEY, sealed, purpose=PHONE)


def test_a_sealed_text_is_no_face_template():
    with pytest.raises(Tampered):
        sealing.unseal(KEY, seal(KEY, "13812345678", purpose=PHONE), subject=PHONE, engine="")


def test_equal_numbers_have_equal_tags_though_they_are_sealed_differently():
    assert seal(KEY, "13812345678", purpose=PHONE) != seal(KEY, "13812345678", purpose=PHONE)
    assert tag(KEY, "13812345678", purpose=PHONE) == tag(KEY, "13812345678", purpose=PHONE)


@pytest.mark.parametrize(
    ("key", "text", "purpose"),
    [(OTHER_KEY, "13812345678", PHONE), (KEY, "13812345679", PHONE), (KEY, "13812345678", ID_NUMBER)],
)
def test_a_tag_under_another_key_of_another_text_or_purpose_differs(key, text, purpose):
    assert tag(key, text, purpose=purpose) != tag(KEY, "13812345678", purpose=PHONE)
