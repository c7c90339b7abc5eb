import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Malformed
from drivers.doors.wiegand import Card, decode, encode

FACILITY_BITS = {26: 8, 34: 16}


def cards(bits):
    return st.builds(Card, st.integers(0, (1 << FACILITY_BITS[bits]) - 1), st.integers(0, 0xFFFF))


def written_out(bits, card):
    """A card bit by bit as the format's drawing shows it, with no arithmetic that the code shares."""
    payload = f"{card.facility:0{FACILITY_BITS[bits]}b}{card.number:016b}"
    half = len(payload) // 2
    even = "1" if payload[:half].count("1") % 2 else "0"
    odd = "0" if payload[half:].count("1") % 2 else "1"
    return even + payload + odd


def aligned(text):
    padded = text.ljust(-(-len(text) // 8) * 8, "0")
    return bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))


@pytest.mark.parametrize("bits", FACILITY_BITS)
@given(st.data())
def test_a_card_that_was_encoded_is_decoded_to_what_it_was(bits, data):
    card = data.draw(cards(bits))
    assert decode("north", bits, encode(bits, card)) == card


@pytest.mark.parametrize("bits", FACILITY_BITS)
@given(st.data())
def test_a_card_is_laid_out_as_its_format_is_drawn(bits, data):
    card = data.draw(cards(bits))
    assert encode(bits, card) == aligned(written_out(bits, card))


def test_a_published_card_of_26_bits_is_read_as_its_publisher_reads_it():
    # Proxmark3's manual: tag 2006ec0c86 is H10301, facility 118, card 1603; its low 26 bits are the card.
    bits = f"{0x2006EC0C86 & (1 << 26) - 1:026b}"
    assert decode("north", 26, aligned(bits)) == Card(118, 1603)


@pytest.mark.parametrize("bits", FACILITY_BITS)
@given(st.data())
def test_one_bit_read_wrong_is_never_taken_for_another_card(bits, data):
    text = written_out(bits, data.draw(cards(bits)))
    at = data.draw(st.integers(0, bits - 1))
    wrong = text[:at] + ("0" if text[at] == "1" else "1") + text[at + 1 :]
    with pytest.raises(Malformed) as refused:
        decode("north", bits, aligned(wrong))
    assert refused.value.key == "door.parity"
    assert "hold it to the reader again" in str(refused.value)


@pytest.mark.parametrize("bits", [1, 8, 25, 27, 32, 35, 37, 56, 66, 512])
def test_a_format_that_we_do_not_know_has_no_number_and_keeps_its_bits(bits):
    assert decode("north", bits, bytes((bits + 7) // 8)) is None


@pytest.mark.parametrize(
    ("bits", "data"), [(26, b"\0\0\0"), (26, b"\0\0\0\0\0"), (0, b""), (-8, b""), (513, bytes(65)), (8, b"")]
)
def test_a_length_that_does_not_fit_the_data_is_malformed(bits, data):
    with pytest.raises(Malformed) as refused:
        decode("north", bits, data)
    assert refused.value.key == "door.garbled"
    assert f"{bits} bits in {len(data)} bytes" in str(refused.value)


def test_a_facility_that_was_never_given_is_written_as_zero():
    assert decode("north", 26, encode(26, Card(None, 7))) == Card(0, 7)


@pytest.mark.parametrize(
    ("bits", "card"),
    [(37, Card(1, 1)), (26, Card(256, 1)), (34, Card(65536, 1)), (26, Card(1, 65536)), (26, Card(-1, 1))],
)
def test_a_card_that_does_not_fit_its_format_is_refused(bits, card):
    with pytest.raises(ValueError):
        encode(bits, card)
