"""Which of a camera's streams to watch, and what of an address may be written down."""

import pytest

from drivers.cameras.onvif_streams import Profile, clean_address, suggestions
from drivers.cameras.wiring import CameraWiring


def offered(token, encoding, width, height, *, view="1", fps=25, address="rtsp://h/x"):
    return Profile(token, token, view, encoding, width, height, fps, ptz=False, address=address)


MAIN = offered("main", "H265", 2560, 1440)
SUB = offered("sub", "H264", 640, 360)


def chosen(*profiles):
    return [(s.source.token, s.main and s.main.token) for s in suggestions(profiles)]


def test_the_small_stream_is_watched_and_the_large_one_kept_for_evidence():
    assert chosen(MAIN, SUB) == [("sub", "main")]


def test_a_stream_smaller_than_the_motion_gate_is_not_watched():
    assert chosen(MAIN, offered("third", "H264", 176, 144), SUB) == [("sub", "main")]
    assert chosen(offered("third", "H264", 176, 144)) == [("third", None)]


def test_one_stream_is_watched_alone():
    assert chosen(MAIN) == [("main", None)]


def test_of_two_alike_the_cheaper_h264_is_taken():
    twin = offered("twin", "H264", 2560, 1440)
    assert chosen(MAIN, twin, SUB) == chosen(twin, MAIN, SUB) == [("sub", "twin")]
    assert chosen(MAIN, twin) == [("twin", None)]


def test_what_cannot_be_opened_is_not_suggested():
    jpeg, withheld = offered("jpeg", "JPEG", 800, 600), offered("hidden", "H264", 1920, 1080, address=None)
    assert chosen(jpeg, withheld) == []
    assert chosen(jpeg, withheld, SUB) == [("sub", None)]


def test_every_lens_of_a_recorder_has_its_own_suggestion():
    other = [offered("main2", "H264", 1280, 720, view="2"), offered("sub2", "H264", 352, 288, view="2")]
    assert chosen(MAIN, SUB, *other) == [("sub", "main"), ("sub2", "main2")]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("rtsp://10.0.0.9:554/ch1?x=1", "rtsp://192.0.2.5:554/ch1?x=1"),
        ("rtsp://10.0.0.9/ch1", "rtsp://192.0.2.5/ch1"),
        ("rtsp://admin:12345@10.0.0.9:8554/ch1", "rtsp://192.0.2.5:8554/ch1"),
        ("RTSP://10.0.0.9/onvif?profile_token=1", "rtsp://192.0.2.5/onvif?profile_token=1"),
    ],
)
def test_an_address_is_written_for_the_host_that_answered_and_without_credentials(said, written):
    assert clean_address(said, "192.0.2.5") == written
    CameraWiring("c", written)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "http://10.0.0.9/stream.mjpeg",
        "rtsps://10.0.0.9/ch1",
        "rtsp:///ch1",
        "rtsp://10.0.0.9:99999/ch1",
        "rtsp://[10.0.0.9/ch1",
        "rtsp://10.0.0.9/ch1?user=admin&password=12345",
        "rtsp://10.0.0.9:554/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp",
        "rtsp://10.0.0.9/ch1?token=abc",
        "rtsp://10.0.0.9/\x1b[2J",
    ],
)
def test_an_address_that_is_no_stream_or_hides_a_password_is_withheld(said):
    assert clean_address(said, "192.0.2.5") is None


def test_an_ipv6_host_is_written_in_brackets():
    assert clean_address("rtsp://10.0.0.9:554/ch1", "2001:db8::5") == "rtsp://[2001:db8::5]:554/ch1"
