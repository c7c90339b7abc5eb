"""What strangers answer to ONVIF questions, mutated: nothing but an error of ours, no hang, no growth.

MENWEI_FUZZ_FRAMES says how many mutated inputs each decoder gets; a soak gives a million.
"""

import gc
import random
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onveef.parsers import parse_stream_uri

from drivers.base import DeviceError, Malformed
from drivers.cameras.onvif_answers import clock_offset_s, document, identity_in, paths_in, presets_in
from drivers.cameras.onvif_discovery import decode_probe_matches
from drivers.cameras.onvif_faults import fault
from drivers.cameras.onvif_names import LONGEST_NAME
from drivers.cameras.onvif_streams import clean_address, profiles_in, suggestions
from drivers.cameras.onvif_wiring import wiring_at
from drivers.cameras.onvif_xml import parsed
from drivers.cameras.wiring import CameraWiring
from tests.fuzz.mutating import FRAMES, LONGEST_S, fed, seeds

CORPUS = Path(__file__).with_name("onvif_corpus")
# What breaks XML and addresses rather than letters.
TOKENS = (
    *(b"<", b">", b"&", b"&#0;", b"&a;", b"<!DOCTYPE x [", b"]]>", b"<![CDATA[", b"</", b'"', b"xmlns=''"),
    *(
        b"\xff",
        b"\0",
        b"\xef\xbb\xbf",
        b"://",
        b"@",
        b"[",
        b"%",
        b":",
        b"http://",
        b"rtsp://",
        b"-1",
        b"1e999",
    ),
)


def matches(data):
    for camera in decode_probe_matches(data, "192.0.2.64"):
        assert wiring_at(camera.address).host == camera.host
        for shown in (camera.name, camera.hardware, *camera.scopes):
            assert shown.isprintable()
            assert len(shown) <= LONGEST_NAME
        assert urlsplit(camera.address).username is None


def profiles(data):
    camera = "192.0.2.64:80"
    found = profiles_in(document(camera, "GetProfiles", 200, data), camera)
    for profile in found:
        assert profile.name.isprintable()
        assert profile.pixels >= 0
    suggestions(found)


def answers(data):
    """Each of the other answers; one that is another's is Malformed before its parser sees it."""
    camera, read = "192.0.2.64:80", 0
    for operation, decode in (
        ("GetDeviceInformation", lambda text: identity_in(text, camera, 0.1)),
        ("GetSystemDateAndTime", lambda text: clock_offset_s(text, datetime(2026, 1, 1, tzinfo=UTC))),
        ("GetServices", lambda text: paths_in(text, camera)),
        ("GetCapabilities", lambda text: paths_in(text, camera, capabilities=True)),
        ("GetStreamUri", lambda text: parsed(parse_stream_uri, text, camera)),
        ("GetPresets", lambda text: presets_in(text, camera)),
    ):
        try:
            decode(document(camera, operation, 200, data))
            read += 1
        except DeviceError as error:
            assert error.key in {"onvif.malformed", "onvif.denied", "onvif.rejected"}  # noqa: PT017 - no raise is fine
    if not read:
        raise fault("onvif.malformed", camera, "none of them")


DECODERS = {"matches": matches, "profiles": profiles, "answers": answers}


def mutated(luck, seed, others):
    """Return the seed with bytes changed, cut, doubled, or joined with another one; sometimes pure noise."""
    data = bytearray(seed)
    for _ in range(luck.randint(1, 4)):
        at = luck.randrange(len(data) + 1)
        match luck.randrange(7):
            case 0 if data:
                data[at % len(data)] = luck.randrange(256)
            case 1 if data:
                data[at % len(data)] ^= 1 << luck.randrange(8)
            case 2:
                del data[at : at + luck.randint(1, 8)]
            case 3:
                data[at:at] = luck.choice(TOKENS)
            case 4:
                other = luck.choice(others)
                cut = luck.randrange(len(other))
                data[at:at] = other[cut : cut + luck.randrange(200)]
            case 5:
                data[at:at] = bytes(luck.choice(b"0123456789") for _ in range(luck.randint(1, 30)))
            case _:
                data = bytearray(luck.randbytes(luck.randrange(64))) if luck.random() < 0.1 else data[:at]
    return bytes(data)


@pytest.mark.parametrize("kind", DECODERS)
def test_mutated_answers_raise_nothing_but_our_errors_and_never_hang(kind):
    luck, found, decode = random.Random(kind), seeds(CORPUS, kind, "xml"), DECODERS[kind]
    fared = fed(decode, (mutated(luck, luck.choice(found), found) for _ in range(FRAMES)))
    assert fared.understood > 0
    assert fared.slowest_s < LONGEST_S


@pytest.mark.parametrize("kind", DECODERS)
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"<" * 65_000)
@example(b"<a>" * 20_000)
@example(b"<a " * 20_000)
@example(b"&" * 65_000)
@example(b'<?xml version="1.0" encoding="utf-16"?><Envelope/>')
@example(b'<?xml version="1.0" encoding="no-such"?><Envelope/>')
def test_any_bytes_raise_nothing_but_malformed(kind, data):
    try:
        DECODERS[kind](data)
    except Malformed as error:
        assert error.key == "onvif.malformed"  # noqa: PT017 - that nothing is raised is fine too


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60),
    st.sampled_from(["", "rtsp://", "rtsp://10.0.0.9", "rtsp://a:b@10.0.0.9/", "http://"]),
)
def test_whatever_a_camera_calls_a_stream_is_withheld_or_may_stand_in_a_site_file(text, start):
    address = clean_address(start + text, "192.0.2.5")
    if address is not None:
        assert address.isprintable()
        assert CameraWiring("c", address).source == address


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "http://", "http://192.0.2.5", "192.0.2.5:", "["]))
def test_whatever_an_installer_types_is_an_address_or_refused(text, start):
    try:
        assert wiring_at(start + text).address().isprintable()
    except DeviceError as error:
        assert error.key in {"onvif.bad_address", "onvif.password_in_address"}  # noqa: PT017 - as above


def test_decoding_does_not_grow():
    luck, found = random.Random(5), seeds(CORPUS, "matches", "xml")

    def soak(datagrams):
        for _ in range(datagrams):
            try:
                matches(mutated(luck, luck.choice(found), found))
            except Malformed:
                continue

    soak(500)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    soak(2000)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000
