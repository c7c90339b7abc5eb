"""The demo's site, its children, its course and its bench, each by itself."""

import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from edge.bench import demo as bench
from edge.cli import menwei
from edge.clock import ManualClock, SystemClock
from edge.demo import children as children_module
from edge.demo import footage, scenario, show
from edge.demo.children import Children
from edge.demo.screen import News
from edge.demo.tally import Tally
from edge.demo.watch import Watch
from edge.refusal import Refused

CONFIG = Path(__file__).resolve().parents[2] / "config" / "demo.yaml"
SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "from signal import *; import time; signal(SIGTERM, SIG_IGN); print('up', flush=True); time.sleep(60)",
]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition: Callable[[], bool], within_s: float = 10.0):
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_site_is_the_one_that_config_shows():
    shown = YAML(typ="safe").load(CONFIG.read_text(encoding="utf-8"))
    sources = {name: camera["source"] for name, camera in shown["cameras"].items()}
    ours = scenario.site_data(sources, shown["uplink"]["mqtt"]["port"], "zh-CN")
    assert ours == shown


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_site_file_is_accepted_as_written(tmp_path: Path, language: str):
    videos = {name: tmp_path / f"{name}.mp4" for name in ("gate-face", "gate-plate", "fence-view")}
    stage = scenario.set_up(tmp_path, videos, 2883, language)
    assert stage.site.uplink.mqtt.port == 2883
    assert stage.site.site.language == language
    assert stage.site.storage.directory.parent == tmp_path


def test_leaving_ends_every_child(tmp_path: Path):
    with Children(tmp_path) as children:
        pids = [children.start(name, SLEEPER) for name in ("one", "two")]
        assert children.names() == ("one", "two")
        assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)


def test_a_child_that_does_not_go_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(children_module, "TERM_WITHIN_S", 0.3)
    with Children(tmp_path) as children:
        pid = children.start("stubborn", STUBBORN)
        eventually(lambda: children.last_words("stubborn") == "up")
    assert not alive(pid)


class Rehearsal(Watch):
    """A watch that goes through prepared tallies instead of looking at a daemon."""

    def __init__(self, clock: ManualClock, *tallies: Tally) -> None:
        self.clock = clock
        self.coming = list(tallies)
        self.tally = Tally()
        self.camera_found = False
        self.seconds = 0.0

    def look(self, seconds: float) -> News:
        self.clock.advance(1.0)
        if self.coming:
            self.tally = self.coming.pop(0)
        return News(seconds, [], [], self.tally)


class Dark:
    def show(self, news: News) -> None:
        pass

    def note(self, sentence: str) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(show, "LOOK_EVERY_S", 0.001)


def test_the_last_alerts_are_given_time_to_be_acknowledged():
    waiting = Tally(observations=3, decided={"a": 1.0})
    done = Tally(observations=4, decided={"a": 1.0}, acknowledged={"a": 2.0})
    clock = ManualClock()
    assert show.settle(Rehearsal(clock, waiting, waiting, done), Dark(), clock).succeeded


def test_nobody_waits_for_ever_for_an_acknowledgement():
    clock = ManualClock()
    tally = show.settle(Rehearsal(clock, Tally(decided={"a": 1.0})), Dark(), clock)
    assert tally.outstanding == {"a"}
    assert clock.mono() < 2 * show.ACKNOWLEDGED_WITHIN_S


def test_an_alert_raised_after_the_end_is_not_counted():
    first = Tally(observations=3, decided={"a": 1.0})
    second = Tally(observations=9, decided={"a": 1.0, "b": 2.0}, acknowledged={"a": 1.5})
    clock = ManualClock()
    tally = show.settle(Rehearsal(clock, first, second), Dark(), clock)
    assert tally.succeeded
    assert (tally.observations, set(tally.decided)) == (3, {"a"})


def test_a_demo_without_pictures_says_the_daemons_last_words(tmp_path: Path):
    clock = ManualClock()
    with Children(tmp_path) as children:
        children.start("menwei", SLEEPER)
        eventually(lambda: children.last_words("menwei") == "up")
        with pytest.raises(Refused) as refused:
            show.wait_for_camera(Rehearsal(clock), children, Dark(), clock, threading.Event())
    assert refused.value.key == "demo.no_camera"
    assert refused.value.values["words"] == "up"


def test_a_daemon_that_goes_away_ends_the_demo(tmp_path: Path):
    watch, ended = Rehearsal(ManualClock()), threading.Event()
    with Children(tmp_path) as children:
        children.start("menwei", [sys.executable, "-c", "import sys; sys.exit('no disk')"])
        eventually(lambda: children.exited("menwei") is not None)
        with pytest.raises(Refused) as refused:
            show.run_until(watch, children, Dark(), SystemClock(), seconds=60, ended=ended)
    assert refused.value.key == "demo.ended_early"
    assert refused.value.values["words"] == "no disk"


def test_a_folder_with_something_in_it_is_not_used(tmp_path: Path):
    (tmp_path / "mine").write_text("keep me")
    result = CliRunner().invoke(menwei, ["demo", "--for", "5", "--keep", str(tmp_path)])
    assert isinstance(result.exception, Refused)
    assert result.exception.key == "demo.kept_not_empty"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cameras whose videos were drawn, by a quick hand."""
    cameras: list[str] = []

    def draw(wanted: dict[str, Path], photographs: Path) -> None:
        for camera, path in wanted.items():
            cameras.append(camera)
            path.write_bytes(b"video")

    monkeypatch.setattr(footage, "_draw_apart", draw)
    return cameras


def test_videos_are_drawn_once_and_kept(photographs: Path, tmp_path: Path, drawn: list[str]):
    announced: list[str] = []
    for _ in range(2):
        videos = footage.videos(photographs, tmp_path, lambda: announced.append("drawing"))
        assert all(path.is_file() for path in videos.values())
    assert drawn == ["gate-face", "gate-plate", "fence-view"]
    assert announced == ["drawing"]


def test_videos_of_an_older_drawing_make_room(photographs: Path, tmp_path: Path, drawn: list[str]):
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "gate-face.mp4").write_bytes(b"video")
    videos = footage.videos(photographs, tmp_path, lambda: None)
    assert set(drawn) == set(videos)
    assert {path.parent for path in videos.values()} == set(tmp_path.iterdir())


def test_without_a_place_to_keep_them_videos_lie_with_the_demo(tmp_path: Path):
    (tmp_path / "share").write_text("no folder")
    assert footage.kept_folder(tmp_path / "demo", prefix=tmp_path) == tmp_path / "demo"
    assert footage.kept_folder(tmp_path / "demo", prefix=tmp_path / "own").is_dir()


def test_a_video_that_cannot_be_drawn_is_one_sentence(photographs: Path, tmp_path: Path):
    with pytest.raises(Refused) as refused:
        footage._draw_apart({"gate-moon": tmp_path / "gate-moon.mp4"}, photographs)
    assert refused.value.key == "demo.not_drawn"
    assert "gate-moon" in str(refused.value)


GOOD = {
    "observations": 40,
    "alerts": 4,
    "acknowledged": 4,
    "latency_ms": {"p50": 120.0, "p99": 400.0, "max": 400.0},
    "controller_rss_mb": 70.0,
    "worker_rss_mb": 400.0,
}


def test_a_good_demo_reaches_every_goal():
    assert all(figure.reached for figure in bench.figures(GOOD))


@pytest.mark.parametrize(
    "change",
    [
        {"alerts": 3, "acknowledged": 3},
        {"acknowledged": 3},
        {"latency_ms": {"p50": 120.0, "p99": 1001.0, "max": 1001.0}},
        {"latency_ms": {"p50": None, "p99": None, "max": None}},
        {"controller_rss_mb": 121.0},
        {"worker_rss_mb": 451.0},
    ],
    ids=json.dumps,
)
def test_each_goal_can_be_missed(change: dict[str, object]):
    assert not all(figure.reached for figure in bench.figures(GOOD | change))


def test_no_alerts_are_not_all_acknowledged():
    none = bench.figures(GOOD | {"alerts": 0, "acknowledged": 0})
    assert [f.value for f in none if f.name == "alerts acknowledged"] == [0.0]
    assert not any(math.isnan(f.value) for f in none)
