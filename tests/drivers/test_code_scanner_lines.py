"""What QR scanners send: whole lines are codes, everything else is counted and dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Malformed
from drivers.codes.lines import LONGEST_LINE_BYTES, Codes, decode_code, decode_codes


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_line_is_a_code_however_it_ends(end):
    assert decode_codes(b"MW1.one" + end + b"MW1.two" + end) == Codes(
        ("MW1.one", "MW1.two"), 0, 14 + 2 * len(end)
    )


def test_what_is_unfinished_is_left_for_the_next_bytes():
    assert decode_codes(b"whole\npart") == Codes(("whole",), 0, 6)
    assert decode_codes(b"\nrest") == Codes((), 0, 1)


def test_chinese_is_text_and_blanks_around_it_are_none():
    assert decode_code(" 访客 12 ".encode()) == "访客 12"


@pytest.mark.parametrize("line", [b"\xff\xfe", b"a\x00b", b"\x1b[2J", b"  ", b"x" * (LONGEST_LINE_BYTES + 1)])
def test_what_is_no_text_is_malformed_and_not_repeated(line):
    with pytest.raises(Malformed) as caught:
        decode_code(line)
    assert caught.value.key == "code_scanner.malformed"
    assert line.decode("latin-1") not in str(caught.value)
    assert caught.value.__context__ is None
    assert decode_codes(line + b"\nnext\n").malformed >= 1


def test_the_longest_line_is_a_code_and_the_end_of_a_longer_one_is_none():
    longest = b"x" * LONGEST_LINE_BYTES
    assert decode_codes(longest + b"\n").texts == (longest.decode(),)
    given_up = decode_codes(b"good\n" + longest + b"y")
    assert given_up == Codes(("good",), 1, len(b"good\n" + longest + b"y"), skipping=True)
    assert decode_codes(b"still the same line", skipping=True) == Codes((), 0, 19, skipping=True)
    assert decode_codes(b"its end\nnext\npa", skipping=True) == Codes(("next",), 0, 13)


def test_a_code_is_not_shown_where_codes_are_shown():
    assert "secret" not in repr(decode_codes(b"secret\n"))


@given(st.lists(st.binary(max_size=700), max_size=6), st.data())
def test_bytes_come_to_the_same_however_they_are_cut(lines, data):
    whole = b"\n".join(lines) + b"\n"
    rest, skipping, texts, at = b"", False, [], 0
    while at < len(whole):
        step = data.draw(st.integers(1, 400))
        codes = decode_codes(rest + whole[at : at + step], skipping=skipping)
        texts += codes.texts
        rest = (rest + whole[at : at + step])[codes.used :]
        skipping, at = codes.skipping, at + step
        assert len(rest) <= LONGEST_LINE_BYTES
    assert tuple(texts) == decode_codes(whole).texts
