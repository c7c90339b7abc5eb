import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.base import DeviceError
from drivers.cameras.camera import Camera, CameraHealth
from drivers.cameras.packets import open_session
from drivers.cameras.wiring import CameraWiring

Clip = Callable[..., Path]


def until(true: Callable[[], object], seconds: float = 8.0) -> float:
    """Wait until it is true; return how long that took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(0.01)
    pytest.fail(f"not within {seconds} s")


def watching(path: Path | str, **how: object) -> Camera:
    camera = Camera(CameraWiring("gate", str(path), **how), time.monotonic)
    camera.start()
    return camera


def threads() -> set[str]:
    return {t.name for t in threading.enumerate() if t.name.startswith("camera-")}


def test_a_file_runs_at_its_own_speed_and_ends(clip: Clip) -> None:
    camera = watching(clip(frames=12, fps=10))
    try:
        until(lambda: camera.newest() is not None)
        took_s = until(lambda: camera.health().state == "ended")
        health = camera.health()
        assert 0.8 < took_s < 3.0
        assert (health.frames, health.packets, health.malformed) == (12, 12, 0)
        assert (health.codec, health.width, health.height) == ("h264", 320, 180)
        assert health.reason == "camera.ended"
    finally:
        assert camera.stop()


def test_a_looped_file_goes_on_with_rising_times(clip: Clip) -> None:
    camera = watching(clip(frames=5, fps=10), loop=True)
    seen: list[tuple[float, float]] = []
    try:

        def look() -> bool:
            frame = camera.newest()
            if frame is not None and (frame.pts_s, frame.mono_s) not in seen:
                seen.append((frame.pts_s, frame.mono_s))
            return camera.health().frames >= 14

        until(look)
        assert len(seen) >= 8
        assert seen == sorted(seen)
        assert camera.health().state == "streaming"
    finally:
        assert camera.stop()
    assert threads() == set()
    assert camera.health().state == "stopped"


def test_the_newest_frame_alone_is_kept(clip: Clip) -> None:
    camera = watching(clip(frames=30, fps=30))
    try:
        until(lambda: camera.health().frames >= 20)
        frame = camera.newest()
        assert frame is not None
        assert frame.pts_s >= 19 / 30
        assert time.monotonic() - frame.mono_s < 1.0
    finally:
        camera.stop()


def test_the_main_stream_stays_undecoded_until_somebody_looks(clip: Clip) -> None:
    small = clip("small.mp4", size=(160, 90))
    large = clip("large.mp4", size=(640, 360))
    camera = watching(small, main_source=str(large), loop=True)
    try:
        until(lambda: len(camera.main_packets()) >= 5)
        main = camera.main_health()
        assert main is not None
        assert main.frames == 0
        assert camera.main_packets()[0].is_key
        frame = camera.main_frame()
        assert frame is not None
        assert (frame.width, frame.height) == (640, 360)
        assert time.monotonic() - frame.mono_s < 0.5
        # Going on decodes only what came since.
        until(lambda: len(camera.main_packets()) >= 8)
        later = camera.main_frame()
        assert later is not None
        assert later.pts_s > frame.pts_s
        after = camera.main_health()
        assert after is not None
        assert after.frames <= after.packets
        watched = camera.newest()
        assert watched is not None
        assert watched.width == 160
    finally:
        assert camera.stop()


def test_without_a_main_stream_the_main_frame_is_the_newest(clip: Clip) -> None:
    camera = watching(clip(frames=2))
    try:
        until(lambda: camera.health().state == "ended")
        assert camera.main_frame() is camera.newest() is not None
        assert camera.main_health() is None
    finally:
        camera.stop()


def test_a_missing_file_stays_out_with_its_reason() -> None:
    camera = watching("/nonexistent/gate.mp4")
    try:
        until(lambda: camera.health().state == "misconfigured")
        health = camera.health()
        assert health.reason == "camera.no_such_file"
        assert "/nonexistent/gate.mp4" in health.detail
        assert camera.newest() is None
    finally:
        assert camera.stop()


def test_a_looped_file_without_a_single_packet_is_not_tried_in_a_tight_loop(clip: Clip) -> None:
    path = clip(frames=10)
    path.write_bytes(path.read_bytes()[:600])
    camera = watching(path, loop=True)
    try:
        until(lambda: camera.health().state == "misconfigured")
        assert camera.health().reason == "camera.broken_file"
    finally:
        assert camera.stop()


def test_a_pipe_whose_writer_stops_is_noticed_within_its_deadline(clip: Clip, tmp_path: Path) -> None:
    movie = clip("clip.ts", frames=60, fps=30).read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    camera = watching(pipe, lost_after_s=2.0)
    stop = threading.Event()

    def write() -> None:
        with pipe.open("wb") as out:
            out.write(movie)
            out.flush()
            stop.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: camera.health().frames > 10)
        lost = until(lambda: camera.health().state in {"stalled", "waiting", "connecting"}, 5.0)
        assert lost < 3.0
        assert camera.health().reason == "camera.silent"
    finally:
        began = time.monotonic()
        assert camera.stop()
        assert time.monotonic() - began < 2.0
        stop.set()
        writer.join()


def holds_open(path: Path) -> int:
    return sum(os.path.realpath(link) == str(path) for link in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("content", [b"no video at all" * 100, None], ids=["unreadable", "a movie"])
def test_a_pipe_is_let_go_of_with_its_session(clip: Clip, tmp_path: Path, content: bytes | None) -> None:
    movie = content or clip("movie.ts", frames=10, fps=10).read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    wiring = CameraWiring("gate", str(pipe), lost_after_s=2.0)
    writer = threading.Thread(target=lambda: pipe.write_bytes(movie))
    writer.start()
    try:
        session = open_session(wiring, str(pipe), time.monotonic)
        assert holds_open(pipe) == 1
        session.close()
    except DeviceError:
        assert content is not None
    writer.join()
    assert holds_open(pipe) == 0


def test_health_ages_grow_while_nothing_comes(clip: Clip) -> None:
    now = [100.0]
    camera = Camera(CameraWiring("gate", str(clip())), lambda: now[0])
    health: CameraHealth = camera.health()
    assert health.state == "stopped"
    assert health.last_packet_age_s is None
