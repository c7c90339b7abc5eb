"""A video fed into a camera's named pipe, read by the real camera driver."""

import os
import stat
import threading
import time
from itertools import pairwise

import pytest

from drivers.cameras.camera import Camera
from drivers.cameras.packets import open_session
from drivers.cameras.wiring import CameraWiring
from edge.refusal import Refused
from edge.simulation.cameras import _Pace
from edge.simulation.compound import SimulatedCompound
from tests.drivers.conftest import encode
from tests.edge.simulated_compound import open_descriptors, running_threads, site, trouble

FPS, FRAMES = 10, 15


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return encode(tmp_path_factory.mktemp("video") / "lane.mp4", frames=FRAMES, fps=FPS)


def camera(source):
    return {"name": "车道", "place": "南门", "source": str(source), "roles": ["plate"], "purpose": "security"}


def simulated(source, video):
    return SimulatedCompound(site({}, {"lane-view": camera(source)}), {}, {"lane-view": video})


class Lane:
    """The compound's camera, and how the driver finds it."""

    def __init__(self, compound, driver):
        self.compound, self.driver = compound, driver

    def happen(self, *words):
        for line in words:
            self.compound.tell(line)
        return self.driver.health().frames

    def until(self, hold, within_s=20.0):
        until_s = time.monotonic() + within_s
        while not hold(self.driver.health()):
            assert time.monotonic() < until_s, self.driver.health()
            time.sleep(0.02)


@pytest.fixture
def lane(tmp_path, video):
    pipe = tmp_path / "ports" / "lane"
    threads = running_threads()
    with simulated(pipe, video) as compound:
        assert stat.S_IMODE(pipe.stat().st_mode) == 0o600
        driver = Camera(CameraWiring("lane-view", str(pipe), lost_after_s=1.5), time.monotonic)
        driver.start()
        yield Lane(compound, driver)
        assert driver.stop()
    assert not pipe.exists()
    assert running_threads() - threads == set()


def test_a_video_streams_in_real_time_again_and_again(lane):
    # The first pictures wait in the pipe while the driver looks what stream it is.
    lane.until(lambda health: health.frames > FRAMES)
    began_s, before = time.monotonic(), lane.driver.health().frames
    lane.until(lambda health: health.frames >= before + 3 * FRAMES)
    assert 0.8 < (time.monotonic() - began_s) / (3 * FRAMES / FPS) < 2.0
    assert lane.driver.health().reconnects == 0
    assert lane.driver.health().malformed == 0
    assert [word.key for word in lane.compound.states()["lane-view"]] == ["simulate.word_streams"]


@pytest.mark.parametrize(("begin", "end"), [("stall", "resume"), ("unplug", "plug")])
def test_a_camera_that_falls_silent_is_noticed_and_comes_back(lane, begin, end):
    lane.until(lambda health: health.frames > 0)
    with trouble(lane, f"{begin} lane-view", f"{end} lane-view"):
        lane.until(lambda health: health.state != "streaming")
        assert lane.driver.health().reason is not None
        assert [word.key for word in lane.compound.states()["lane-view"]] != ["simulate.word_streams"]
    before = lane.driver.health().frames
    lane.until(lambda health: health.state == "streaming" and health.frames > before + 5)


def test_times_go_on_over_the_videos_end(tmp_path, video):
    pipe = tmp_path / "lane"
    with simulated(pipe, video):
        session = open_session(CameraWiring("lane-view", str(pipe)), str(pipe), time.monotonic)
        packets = session.packets()
        heard = [next(packets) for _ in range(2 * FRAMES + 3)]
        session.close()
    assert heard[0].is_key
    steps = [after.pts_s - before.pts_s for before, after in pairwise(heard)]
    assert steps == pytest.approx([1 / FPS] * len(steps), abs=0.01)


def test_a_reader_that_leaves_is_followed_by_the_next_and_nothing_stays_open(tmp_path, video):
    pipe = tmp_path / "lane"
    threads, descriptors = running_threads(), open_descriptors()
    with simulated(pipe, video):
        for _ in range(3):
            with pipe.open("rb", buffering=0) as reader:
                assert len(reader.read(1000)) > 0
            time.sleep(0.3)
    assert running_threads() - threads == set()
    assert open_descriptors() <= descriptors


def test_a_stall_is_not_caught_up():
    now, stalled = [100.0], [False]
    pace = _Pace(lambda: now[0], lambda: stalled[0], lambda: False)
    assert pace.wait_for(0.0)
    now[0] = 101.0
    assert pace.wait_for(1.0)
    stalled[0] = True
    waiting = threading.Thread(target=pace.wait_for, args=(2.0,))
    waiting.start()
    now[0] = 160.0
    time.sleep(0.1)
    stalled[0] = False
    waiting.join(5.0)
    assert not waiting.is_alive()
    later = threading.Thread(target=pace.wait_for, args=(3.0,))
    later.start()
    later.join(0.2)
    assert later.is_alive()
    now[0] = 161.0
    later.join(5.0)
    assert not later.is_alive()


def test_a_pipe_that_is_there_is_used_and_stays(tmp_path, video):
    pipe = tmp_path / "lane"
    os.mkfifo(pipe)
    with simulated(pipe, video):
        pass
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("source", "file", "key"),
    [
        ("rtsp://192.168.10.21/1", "lane.mp4", "simulate.no_pipe"),
        ("taken.mp4", "lane.mp4", "simulate.no_pipe"),
        ("lane", "gone.mp4", "simulate.no_video"),
        ("lane", "noise.mp4", "simulate.no_video"),
    ],
)
def test_a_camera_that_cannot_be_fed_is_refused_and_nothing_is_touched(tmp_path, video, source, file, key):
    (tmp_path / "taken.mp4").write_text("a recording")
    (tmp_path / "noise.mp4").write_bytes(b"no video" * 50)
    played = video if file == "lane.mp4" else tmp_path / file
    where = source if "://" in source else tmp_path / source
    with pytest.raises(Refused) as refused:
        simulated(where, played).start()
    assert refused.value.key == key
    assert (tmp_path / "taken.mp4").read_text() == "a recording"
    assert not (tmp_path / "lane").exists()


def test_a_camera_that_the_site_does_not_have_is_refused_with_the_nearest(tmp_path, video):
    with pytest.raises(Refused, match="did you mean lane-view"):
        SimulatedCompound(site({}, {"lane-view": camera("p")}), {}, {"lane-veiw": video})


def test_noise_is_nothing_that_a_camera_can_have(lane):
    with pytest.raises(Refused, match="stall lane-view; resume lane-view"):
        lane.compound.tell("noise 5% on lane-view")
