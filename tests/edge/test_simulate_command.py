"""`menwei simulate` as a process of its own, as somebody at a terminal or the demo starts it."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time

import pytest
from ruamel.yaml import YAML

from drivers.said import DeviceFound, DeviceLost, PatrolBadge, ZoneChanged
from edge.clock import SystemClock
from edge.devices.building import build
from edge.devices.hub import Hub
from edge.site.loading import load
from tests.drivers.ear import PATIENCE_S, Ear

CAMERAS = {
    "lane-view": {
        "name": "车道",
        "place": "南门",
        "source": "lane.pipe",
        "roles": ["plate"],
        "purpose": "security",
    }
}


def named(**more):
    return {"name": "设备", "place": "门房", **more}


WIRES = {
    "point-port": {
        "kind": "patrol-serial",
        "port": "ports/point",
        "readers": {"garden-point": named(lost_after_s=1.0)},
    },
    "fence-bus": {
        "kind": "modbus",
        "port": "ports/fence",
        "fences": {
            "east-fence": named(
                unit=1, profile="generic-16di", zones={"1": {"name": "一"}, "2": {"name": "二"}}
            )
        },
    },
    "gate-bus": {
        "kind": "osdp",
        "port": "ports/gate",
        "readers": {"north-door": named(address=0, key_file="keys/north")},
    },
}
PORTS = ("point", "fence", "gate")


def write_site(folder, wires=WIRES, cameras=CAMERAS):
    data = {
        "site": {"id": "s", "name": "小区"},
        "cameras": cameras,
        "wires": wires,
        "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
        "storage": {"directory": "store"},
    }
    with (folder / "site.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    return folder / "site.yaml"


class Simulation:
    """The process, its terminal replaced by pipes, and what it has said."""

    def __init__(self, file, *arguments, language="en", stdin=subprocess.PIPE):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge", "simulate", str(file), *map(str, arguments)],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=os.environ | {"MENWEI_LANGUAGE": language},
        )
        self.said = []
        self._lines = queue.SimpleQueue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def hear(self, words):
        """Read on until a line has these words; return it."""
        until_s = time.monotonic() + PATIENCE_S
        while (line := self._lines.get(timeout=max(0.01, until_s - time.monotonic()))) is not None:
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}: {self.said}")

    def type(self, *lines):
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def end(self):
        """Wait for its end; return its exit code and what it said after the last line that was heard."""
        code = self.process.wait(PATIENCE_S)
        self._reading.join(PATIENCE_S)
        rest = []
        while (line := self._lines.get(timeout=PATIENCE_S)) is not None:
            rest.append(line)
        self.said += rest
        return code, rest

    def close(self):
        self.process.kill()
        self.process.wait()
        self._reading.join(PATIENCE_S)
        self.process.stdout.close()
        if self.process.stdin is not None:
            self.process.stdin.close()


@pytest.fixture
def simulate(tmp_path):
    """Starts the command on the site above, and ends it whatever comes of a test."""
    started = []

    def start(*arguments, file=None, **how):
        started.append(Simulation(file or write_site(tmp_path), *arguments, **how))
        return started[-1]

    yield start
    for simulation in started:
        simulation.close()


@pytest.fixture
def box(tmp_path):
    """The real drivers of the site, at the other end of the wires."""
    site = load(write_site(tmp_path))
    hub, ear = Hub(build(site, SystemClock(), os.environ), time.monotonic), Ear()
    yield lambda: (hub.start(ear.tell), ear)[1]
    hub.stop()


def ports_of(tmp_path):
    return [port for port in PORTS if (tmp_path / "ports" / port).is_symlink()]


def test_what_is_typed_happens_at_the_other_end_of_the_wires(simulate, box):
    simulation = simulate()
    simulation.hear("3 simulated devices on 3 wires")
    ear = box()
    ear.wait(DeviceFound, device="garden-point")
    ear.wait(ZoneChanged, device="east-fence", zone="2", first=True)
    simulation.type("tag 0A0058B7C1 at garden-point", "cut zone 2")
    assert ear.wait(PatrolBadge, device="garden-point").tag == "0A0058B7C1"
    ear.wait(ZoneChanged, device="east-fence", zone="2", state="alarm")
    simulation.type("unplug garden-point")
    ear.wait(DeviceLost, device="garden-point")
    simulation.type("quit")
    assert simulation.end()[0] == 0
    assert [line for line in simulation.said if line == "done"] == ["done"] * 3


def test_a_script_happens_at_its_times_and_for_ends_it(simulate, box, tmp_path):
    script = tmp_path / "day.script"
    script.write_text(
        "# the day\n+3 climb zone 1 of east-fence\nwait 2s\nmend zone 1\n+1 keys 4711# at north-door\n"
    )
    began_s = time.monotonic()
    simulation = simulate("--script", script, "--for", "8")
    simulation.hear("simulated devices")
    ear = box()
    alarm = ear.wait(ZoneChanged, device="east-fence", zone="1", state="alarm")
    over = ear.wait(ZoneChanged, after=ear.said.index(alarm), device="east-fence", zone="1", state="normal")
    assert over.mono_s - alarm.mono_s == pytest.approx(2.0, abs=1.0)
    code, _ = simulation.end()
    assert code == 0
    assert time.monotonic() - began_s >= 8.0
    steps = [line for line in simulation.said if line.startswith("+")]
    assert steps == ["+1  keys *** at north-door", "+3  climb zone 1 of east-fence", "+5  mend zone 1"]
    assert simulation.said[-1] == "all simulated devices are gone"


def test_sigterm_ends_it_in_order_and_its_ports_are_gone(simulate, tmp_path):
    simulation = simulate()
    simulation.hear("simulated devices")
    assert ports_of(tmp_path) == list(PORTS)
    simulation.process.send_signal(signal.SIGTERM)
    assert simulation.end() == (0, ["all simulated devices are gone"])
    assert ports_of(tmp_path) == []


def test_a_simulation_that_was_killed_leaves_no_port_that_keeps_the_next_one_out(simulate, tmp_path):
    simulation = simulate()
    simulation.hear("simulated devices")
    simulation.process.kill()
    simulation.end()
    assert ports_of(tmp_path) == list(PORTS)
    second = simulate()
    second.hear("simulated devices")
    second.type("quit")
    assert second.end() == (0, ["all simulated devices are gone"])


def test_a_second_simulation_of_the_same_site_is_refused(simulate, tmp_path):
    simulate().hear("simulated devices")
    code, said = simulate().end()
    assert code == 2
    assert str(tmp_path / "ports" / "point") in said[-1]
    assert "end the other simulation" in said[-1]
    assert ports_of(tmp_path) == list(PORTS)


def test_the_end_of_input_ends_it_and_with_a_script_it_goes_on(simulate, tmp_path):
    simulation = simulate(stdin=subprocess.DEVNULL)
    assert simulation.end()[0] == 0
    script = tmp_path / "day.script"
    script.write_text("+1 open north-door\n")
    simulation = simulate("--script", script, "--for", "3", stdin=subprocess.DEVNULL)
    simulation.hear("+1  open north-door")
    assert simulation.process.poll() is None
    assert simulation.end() == (0, ["all simulated devices are gone"])


def test_help_lists_every_verb_and_state_every_device(simulate):
    simulation = simulate()
    simulation.hear("simulated devices")
    simulation.type("help", "climb zone 1 of east-fence", "state", "quit")
    simulation.end()
    told = "\n".join(simulation.said)
    assert "  cut zone ZONE [of DEVICE]\n" in told
    assert "restart DEVICE with zone ZONE STATE" in told
    fence = next(line for line in simulation.said if line.startswith("east-fence  "))
    assert "zone 1" in fence
    assert next(line for line in simulation.said if line.startswith("north-door  "))


@pytest.mark.parametrize(
    ("typed", "language", "told"),
    [
        ("open nort-door", "en", "there is no device nort-door; did you mean north-door?"),
        ("cut zone 99", "en", "east-fence has no 99: it has 1, 2"),
        ("cut zone 99", "zh-CN", "east-fence 没有 99：现有 1, 2"),
        ("opne north-door", "zh-CN", "请这样写：open DEVICE"),
    ],
)
def test_what_cannot_happen_is_told_in_the_language_of_the_terminal(simulate, typed, language, told):
    simulation = simulate(language=language)
    simulation.type(typed, "quit")
    assert simulation.end()[0] == 0
    assert told in simulation.said


def test_everything_wrong_with_a_script_is_told_before_anything_is_brought_up(simulate, tmp_path):
    script = tmp_path / "day.script"
    script.write_text("cut zone 1\ncut zone 99\n+x open north-door\nopen nort-door\n")
    simulation = simulate("--script", script, language="zh-CN")
    code, said = simulation.end()
    assert code == 2
    told = [line for line in said if line.startswith(f"{script}:")]
    assert [line.split(": ")[0] for line in told] == [f"{script}:{number}" for number in (2, 3, 4)]
    assert told[0].endswith("east-fence 没有 99：现有 1, 2")
    assert told[2].endswith("没有设备 nort-door；您是不是要写 north-door？")
    assert not (tmp_path / "ports").exists()


def test_a_script_that_is_not_there_and_a_video_without_a_camera_are_refused(simulate, tmp_path):
    code, said = simulate("--script", tmp_path / "none.script").end()
    assert (code, "none.script cannot be read" in said[-1]) == (2, True)
    code, said = simulate("--video", "lane-view").end()
    assert (code, "CAMERA=FILE" in said[-1]) == (2, True)
    code, said = simulate("--video", f"lane={tmp_path / 'none.mp4'}").end()
    assert (code, "did you mean lane-view?" in said[-1]) == (2, True)
    code, said = simulate("--video", f"lane-view={tmp_path / 'none.mp4'}").end()
    assert (code, "none.mp4 cannot be streamed as lane-view" in said[-1]) == (2, True)


def test_a_file_in_the_place_of_a_port_is_left_alone(simulate, tmp_path):
    (tmp_path / "ports").mkdir()
    (tmp_path / "ports" / "fence").write_text("mine")
    code, said = simulate().end()
    assert code == 2
    assert str(tmp_path / "ports" / "fence") in said[-1]
    assert (tmp_path / "ports" / "fence").read_text() == "mine"
    assert ports_of(tmp_path) == []


def test_a_wire_of_another_package_is_told_left_out(simulate, tmp_path):
    wires = {**WIRES, "tower": {"kind": "extension", "driver": "gong", "devices": {"bell": named()}}}
    simulation = simulate(file=write_site(tmp_path, wires))
    simulation.type("stall bell", "quit")
    assert simulation.end()[0] == 0
    assert "tower: another package brings its driver, it is not simulated" in simulation.said
    assert "bell is not simulated: another package brings its driver" in simulation.said
