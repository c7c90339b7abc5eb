"""The decoder of QR scanners under rubbish: nothing but Malformed, no hang, no growth.

MENWEI_FUZZ_FRAMES says how many mutated inputs it gets; a soak gives a million.
"""

import random
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.base import Malformed
from drivers.codes.lines import LONGEST_LINE_BYTES, decode_code, decode_codes
from tests.fuzz.mutating import FRAMES, LONGEST_S, fed, mutated, seeds

CORPUS = Path(__file__).with_name("code_corpus")


def codes(data):
    for skipping in (False, True):
        read = decode_codes(data, skipping=skipping)
        assert 0 <= read.used <= len(data)
        assert len(data) - read.used <= LONGEST_LINE_BYTES
        for text in read.texts:
            assert text.isprintable()
            assert 0 < len(text.encode()) <= LONGEST_LINE_BYTES
    decode_code(data)


def test_mutated_input_raises_nothing_but_malformed_and_never_hangs():
    luck, found = random.Random("code"), seeds(CORPUS, "code")
    fared = fed(codes, (mutated(luck, luck.choice(found), found) for _ in range(FRAMES)))
    assert fared.understood > 0
    assert set(fared.refused) == {"code_scanner.malformed"}
    assert fared.slowest_s < LONGEST_S


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=1200))
@example(b"")
@example(b"\r" * 5000)
@example(b"\n\r" * 5000)
@example(b"1" * 200_000)
def test_any_bytes_raise_nothing_but_malformed(data):
    try:
        codes(data)
    except Malformed as error:
        assert error.key == "code_scanner.malformed"  # noqa: PT017 - that nothing is raised is fine too


def test_a_scanner_that_never_ends_a_line_fills_no_memory():
    luck, rest, skipping, heard = random.Random(4), b"", False, 0
    for _ in range(3000):
        ends = luck.random() < 0.01
        data = rest + luck.randbytes(luck.randrange(300)).replace(b"\r", b"").replace(b"\n", b"")
        data += b"\r\nMW1.good\r\n" if ends else b""
        read = decode_codes(data, skipping=skipping)
        rest, skipping = data[read.used :], read.skipping
        heard += "MW1.good" in read.texts
        assert len(rest) <= LONGEST_LINE_BYTES
    assert heard > 0
