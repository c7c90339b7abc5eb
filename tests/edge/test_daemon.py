"""`menwei run` as a site runs it, with a broker and the community stand-in at the other end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.sim.broker import Broker
from drivers.sim.community import CommunityServer

SITE = """
site: {{id: daemon-test, name: 测试小区, language: en}}
cameras:
  gate:
    name: gate camera
    place: north gate
    source: portrait.mp4
    loop: true
    roles: [face]
    purpose: watchlist
    lost_after_s: 2
    zones:
      yard: {{name: yard, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}}
people:
  unknown_forbidden: [{{zone: gate/yard, hours: ["00:00-24:00"]}}]
uplink:
  mqtt: {{host: 127.0.0.1, port: {port}, tls: false, resend_after_s: 2}}
storage: {{directory: store}}
"""


class Gate:
    """A site folder, a broker, a community server and the daemon between them."""

    def __init__(self, folder: Path, broker: Broker, community: CommunityServer) -> None:
        self.folder = folder
        self.site = folder / "site.yaml"
        self.broker = broker
        self.community = community
        self.daemons: list[subprocess.Popen[str]] = []

    def run(self) -> subprocess.Popen[str]:
        log = (self.folder / f"daemon-{len(self.daemons)}.log").open("w")
        daemon = subprocess.Popen(
            [sys.executable, "-m", "edge", "run", str(self.site)], stderr=log, stdout=log, text=True
        )
        log.close()
        self.daemons.append(daemon)
        return daemon

    def log(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("daemon-*.log")))

    def menwei(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"MENWEI_SITE": str(self.site), "MENWEI_LANGUAGE": "en"}
        command = [sys.executable, "-m", "edge", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def alert(self, kind: str, *, state: str = "open", seconds: float = 40.0) -> dict:
        """Return the first event about an alert of this kind and state that the community server took."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for arrival in tuple(self.community.ledger.arrivals):
                data = arrival.event.get("data", {})
                if arrival.lane == "alerts" and (data["kind"], data["state"]) == (kind, state):
                    return data
            time.sleep(0.05)
        raise AssertionError(f"no {kind} that is {state} within {seconds} s\n{self.log()}")

    def worker_pid(self) -> int:
        children = Path(f"/proc/{self.daemons[-1].pid}/task/{self.daemons[-1].pid}/children").read_text()
        (worker,) = [
            int(pid)
            for pid in children.split()
            if b"edge.vision.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        return worker


@pytest.fixture
def gate(tmp_path: Path, portrait_clip: Path) -> Iterator[Gate]:
    shutil.copyfile(portrait_clip, tmp_path / "portrait.mp4")
    with Broker() as broker:
        (tmp_path / "site.yaml").write_text(SITE.format(port=broker.port), encoding="utf-8")
        community = CommunityServer(broker.host, broker.port)
        assert community.start()
        gate = Gate(tmp_path, broker, community)
        try:
            yield gate
        finally:
            for daemon in gate.daemons:
                daemon.kill()
                daemon.wait()
            community.stop()


def test_a_face_put_on_the_watch_list_is_alerted_by_the_daemon_that_runs(gate: Gate, photographs: Path):
    daemon = gate.run()
    unknown = gate.alert("unknown_person")
    assert unknown["place"] == "north gate"
    added = gate.menwei("watchlist", "add", "--face", str(photographs / "person_a_1.jpg"), "--kind", "barred",
                        "--reason", "tailgating", "--until", "2036-01-01")  # fmt: skip
    assert added.returncode == 0, added.stderr
    watched = gate.alert("watched_face")
    assert "tailgating" in watched["text"]["en"]
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(15) == 0, gate.log()


def test_a_killed_worker_is_one_alert_and_the_controller_lives_on(gate: Gate):
    daemon = gate.run()
    gate.alert("unknown_person")
    os.kill(gate.worker_pid(), signal.SIGKILL)
    lost = gate.alert("vision_worker_lost", seconds=5.0)
    assert "gate camera" in lost["text"]["en"]
    assert daemon.poll() is None
    deadline = time.monotonic() + 30
    while gate.log().count("vision worker 1 is up") < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert gate.log().count("vision worker 1 is up") == 2
    assert gate.worker_pid()


def test_a_camera_that_is_gone_is_alerted_within_its_deadline(gate: Gate):
    (gate.folder / "portrait.mp4").unlink()
    gate.run()
    lost = gate.alert("camera_lost")
    assert "gate camera" in lost["text"]["en"]
    assert any("file" in why["en"] for why in lost["why"])


def test_a_second_daemon_on_the_same_folder_is_refused_in_a_sentence(gate: Gate):
    gate.run()
    gate.alert("unknown_person")
    second = gate.menwei("run", str(gate.site))
    assert second.returncode == 2
    assert "in use by another Menwei" in second.stderr
    assert "Traceback" not in second.stderr


def test_alerts_raised_while_the_broker_is_away_arrive_when_it_is_back(gate: Gate):
    gate.broker.stop()
    gate.run()
    deadline = time.monotonic() + 40
    while "alert" not in gate.log().replace("alerts", "") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not gate.community.ledger.arrivals
    gate.broker.start()
    assert gate.alert("unknown_person")["count"] == 1
