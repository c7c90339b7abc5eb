"""Modbus decoders, simulated stations and fence profiles under rubbish: no odd error, no hang, no growth.

MENWEI_FUZZ_FRAMES says how many mutated inputs each gets; a soak gives a million. Profiles, which are text
that takes milliseconds to read, get one for every fifty.
"""

import random
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.base import Malformed, Misconfigured
from drivers.fences.host import FenceStation, FenceWiring
from drivers.fences.profile_files import judge, load
from drivers.fences.reading import reads
from drivers.modbus.frames import (
    PulseCoil,
    Read,
    Rejected,
    WriteCoil,
    WriteRegister,
    complete,
    decode,
    encode,
    reply_length,
)
from drivers.modbus.talking import Question, without_stray
from drivers.sim.modbus_frames import crc16, parse
from drivers.sim.modbus_slaves import FenceHost, RelayBoard
from tests.fuzz.mutating import FRAMES, LONGEST_S, fed, mutated, seeds

CORPUS = Path(__file__).with_name("modbus_corpus")
PER_PROFILE = 50
UNIT = 1
QUESTIONS = [
    Question(UNIT, request)
    for request in (
        Read(2, 0, 16),
        Read(1, 0, 8),
        Read(4, 0x10, 9),
        Read(3, 0x8000, 1),
        WriteCoil(0, on=True),
        WriteRegister(0, 1),
        PulseCoil(0, 7),
    )
]
FUNCTION = {question: question.function for question in QUESTIONS}
PULSE = load("pulse-fence-4")


def reply(data):
    """Take it for the answer to every question it may belong to; Malformed when it is the answer to none."""
    answered = 0
    assert data.endswith(without_stray(QUESTIONS[0], QUESTIONS, data))
    function = data[1] & 0x7F if len(data) > 1 else 0
    for asked in [q for q in QUESTIONS if FUNCTION[q] == function] or QUESTIONS[:1]:
        complete(asked.request, data)
        try:
            answer = decode(UNIT, asked.request, data)
        except Malformed as error:
            assert error.key.startswith("modbus.")  # noqa: PT017 - that nothing is raised is fine too
            continue
        answered += 1
        check_answer(asked.request, data, answer)
    if not answered:
        raise Malformed("modbus.noise", "no answer to anything")


def check_answer(request, data, answer):
    assert crc16(data[:-2]) == data[-2:]
    if isinstance(answer, Rejected):
        assert len(data) == 5
        assert data[1] == encode(UNIT, request)[1] | 0x80
        return
    assert len(data) == reply_length(request)
    if not isinstance(request, Read):
        assert (answer, data) == ((), encode(UNIT, request))
        return
    assert len(answer) == request.count
    assert all(0 <= value <= (1 if request.bits else 0xFFFF) for value in answer)


def station(data):
    """Let a fence station look at what a host answers, whatever it answers."""
    (read,) = reads(PULSE)
    values = decode(UNIT, read, data)
    if not isinstance(values, Rejected):
        looker = FenceStation(FenceWiring("fence", UNIT, PULSE))
        said = [s for now in (0.1, 0.2) for s in looker.look([(read, values)], now).said]
        assert {s.zone for s in said if hasattr(s, "zone")} == set(PULSE.zones)


def request(data):
    """Let simulated stations answer all that a buffer asks for."""
    stations = {s.unit: s for s in (FenceHost(1, PULSE), RelayBoard(7, lambda: 0.0))}
    asked, rest = 0, data
    while (parsed := parse(rest)).used:
        assert parsed.used <= len(rest)
        rest = rest[parsed.used :]
        if parsed.asked is not None and parsed.asked.unit in stations:
            asked += 1
            answer = stations[parsed.asked.unit].answer(parsed.asked)
            assert answer[:2] in {
                bytes([parsed.asked.unit, parsed.asked.function | more]) for more in (0, 0x80)
            }
            assert crc16(answer[:-2]) == answer[-2:]
            assert len(answer) <= 256
    if not asked:
        raise Malformed("modbus.noise", "no question to anybody")


def profile(data):
    text = data.decode("utf-8", "replace")
    found, errors = judge.__wrapped__(text, "f.yaml")
    assert (found is None) == bool(errors)
    for error in errors:
        assert isinstance(error, Misconfigured)
        assert error.key.startswith("fence.profile_")
        assert 1 <= error.values["line"] <= text.count("\n") + text.count("\r") + 2
        assert len(str(error)) < 4000
    if found is None:
        raise Malformed("fence.profile_yaml", "no profile")
    assert reads(found)


ALL = {"reply": reply, "station": station, "request": request, "profile": profile}
SEEDS = {"station": "reply"}


def sealed(data):
    """Return a mutated frame with a checksum that holds, so that it is looked into."""
    return data[:-2] + crc16(data[:-2]) if len(data) > 2 else data


def many(kind):
    return max(400, FRAMES // PER_PROFILE) if kind == "profile" else FRAMES


@pytest.mark.parametrize("kind", ALL)
def test_mutated_input_raises_nothing_but_malformed_and_never_hangs(kind):
    luck, found, decoder = random.Random(kind), seeds(CORPUS, SEEDS.get(kind, kind)), ALL[kind]

    def inputs():
        for _ in range(many(kind)):
            data = mutated(luck, luck.choice(found), found)
            yield sealed(data) if kind != "profile" and luck.random() < 0.5 else data

    fared = fed(decoder, inputs())
    print(f"{kind}: {fared}")
    assert fared.understood > 0
    assert fared.refused
    assert fared.slowest_s < LONGEST_S


@pytest.mark.parametrize("kind", ALL)
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"\x01")
@example(b"\x01\x82\x02\xc1\x61")
@example(b"\x01\x02" + b"\xff" * 300)
@example(b"\x07\x0f" + b"\xff" * 300)
@example(b"\xff" * 5000)
def test_any_bytes_raise_nothing_but_malformed(kind, data):
    try:
        ALL[kind](data)
    except Malformed as error:
        assert error.key.startswith(("modbus.", "fence."))  # noqa: PT017 - as above


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=2, max_size=60))
def test_any_sealed_frame_is_answered_by_a_station_or_is_noise(body):
    for unit in (1, 7):
        frame = bytes([unit]) + body
        try:
            request(frame + crc16(frame))
        except Malformed as error:
            assert error.key == "modbus.noise"  # noqa: PT017 - as above


keys = st.sampled_from(
    ["maker", "model", "zones", "marks", "host", "arm", "states", "values", "voltage", "meaning", "function",
     "address", "bit", "polarity", "firmware", "scale", "debounce_ms", "pulse_ms", "value", "x", "1"]
)  # fmt: skip
scalars = st.sampled_from(
    ["alarm", "normal", "1", "0x10", "-1", "0.5", ".nan", ".inf", "true", "~", "''", "[]", "{}", '!!int ""',
     "!!bool x", "!!float y", "!!timestamp z", "!!binary '#'", "2001-99-99", "0x" + "f" * 5000, "9" * 5000,
     "<<", "=", "!", "&a 1", "*a", "normally_closed", '"\\ud800"', "1_0", "0o17", "12:30:45"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
    | st.dictionaries(keys, inner, max_size=4).map(
        lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
    ),
    max_leaves=12,
))  # fmt: skip
def test_any_yaml_is_a_profile_or_refused_with_its_lines(text):
    for whole in (text, f"maker: A\nmodel: B\nzones: {{1: {text}}}", f"maker: A\nmodel: {text}"):
        try:
            profile(whole.encode())
        except Malformed as error:
            assert error.key == "fence.profile_yaml"  # noqa: PT017 - as above


VAST = {
    "brackets": "[" * 200_000,
    "one line": "a" * 250_000,
    "keys": "".join(f"k{i}: 1\n" for i in range(9_900)),
    "zones": "maker: a\nmodel: b\nzones:\n" + "".join(f"  z{i}: {{}}\n" for i in range(4_900)),
    "lines": "a: b\n" * 50_000,
    "comments": "#\n" * 120_000,
    "escapes": 'a: "' + "\\x41" * 60_000 + '"',
    "anchors": "&a " * 60_000,
    "flow": "{" + "a," * 60_000 + "}",
}


@pytest.mark.parametrize("kind", VAST)
def test_a_vast_profile_is_refused_within_seconds(kind):
    began = time.monotonic()
    with pytest.raises(Malformed):
        profile(VAST[kind].encode())
    assert time.monotonic() - began < 5 * LONGEST_S


@pytest.mark.parametrize("kind", ALL)
def test_rubbish_leaves_nothing_behind(kind):
    luck, found, decoder = random.Random(4), seeds(CORPUS, SEEDS.get(kind, kind)), ALL[kind]

    def soak(count):
        for _ in range(count):
            try:
                decoder(sealed(mutated(luck, luck.choice(found), found)))
            except Malformed as error:
                assert error.key  # noqa: PT017 - as above

    count = 40 if kind == "profile" else 500
    soak(count)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    soak(3 * count)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000
