"""Frames of serial RFID readers, and one badge told once."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Malformed
from drivers.patrol.debouncing import Debouncing, read
from drivers.patrol.frames import LONGEST_FRAME_BYTES, decode_id12, decode_line, decode_tags
from drivers.sim.patrol_reader import frame

# From the data sheet of the ID-12: 62E3086CED has the checksum 08.
DATA_SHEET = b"\x0262E3086CED08\r\n\x03"
TAG = "62E3086CED"
TAGS = st.text("0123456789ABCDEF", min_size=10, max_size=10)


def test_the_frame_of_the_data_sheet_is_read():
    assert decode_tags(DATA_SHEET, "id12").tags == (TAG,)
    assert decode_id12(b"62e3086ced08") == TAG


@settings(max_examples=60, deadline=None)
@given(st.lists(TAGS, max_size=6), st.sampled_from(["id12", "rdm6300"]), st.integers(1, 7))
def test_tags_come_through_in_whatever_pieces(tags, model, size):
    stream, rest, found = b"".join(frame(tag, model) for tag in tags), b"", []
    for at in range(0, len(stream), size):
        rest += stream[at : at + size]
        decoded = decode_tags(rest, "id12")
        assert decoded.malformed == 0
        found += decoded.tags
        rest = rest[decoded.used :]
    assert found == tags
    assert rest == b""


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"62E3086CED09",
        b"62E3086CED0",
        b"62E3086CED08\r",
        b"62E3086CEDXX",
        b"\x0062E3086CED08",
        b"6" * 40,
    ],
)
def test_a_broken_frame_is_malformed(broken):
    with pytest.raises(Malformed):
        decode_id12(broken)


def test_a_frame_that_was_cut_off_does_not_spoil_the_next_one():
    decoded = decode_tags(DATA_SHEET[:7] + DATA_SHEET + b"noise" + DATA_SHEET[:4], "id12")
    assert (decoded.tags, decoded.malformed) == ((TAG,), 0)
    assert decoded.used == len(DATA_SHEET) + 7 + 5


def test_one_wrong_byte_never_makes_another_tag():
    inside = range(1, 13)
    for at in inside:
        for byte in range(256):
            spoilt = DATA_SHEET[:at] + bytes([byte]) + DATA_SHEET[at + 1 :]
            assert set(decode_tags(spoilt, "id12").tags) <= {TAG}


@pytest.mark.parametrize(
    ("line", "tag"),
    [(b"0012345678\r\n", "0012345678"), (b"\x02a1b2c3d4\x03", "A1B2C3D4"), (b"123,45678\r", "123,45678")],
)
def test_lines_of_wiegand_converters_are_read(line, tag):
    assert decode_tags(line, "line").tags == (tag,)


@pytest.mark.parametrize("line", [b"", b"12", b"hello world", b"1" * 17, b"123,", b"12,34,56", b"12 34 5678"])
def test_a_line_that_is_no_tag_is_malformed(line):
    with pytest.raises(Malformed):
        decode_line(line)


@pytest.mark.parametrize("kind", ["id12", "line"])
def test_endless_rubbish_is_thrown_away(kind):
    rest, broken = b"", 0
    for _ in range(1000):
        rest += b"\x02" + b"7" * 20
        decoded = decode_tags(rest, kind)
        rest, broken = rest[decoded.used :], broken + decoded.malformed
        assert len(rest) <= LONGEST_FRAME_BYTES
        assert decoded.tags == () or kind == "line"
    assert broken > 0


# --- one badge is one badge ---


class Point:
    def __init__(self, **how):
        self.how, self.seen, self.told = Debouncing(**how), (), []

    def read(self, tag, *times):
        for now_s in times:
            self.seen, told = read(self.seen, tag, now_s, self.how)
            self.told += [(told, now_s)] if told else []
        return self


def test_a_tag_that_lies_there_is_told_once():
    point = Point().read("A", *(0.065 * n for n in range(600)))
    assert point.told == [("A", 0.0)]


def test_a_tag_that_was_away_is_told_again():
    assert Point().read("A", 0.0, 4.9, 9.7, 14.8).told == [("A", 0.0), ("A", 14.8)]


def test_two_patrollers_are_two_badges():
    point = Point().read("A", 0.0).read("B", 0.1).read("A", 0.2).read("B", 0.3)
    assert point.told == [("A", 0.0), ("B", 0.1)]


def test_where_two_reads_must_agree_one_is_none():
    assert Point(reads=2).read("A", 0.0, 10.0, 20.0).told == []
    assert Point(reads=2).read("A", 0.0).read("B", 0.1).read("A", 0.2).told == [("A", 0.2)]


def test_noise_of_ever_new_tags_does_not_fill_the_memory():
    point = Point()
    for number in range(1000):
        point.read(str(number), number / 1000)
    assert len(point.seen) <= 32


def test_a_million_bytes_with_a_fifth_of_them_wrong_make_no_false_badge_when_reads_must_agree():
    luck, point, rest = random.Random(5), Point(reads=2), b""
    for number in range(20_000):
        rest += bytes(luck.randrange(256) if luck.random() < 0.2 else b for b in DATA_SHEET)
        decoded = decode_tags(rest, "id12")
        rest = rest[decoded.used :]
        for tag in decoded.tags:
            point.read(tag, number * 0.1)
    assert {tag for tag, _ in point.told} == {TAG}
