"""What is said at the control socket: messages come back as they were, rubbish is only ever Malformed."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Malformed, Misconfigured
from drivers.said import CardPresented, CodeScanned, DoorChanged, KeysPressed
from edge import catalogue
from edge.control.followers import observed
from edge.control.messages import (
    LONGEST_REQUEST,
    Answer,
    AskHealth,
    Done,
    Dropped,
    Follow,
    Following,
    GiveOrder,
    NotDone,
    Observed,
    Request,
    decode_answer,
    decode_request,
    encode,
    not_done,
)
from edge.orders import Arm, Bypass, Open, Pulse, Show, Signal, Switch, Turn

ORDERS = [
    Open(),
    Open(25_500),
    Pulse("siren", 500),
    Switch("lamp", on=True),
    Arm(armed=False),
    Bypass("3", bypassed=True),
    Signal("granted"),
    Show("TURN LEFT", 6.5),
    Turn("lane"),
]
REQUESTS = [AskHealth(), Follow(), *(GiveOrder("北门", what, "李四", "送货", 12.5) for what in ORDERS)]
ANSWERS = [
    Following(),
    Observed(1.5, DoorChanged(device="north", mono_s=1.0, position="open")),
    Observed(1.5, CardPresented(device="north", mono_s=1.0, bits=26, data=b"\x01\x02", number=7)),
    Dropped(3),
    Done("a1", None, 0.25),
    Done("a1", "door.order_late", 0.25),
    NotDone("control.late", "too old", {"device": "north"}),
]
ORDER = {
    "type": "order", "device": "north", "what": {"do": "open"}, "by": "li", "why": "delivery",
    "asked_mono_s": 1.0,
}  # fmt: skip


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_comes_back_as_it_was_in_one_short_line(request_):
    line = encode(request_)
    assert decode_request(line) == request_
    assert line.count(b"\n") == 1
    assert len(line) < LONGEST_REQUEST


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_comes_back_as_it_was(answer):
    assert decode_answer(encode(answer)) == answer


@pytest.mark.parametrize(
    ("change", "blamed"),
    [
        ({"by": ""}, "by"),
        ({"by": "  "}, "by"),
        ({"why": ""}, "why"),
        ({"why": "\t"}, "why"),
        ({"why": "line\nfeed"}, "why"),
        ({"why": "\x1b[2J"}, "why"),
        ({"by": "x" * 65}, "by"),
        ({"why": "x" * 201}, "why"),
        ({"by": None}, "by"),
        ({"device": ""}, "device"),
        ({"what": {"do": "open", "pulse_ms": 0}}, "pulse_ms"),
        ({"what": {"do": "open", "pulse_ms": 10**9}}, "pulse_ms"),
        ({"what": {"do": "open", "pulse_ms": 1.5}}, "pulse_ms"),
        ({"what": {"do": "explode"}}, "explode"),
        ({"what": {"do": "pulse", "output": "siren"}}, "pulse_ms"),
        ({"what": {"do": "signal", "answer": "maybe"}}, "answer"),
        ({"reason": "typo"}, "reason"),
        ({"asked_mono_s": "now"}, "asked_mono_s"),
    ],
)
def test_an_order_that_is_not_whole_is_refused_and_says_what_is_wrong(change, blamed):
    with pytest.raises(Malformed) as refused:
        decode_request(json.dumps(ORDER | change).encode())
    assert blamed in str(refused.value)
    assert refused.value.key == "control.malformed"


@pytest.mark.parametrize("key", sorted(ORDER))
def test_an_order_without_one_of_its_parts_is_refused(key):
    with pytest.raises(Malformed):
        decode_request(json.dumps({k: v for k, v in ORDER.items() if k != key}).encode())


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def only_malformed(decode, line, kinds):
    try:
        understood = decode(line)
    except Malformed as refused:
        understood = refused
    if isinstance(understood, Malformed):
        assert all(catalogue.explain(understood, language) for language in ("zh-CN", "en"))
    else:
        assert isinstance(understood, kinds)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_malformed(line):
    only_malformed(decode_request, line, Request)
    only_malformed(decode_answer, line, Answer)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(REQUESTS), st.data())
def test_a_request_with_bytes_changed_is_a_request_or_malformed(request_, data):
    line = bytearray(encode(request_))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(line) - 1))
        line[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not line:
            line = bytearray(b"{")
    only_malformed(decode_request, bytes(line), Request)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from([*ORDER, "x"]), NESTED, max_size=7), NESTED)
def test_any_json_is_a_request_or_malformed(changes, what):
    line = json.dumps(ORDER | {"what": what} | changes).encode()
    only_malformed(decode_request, line, Request)


@pytest.mark.parametrize(
    "line", [b"[" * 4000, b'{"type":' * 500, b"\xff\xfe", b'{"type":"health"}garbage', b'"\\ud800"', b"\0"]
)
def test_rubbish_that_breaks_parsers_is_malformed(line):
    with pytest.raises(Malformed):
        decode_request(line)
    with pytest.raises(Malformed):
        decode_answer(line)


def test_a_code_typed_at_a_door_is_told_without_its_keys():
    told = observed(KeysPressed(device="north", mono_s=1.0, keys="4711#"), 9.0)
    assert b"4711" not in encode(told)
    assert len(told.observation.keys) == 5


def test_a_code_scanned_at_a_door_is_told_without_its_text():
    told = observed(CodeScanned(device="north", mono_s=1.0, text="pass-4711"), 9.0)
    assert b"4711" not in encode(told)
    assert told.observation.device == "north"


def test_what_is_refused_is_told_with_the_values_of_its_sentence():
    refused = not_done(Misconfigured("control.not_able", "{device} cannot do that", device="fence {x}"))
    assert refused == NotDone("control.not_able", "fence {x} cannot do that", {"device": "fence {x}"})


def test_an_error_of_ours_is_told_without_its_text():
    refused = not_done(KeyError("secret"))
    assert refused.key == "control.failed"
    assert "secret" not in msgspec.json.encode(refused).decode()
