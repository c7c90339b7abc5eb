"""Our ONVIF driver and PyPI's ipycam, each in a network of its own, with a cable between them."""

import contextlib
import logging
import select
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from drivers.base import Denied, Malformed, Misconfigured, Order, Transient
from drivers.cameras import onvif
from drivers.cameras.camera import Camera
from drivers.cameras.onvif_answers import Preset
from drivers.cameras.onvif_discovery import discover
from drivers.cameras.onvif_streams import suggestions
from drivers.cameras.onvif_wiring import wiring_at
from drivers.cameras.wiring import CameraWiring
from tests.drivers.onvif_peer_network import CAMERA, Peer, cable, require_ipycam

DEBIAN_PYTHON = "/usr/bin/python3"
RTSP_PEER = Path(__file__).with_name("rtsp_peer.py")
USER, PASSWORD = "guard", "p@ss:w/rd%"
WHERE = f"{CAMERA}:8000"
HOW = {
    "local_ip": CAMERA,
    "onvif_port": 8000,
    "name": "North gate",
    "username": USER,
    "password": PASSWORD,
    "main_width": 1920,
    "main_height": 1080,
    "main_stream_name": "main",
    "sub_width": 640,
    "sub_height": 360,
    "sub_stream_name": "watch",
    "presets": {"p1": ["Barrier", 0.5, -0.25, 0.5]},
}


@pytest.fixture(scope="module")
def wired():
    require_ipycam()
    with cable() as joined:
        yield joined


@pytest.fixture
def peer(wired, tmp_path):
    """Return a function that starts ipycam; all of them end with the test, and the plug is in again."""
    started = []

    def start(**more):
        started.append(Peer(wired.camera, tmp_path, HOW | more))
        return started[-1]

    yield start
    for each in started:
        each.stop()
    wired.plug()


def asked(wired, call, password=PASSWORD, **how):
    return wired.box.run(lambda: call(wiring_at(WHERE, USER, password, **how)))


def test_a_scan_finds_the_camera_and_only_it(wired, peer):
    peer()
    began = time.monotonic()
    scan = wired.box.run(lambda: discover(2.0, time.monotonic))
    assert time.monotonic() - began < 10.0
    (camera,) = scan.cameras
    assert camera.address == f"http://{WHERE}/onvif/device_service"
    assert (camera.host, camera.name, camera.profiles) == (CAMERA, "North gate", ("Streaming",))
    assert (scan.malformed, scan.interfaces, scan.unusable) == (0, ("eth7",), ())


def test_a_scan_of_an_empty_network_finds_nobody_and_says_where_it_could_not_ask(wired):
    scan = wired.box.run(lambda: discover(0.5, time.monotonic, ["eth7", "eth8"]))
    assert scan.cameras == ()
    assert scan.interfaces == ("eth7",)
    assert [name for name, _ in scan.unusable] == ["eth8"]


def test_rubbish_among_the_answers_is_counted_and_hides_no_camera(wired, peer):
    peer()

    def heckle():
        """Answer every question of the next second with rubbish, from the camera's network."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wire.bind(("", 3702))
            group = socket.inet_aton("239.255.255.250") + socket.inet_aton(CAMERA)
            wire.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
            wire.settimeout(0.1)
            listening.set()
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    _, asker = wire.recvfrom(65535)
                    for rubbish in (b"", b"\xff\0<", b"<a>" * 20_000):
                        wire.sendto(rubbish, asker)

    listening, done = threading.Event(), threading.Event()
    heckler = threading.Thread(target=lambda: wired.camera.run(heckle))
    heckler.start()
    try:
        assert listening.wait(10)
        scan = wired.box.run(lambda: discover(1.0, time.monotonic))
    finally:
        done.set()
        heckler.join()
    assert [camera.name for camera in scan.cameras] == ["North gate"]
    assert scan.malformed >= 3


def test_the_camera_is_described_and_its_streams_chosen(wired, peer):
    peer()
    told = asked(wired, onvif.describe)
    assert (told.identity.maker, told.identity.model) == ("PythonCam", "VirtualCam-1")
    assert (told.identity.serial, told.identity.firmware) == ("PY-000001", "1.3.0")
    assert [(p.encoding, p.width, p.height, p.address) for p in told.profiles] == [
        ("H264", 1920, 1080, f"rtsp://{CAMERA}:8554/main"),
        ("H264", 640, 360, f"rtsp://{CAMERA}:8554/watch"),
    ]
    (chosen,) = suggestions(told.profiles)
    assert (chosen.source.address, chosen.main.address) == (
        f"rtsp://{CAMERA}:8554/watch",
        f"rtsp://{CAMERA}:8554/main",
    )


def test_a_wrong_password_is_denied_after_one_try_and_told_nowhere(wired, peer, caplog):
    caplog.set_level(logging.DEBUG)
    camera = peer()
    with pytest.raises(Denied) as denied:
        asked(wired, onvif.describe, password="wr0ng-secret")
    assert camera.state()["wrong"] == 1
    assert "wr0ng-secret" not in f"{denied.value}{denied.value.values}{caplog.text}"
    with pytest.raises(Denied):
        wired.box.run(lambda: onvif.describe(wiring_at(WHERE)))


def test_a_camera_that_went_away_is_transient_in_bounded_time(wired, peer):
    camera = peer()
    assert asked(wired, onvif.describe)
    camera.stop()
    with pytest.raises(Transient) as gone:
        asked(wired, onvif.describe)
    assert gone.value.key == "onvif.unreachable"
    wired.pull()
    began = time.monotonic()
    with pytest.raises(Transient):
        asked(wired, onvif.describe, timeout_s=2.0)
    assert time.monotonic() - began < 8.0


def test_a_plug_that_is_out_and_in_again_needs_no_restart(wired, peer):
    peer()
    wired.pull()
    with pytest.raises(Transient):
        asked(wired, onvif.describe, timeout_s=1.0)
    wired.plug()
    assert asked(wired, onvif.describe).identity.model == "VirtualCam-1"


def test_the_camera_turns_to_a_preset_of_its_own(wired, peer):
    camera = peer(mended=True)
    assert asked(wired, onvif.presets) == (Preset("home", "Home"), Preset("p1", "Barrier"))
    for preset, pointing in (("Barrier", (0.5, -0.25, 0.5)), ("home", (0.0, 0.0, 0.0))):
        order = Order("o", time.monotonic() + 30)
        wired.box.run(
            lambda p=preset, o=order: onvif.go_to_preset(
                wiring_at(WHERE, USER, PASSWORD), p, o, time.monotonic
            )
        )
        state = camera.state()
        assert (state["pan"], state["tilt"], state["zoom"]) == pointing
    with pytest.raises(Misconfigured) as error:
        wired.box.run(
            lambda: onvif.go_to_preset(
                wiring_at(WHERE, USER, PASSWORD), "Lane", Order("o", time.monotonic() + 30), time.monotonic
            )
        )
    assert error.value.key == "onvif.no_preset"


def test_presets_that_the_camera_writes_as_no_xml_are_malformed_not_none(wired, peer):
    peer()
    with pytest.raises(Malformed):
        asked(wired, onvif.presets)


def test_the_suggested_streams_open_in_the_camera_driver(wired, peer):
    require_gstreamer()
    peer()
    server = subprocess.Popen(
        [*wired.camera.enter, DEBIAN_PYTHON, RTSP_PEER, "h264", USER, PASSWORD, "8554"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        ready, _, _ = select.select([server.stdout], [], [], 30)
        assert ready
        assert server.stdout.readline().strip() == "8554"
        assert wired.camera.run(watched) == [(320, 180), (640, 360)]
    finally:
        server.kill()
        server.wait(10)
        server.stdout.close()


def watched():
    """Ask the camera for its streams, open what was suggested, return the sizes of both pictures.

    GStreamer's server stands where ipycam says that its streams are: ipycam itself needs an ffmpeg program.
    """
    told = onvif.describe(wiring_at("127.0.0.1:8000", USER, PASSWORD))
    (chosen,) = suggestions(told.profiles)
    camera = Camera(
        CameraWiring("gate", chosen.source.address, chosen.main.address, USER, PASSWORD), time.monotonic
    )
    camera.start()
    try:
        until = time.monotonic() + 40
        while time.monotonic() < until:
            if camera.health().frames >= 5 and camera.main_packets():
                pictures = camera.newest(), camera.main_frame()
                return [(picture.width, picture.height) for picture in pictures]
            time.sleep(0.05)
        return [camera.health(), camera.main_health()]
    finally:
        assert camera.stop()


def require_gstreamer():
    probe = (
        "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer;"
        "Gst.init(None); assert all(Gst.ElementFactory.find(n) for n in ('x264enc', 'rtph264pay'))"
    )
    found = Path(DEBIAN_PYTHON).exists() and subprocess.run(
        [DEBIAN_PYTHON, "-c", probe], capture_output=True, check=False
    )
    if not found or found.returncode:
        pytest.skip("GStreamer's RTSP server is not installed: run scripts/peers as root")
