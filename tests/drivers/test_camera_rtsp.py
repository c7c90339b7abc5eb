"""The camera driver against GStreamer's RTSP server: an implementation that is not ours."""

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.cameras.camera import Camera, Settings
from drivers.cameras.reconnecting import Patience
from drivers.cameras.wiring import CameraWiring

PEER = Path(__file__).with_name("rtsp_peer.py")
DEBIAN_PYTHON = "/usr/bin/python3"
# Tried again soon, so that a test does not wait for the backoff; Denied keeps its own long wait.
EAGER = Settings(patience=Patience(first_s=0.3, cap_s=0.5))


@pytest.fixture(scope="module")
def gstreamer() -> None:
    """Skip where the peer is not installed (scripts/peers does it where it may)."""
    probe = (
        "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('GstRtsp', '1.0');"
        "from gi.repository import Gst, GstRtsp, GstRtspServer; Gst.init(None);"
        "assert all(Gst.ElementFactory.find(n) for n in ('x264enc', 'x265enc', 'rtph264pay', 'videotestsrc'))"
    )
    if (
        not Path(DEBIAN_PYTHON).exists()
        or subprocess.run([DEBIAN_PYTHON, "-c", probe], capture_output=True, check=False).returncode
    ):
        pytest.skip("GStreamer's RTSP server is not installed: run scripts/peers as root")


class Peer:
    """GStreamer's server as a process, with its faults as verbs."""

    def __init__(self, codec: str = "h264", user: str = "-", password: str = "-") -> None:
        self._how = (codec, user, password)
        self._process: subprocess.Popen[str] | None = None
        self.port = "0"

    def start(self) -> "Peer":
        self._process = subprocess.Popen(
            [DEBIAN_PYTHON, str(PEER), *self._how, self.port], stdout=subprocess.PIPE, text=True
        )
        ready, _, _ = select.select([self._process.stdout], [], [], 20)
        assert ready, "the RTSP server did not start"
        self.port = self._process.stdout.readline().strip()
        assert self.port.isdigit(), "the RTSP server did not start"
        return self

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def freeze(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)


@pytest.fixture
def peer(gstreamer: None) -> Iterator[Callable[..., Peer]]:
    """Return a function that starts a server; all of them end with the test."""
    started: list[Peer] = []

    def start(**how: str) -> Peer:
        started.append(Peer(**how).start())
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture
def watch() -> Iterator[Callable[..., Camera]]:
    """Return a function that starts a camera on a peer; all of them end with the test, and their threads."""
    cameras: list[Camera] = []

    def start(peer: Peer, *, path: str = "watch", main: str | None = None, **how: object) -> Camera:
        host = f"rtsp://127.0.0.1:{peer.port}"
        wiring = CameraWiring("gate", f"{host}/{path}", None if main is None else f"{host}/{main}", **how)
        cameras.append(Camera(wiring, time.monotonic, EAGER))
        cameras[-1].start()
        return cameras[-1]

    yield start
    ended = [c.stop() for c in cameras]
    assert all(ended)
    assert not [t.name for t in threading.enumerate() if t.name.startswith("camera-")]


def until(true: Callable[[], object], seconds: float) -> float:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(0.02)
    pytest.fail(f"not within {seconds} s")


def flowing(camera: Camera) -> bool:
    health = camera.health()
    return health.state == "streaming" and health.frames >= 5 and health.last_frame_age_s < 1.0


@pytest.mark.parametrize(("codec", "named"), [("h264", "h264"), ("h265", "hevc")])
def test_a_stream_is_watched_with_user_and_password(peer, watch, codec: str, named: str) -> None:
    server = peer(codec=codec, user="guard", password="p@ss:w/rd%")
    camera = watch(server, username="guard", password="p@ss:w/rd%")
    until(lambda: flowing(camera), 10)
    frame, health = camera.newest(), camera.health()
    assert (frame.width, frame.height) == (320, 180)
    assert frame.luma.std() > 5, "the test picture shows a white ball on black"
    assert (health.codec, health.malformed, health.reason) == (named, 0, None)


def test_a_wrong_password_is_denied_and_not_tried_again(peer, watch, capfd) -> None:
    server = peer(user="guard", password="right")
    admitted = watch(server, username="guard", password="right")
    until(lambda: flowing(admitted), 10)
    camera = watch(server, username="guard", password="wr0ng-secret")
    until(lambda: camera.health().state == "denied", 6)
    time.sleep(1.0)
    health = camera.health()
    assert (health.state, health.reason, health.reconnects) == ("denied", "camera.denied", 0)
    printed = capfd.readouterr()
    assert "wr0ng-secret" not in f"{health}{printed.out}{printed.err}"


def test_a_path_that_the_camera_does_not_have_is_misconfigured(peer, watch) -> None:
    server = peer()
    served = watch(server)
    until(lambda: flowing(served), 10)
    camera = watch(server, path="no-such-stream")
    until(lambda: camera.health().state == "misconfigured", 6)
    assert camera.health().reason == "camera.no_such_stream"


def test_a_server_that_died_is_noticed_and_found_again(peer, watch) -> None:
    server = peer()
    camera = watch(server)
    until(lambda: flowing(camera), 10)
    server.kill()
    assert until(lambda: camera.health().state in {"waiting", "connecting", "stalled"}, 5) < 5
    assert camera.health().reason in {"camera.ended", "camera.unreachable"}
    before = camera.health().frames
    server.start()
    until(lambda: camera.health().frames > before + 5 and flowing(camera), 15)
    assert camera.health().reconnects >= 1


def test_a_frozen_server_is_noticed_within_five_seconds_and_its_thaw_too(peer, watch) -> None:
    server = peer()
    camera = watch(server)
    until(lambda: flowing(camera), 10)
    last = camera.newest().mono_s
    server.freeze()
    until(lambda: camera.health().state != "streaming", 7)
    assert time.monotonic() - last < 5.3
    assert camera.health().reason == "camera.silent"
    # What FFmpeg held back comes out with the time-out: it must not pass for a sign of life.
    assert camera.newest().mono_s <= last + 0.5
    server.thaw()
    frozen = camera.health().frames
    until(lambda: camera.health().frames > frozen + 5 and flowing(camera), 15)


def test_a_camera_with_two_streams_decodes_the_main_one_only_on_demand(peer, watch) -> None:
    server = peer()
    camera = watch(server, main="main")
    until(lambda: flowing(camera) and len(camera.main_packets()) >= 5, 10)
    assert camera.main_health().frames == 0
    frame = camera.main_frame()
    assert (frame.width, frame.height) == (640, 360)
    assert time.monotonic() - frame.mono_s < 0.5
    assert camera.newest().width == 320
    assert camera.main_packets()[0].is_key


def test_stopping_while_the_server_is_frozen_is_bounded(peer, watch) -> None:
    server = peer()
    camera = watch(server)
    until(lambda: flowing(camera), 10)
    server.freeze()
    began = time.monotonic()
    assert camera.stop()
    assert time.monotonic() - began < 6.5
