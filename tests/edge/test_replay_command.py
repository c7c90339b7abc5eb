import json
import subprocess
import sys
from pathlib import Path

import av
import pytest

SITE = """
site:
  id: replayed
  name: 回放小区
cameras:
  gate:
    name: 大门
    place: 北门
    source: gate.mp4
    roles: [face]
    purpose: watchlist
    zones:
      yard: {name: 院子, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}
  lane:
    name: 车道
    place: 北门车道
    source: lane.mp4
    roles: [plate]
    purpose: access
wires:
  probe-port:
    kind: probe-serial
    port: /dev/nowhere
    probes:
      wall: {name: 东墙探针, place: 东墙, near_dbm: -65}
people:
  unknown_forbidden:
    - {zone: gate/yard, hours: ["22:00-06:00"]}
uplink:
  mqtt: {host: 127.0.0.1, tls: false}
storage:
  directory: ./store
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")
    return path


def replay(
    site: Path, out: Path, *arguments: object, language: str = "en"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", "replay", "--site", site, "--out", out, *arguments]
    environment = {"MENWEI_LANGUAGE": language, "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env=environment,
        timeout=110,
        check=False,
    )


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_same_footage_twice_gives_byte_identical_files(site, portrait_clip, tmp_path):
    outs = [tmp_path / "one", tmp_path / "two"]
    for out in outs:
        done = replay(site, out, portrait_clip, "--from", "2026-03-01T23:00:00")
        assert done.returncode == 0, done.stderr
    files = [{p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()} for out in outs]
    assert files[0] == files[1]
    (alert,) = lines(outs[0] / "alerts.jsonl")
    assert alert["kind"] == "unknown_person"
    assert alert["text"]["zh-CN"]
    picture = outs[0] / "evidence" / alert["picture"]["day"] / f"{alert['picture']['sha256']}.jpg"
    assert picture.read_bytes().startswith(b"\xff\xd8")
    seen = [row["observation"]["type"] for row in lines(outs[0] / "observations.jsonl")]
    assert {"FaceSeen", "PresenceBegan", "PresenceEnded"} <= set(seen)


def test_by_day_nobody_minds_the_same_person(site, portrait_clip, tmp_path):
    done = replay(site, tmp_path / "out", portrait_clip, "--from", "2026-03-01T12:00:00")
    assert done.returncode == 0
    assert lines(tmp_path / "out" / "observations.jsonl")
    assert lines(tmp_path / "out" / "alerts.jsonl") == []


def test_a_broken_and_an_empty_file_are_told_and_the_others_still_play(site, portrait_clip, tmp_path):
    broken, empty = tmp_path / "broken.mp4", tmp_path / "empty.mp4"
    broken.write_bytes(portrait_clip.read_bytes()[:4000])
    empty.touch()
    done = replay(site, tmp_path / "out", broken, empty, portrait_clip, "--from", "2026-03-01T23:00:00")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "broken.mp4" in done.stdout + done.stderr
    assert "empty.mp4" in done.stdout + done.stderr
    assert len(lines(tmp_path / "out" / "alerts.jsonl")) == 1


def test_two_cameras_play_side_by_side_in_the_order_of_their_time(site, portrait_clip, tmp_path):
    done = replay(site, tmp_path / "out", portrait_clip, "--camera", f"lane={portrait_clip}")
    assert done.returncode == 0
    rows = lines(tmp_path / "out" / "observations.jsonl")
    times = [row["mono_s"] for row in rows]
    assert times == sorted(times)
    assert {row["observation"]["camera"] for row in rows} == {"gate"}


def test_an_annotated_video_plays_with_every_analysed_frame(site, portrait_clip, tmp_path):
    done = replay(site, tmp_path / "out", portrait_clip, "--annotate")
    assert done.returncode == 0
    with av.open(str(tmp_path / "out" / "annotated-gate.webm")) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(frames) == 30
    assert frames[0].shape == (480, 640, 3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "nothing to replay"),
        (["--camera", "lane"], "write it as ID=FILE"),
        (["--camera", "moon=x.mp4"], "choose one of gate, lane"),
        (["x.mp4", "--from", "yesterday"], "write a time like"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_one_sentence(site, tmp_path, arguments, sentence):
    done = replay(site, tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_chinese_is_spoken_where_chinese_is_asked(site, tmp_path):
    done = replay(site, tmp_path / "out", language="zh-CN")
    assert "没有可回放的录像" in done.stderr


WIFI = Path(__file__).resolve().parents[3] / "shared" / "data" / "wifi" / "lecture_hall_2024-02-08.pcap"


@pytest.mark.skipif(not WIFI.exists(), reason=f"no recorded capture: {WIFI}")
def test_a_wifi_capture_plays_on_its_probe_and_twice_the_same(site: Path, tmp_path: Path):
    for out in ("one", "two"):
        done = replay(site, tmp_path / out, "--probe", f"wall={WIFI}")
        assert done.returncode == 0, done.stderr
    told = lines(tmp_path / "one" / "observations.jsonl")
    assert told == lines(tmp_path / "two" / "observations.jsonl")
    minutes = [row["observation"] for row in told if row["observation"]["type"] == "DensityMeasured"]
    assert len(minutes) > 100
    assert [m["minute_s"] for m in minutes] == sorted({m["minute_s"] for m in minutes})
    # tshark counts 13 238 frames in this capture; the probe requests among them are what is heard.
    assert 5_000 < sum(m["frames"] for m in minutes) <= 13_238
    assert "68:ec:c5" not in (tmp_path / "one" / "observations.jsonl").read_text(encoding="utf-8").lower()


def test_a_capture_that_is_none_and_a_probe_that_is_not_there_are_refused(site: Path, tmp_path: Path):
    (tmp_path / "x.pcap").write_bytes(b"nothing")
    no_capture = replay(site, tmp_path / "out", "--probe", f"wall={tmp_path / 'x.pcap'}")
    assert no_capture.returncode == 2
    assert "x.pcap" in no_capture.stderr
    no_probe = replay(site, tmp_path / "out", "--probe", f"wal={tmp_path / 'x.pcap'}")
    assert no_probe.returncode == 2
    assert "wall" in no_probe.stderr
    assert not (tmp_path / "out").exists()
