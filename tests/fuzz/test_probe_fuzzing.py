"""Decoders of probes and patrol readers under rubbish: nothing but Malformed, no hang, no growth.

MENWEI_FUZZ_FRAMES says how many mutated inputs each decoder gets; a soak gives a million.
"""

import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.base import Malformed, Misconfigured
from drivers.listening.wire import Chunk
from drivers.patrol.frames import LONGEST_FRAME_BYTES, decode_tags
from drivers.probes.capture import frames
from drivers.probes.decoding import LineStream
from drivers.probes.dot11 import decode_packet
from drivers.probes.heard import STRONGEST_DBM, WEAKEST_DBM
from drivers.probes.lines import LONGEST_LINE_BYTES, decode_lines
from drivers.probes.posts import decode_post
from tests.fuzz.mutating import FRAMES, LONGEST_S, fed, mutated, seeds

CORPUS = Path(__file__).with_name("probe_corpus")


def check_heard(heard):
    assert len(heard.address) == 6
    assert not heard.address[0] & 1
    assert heard.rssi_dbm is None or WEAKEST_DBM <= heard.rssi_dbm <= STRONGEST_DBM


def lines(data):
    read = decode_lines(data)
    assert 0 <= read.used <= len(data)
    assert len(data) - read.used <= LONGEST_LINE_BYTES or b"\n" in data[: read.used]
    for heard in read.heard:
        check_heard(heard)


def post(data):
    read = decode_post(data)
    assert read.used == len(data)
    for heard in read.heard:
        check_heard(heard)


def packet(data):
    for whole in (True, False):
        heard = decode_packet(data, whole=whole)
        if heard is not None:
            check_heard(heard)


def tags(data):
    for kind in ("id12", "line"):
        read = decode_tags(data, kind)
        assert 0 <= read.used <= len(data)
        assert len(data) - read.used <= LONGEST_FRAME_BYTES


DECODERS = {"line": lines, "post": post, "packet": packet, "tag": tags}


@pytest.mark.parametrize("kind", DECODERS)
def test_mutated_input_raises_nothing_but_malformed_and_never_hangs(kind):
    luck, found, decode = random.Random(kind), seeds(CORPUS, kind), DECODERS[kind]
    fared = fed(decode, (mutated(luck, luck.choice(found), found) for _ in range(FRAMES)))
    assert fared.understood > 0
    assert fared.slowest_s < LONGEST_S


@pytest.mark.parametrize("kind", DECODERS)
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"[" * 100_000)
@example(b"\x02" * 5000)
@example(b"\n" * 5000)
@example(b"1" * 200_000)
def test_any_bytes_raise_nothing_but_malformed(kind, data):
    try:
        DECODERS[kind](data)
    except Malformed as error:
        assert error.key == "probe.malformed"  # noqa: PT017 - that nothing is raised is fine too


@settings(max_examples=100, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20)
    | st.just("80:56:f2:7b:47:1d"),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["id", "data", "mac", "rssi", "ts", "x"]), inner, max_size=5),
    max_leaves=12,
))  # fmt: skip
def test_any_json_is_a_post_or_malformed(said):
    import json

    try:
        post(json.dumps(said).encode())
    except Malformed as error:
        assert error.key == "probe.malformed"  # noqa: PT017 - as above


def test_a_mutated_capture_ends_or_is_refused(tmp_path):
    luck, found, path = random.Random(9), seeds(CORPUS, "capture"), tmp_path / "c.pcap"
    packets = refused = 0
    for _ in range(max(300, FRAMES // 50)):
        path.write_bytes(mutated(luck, luck.choice(found), found))
        try:
            for captured in frames(path):
                packets += 1
                assert captured.heard is None or not captured.malformed
        except Misconfigured as error:
            refused += 1
            assert error.key == "probe.capture_unusable"  # noqa: PT017 - as above
    assert packets > 0
    assert refused > 0


def test_a_serial_line_full_of_noise_does_not_grow():
    luck, stream = random.Random(4), LineStream()
    good = (CORPUS / "line_probe_request.bin").read_bytes()

    def soak(chunks):
        heard = 0
        for _ in range(chunks):
            noise = luck.randbytes(luck.randrange(300))
            for said in stream.decode([Chunk("", noise + luck.choice((b"", b"\n" + good)))]):
                heard += len(said.heard)
            assert len(stream._rest) <= LONGEST_LINE_BYTES + 300
        return heard

    assert soak(500) > 0
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    soak(3000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000
