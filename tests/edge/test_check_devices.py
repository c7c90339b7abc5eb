"""`menwei check SITE --devices`: one table of who is there, and what to fix of the others."""

import json
import os
import pty
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from drivers.base import DeviceError, Identity
from drivers.cameras.wiring import CameraWiring
from edge.commands import check
from edge.devices import probing, stream_probing
from edge.devices.building import Built
from edge.devices.stream_probing import probe_stream
from edge.refusal import Refused
from edge.simulation.compound import SimulatedCompound
from edge.site.loading import load
from edge.site.roster import roster
from edge.store.store import Store

SITE = """\
site: {id: s, name: 小区}
cameras:
  gate: {name: 大门摄像机, place: 大门, source: missing.mp4, roles: [overview], purpose: security}
wires:
  readers:
    kind: osdp
    port: ports/readers
    baud: 115200
    readers:
      north: {name: 北门, place: 北门, address: 0, key_file: keys/north}
      south: {name: 南门, place: 南门, address: 1, key_file: keys/south}
  bus:
    kind: modbus
    port: ports/bus
    baud: 115200
    fences:
      fence: {name: 围栏, place: 东墙, unit: 1, profile: generic-16di, zones: {"1": {name: 北段}}}
    relay_boards:
      board:
        name: 继电器板
        place: 车道
        unit: 2
        outputs: {siren: {channel: 0}}
        sounders: {horn: {name: 警号, place: 车道, outputs: [siren]}}
uplink: {mqtt: {host: 127.0.0.1, tls: false}}
storage: {directory: store}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE, encoding="utf-8")
    return file


def checked(site: Path, *options: str, language: str = "zh-CN") -> tuple[int, str]:
    result = CliRunner().invoke(
        check.command, [str(site), "--devices", *options], env={"MENWEI_LANGUAGE": language, "COLUMNS": "200"}
    )
    if isinstance(result.exception, Refused):
        raise result.exception
    return result.exit_code, result.stdout


def film(file: Path, pictures: int = 30, fps: int = 10) -> None:
    import av
    import numpy as np

    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(pictures):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), np.uint8))))
        out.mux(stream.encode(None))


def rows(output: str) -> dict[str, dict[str, object]]:
    return {row["device"]: row for row in json.loads(output)["devices"]}


def test_who_answers_is_told_with_identity_and_who_does_not_with_what_to_fix(site: Path):
    with SimulatedCompound(load(site), os.environ, {}) as compound:
        compound.tell("unplug south")
        code, output = checked(site, "--json")
    told = rows(output)
    assert code == 1
    assert [name for name, row in told.items() if row["found"]] == ["north", "fence", "board"]
    assert told["north"]["firmware"] == "1.4.2"
    assert told["north"]["latency_ms"] > 0
    assert "南门" not in str(told["north"])
    assert "south" in told["south"]["fix"] or "南门" in told["south"]["fix"]
    assert "missing.mp4" in told["gate"]["fix"]
    # What hangs on the board is the board's to answer for.
    assert "horn" not in told
    whole = json.loads(output)
    assert (whole["site"], whole["found"], whole["missing"]) == ("s", 3, 2)


@pytest.mark.parametrize(("language", "heading"), [("zh-CN", "处理办法"), ("en", "what to fix")])
def test_the_table_is_one_of_aligned_lines_behind_the_summary_in_both_languages(
    site: Path, language: str, heading: str
):
    code, output = checked(site, language=language)
    assert code == 1
    summary, *hints, head, _, _, _, _, _, verdict = output.splitlines()
    lines = output.splitlines()[-6:-1]
    assert "小区" in summary
    assert len(hints) == 2  # nobody may pass anything, and no door says how
    assert heading in head
    assert [line.split()[0] for line in lines] == ["north", "south", "fence", "board", "gate"]
    before = [
        line[: line.index(name)] for line, name in zip(lines[:3], ("北门", "南门", "围栏"), strict=True)
    ]
    assert len({cell_len(part) for part in before}) == 1
    assert "5" in verdict


def test_on_a_terminal_the_table_is_drawn(site: Path):
    ours, theirs = pty.openpty()
    environment = os.environ | {"MENWEI_LANGUAGE": "en", "TERM": "xterm", "COLUMNS": "120", "LINES": "50"}
    command = [sys.executable, "-m", "edge", "check", str(site), "--devices"]
    told = b""
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        with suppress(OSError):  # how a terminal says that nobody writes any more
            while part := os.read(ours, 65536):
                told += part
        assert process.wait(60) == 1
    os.close(ours)
    assert told.decode().count("┏") == 1
    assert "talking to 6 devices and cameras on 2 wires" in told.decode()


def test_a_site_where_everything_answers_is_fine(site: Path, tmp_path: Path):
    film(tmp_path / "missing.mp4")
    with SimulatedCompound(load(site), os.environ, {}):
        code, output = checked(site, "--json")
    assert code == 0, output
    gate = rows(output)["gate"]
    assert (gate["codec"], gate["width"], gate["height"], gate["fps"]) == ("h264", 320, 180, 10.0)
    assert gate["latency_ms"] > 0


def test_each_stream_of_a_camera_is_opened_and_the_second_told_by_its_key(site: Path, tmp_path: Path):
    film(tmp_path / "missing.mp4", fps=25)
    text = site.read_text("utf-8").replace("source: missing.mp4", "source: missing.mp4, main_source: no.mp4")
    site.write_text(text, encoding="utf-8")
    code, output = checked(site, "--json")
    told = rows(output)
    assert code == 1
    assert (told["gate"]["found"], told["gate"]["fps"]) == (True, 25.0)
    assert told["gate.main_source"]["found"] is False
    assert "no.mp4" in told["gate.main_source"]["fix"]
    _, table = checked(site)
    assert "h264 320×180 25 fps" in table


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "no video file"), (b"<html>" * 999, "no video file"), (None, "cannot be read")],
)
def test_what_is_no_stream_is_told_in_a_sentence(tmp_path: Path, content: bytes | None, says: str):
    file = tmp_path / "gate.mp4"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DeviceError, match=says):
        probe_stream(CameraWiring("gate", str(file)), str(file))


def test_a_stream_that_stays_silent_is_given_up(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        source = f"rtsp://127.0.0.1:{deaf.getsockname()[1]}/live"
        wiring = CameraWiring("gate", source, username="u", password="secret")
        began_s = time.monotonic()
        with pytest.raises(DeviceError) as refused:
            probe_stream(wiring, source, within_s=3.0)
    assert refused.value.key == "check.no_picture"
    assert time.monotonic() - began_s < 20
    assert "secret" not in str(refused.value)


def test_a_decoder_that_crashes_takes_one_row_with_it(tmp_path: Path, monkeypatch):
    crash = tmp_path / "python"
    crash.write_text("#!/bin/sh\nkill -SEGV $$\n", "utf-8")
    crash.chmod(0o700)
    monkeypatch.setattr(stream_probing.sys, "executable", str(crash))
    with pytest.raises(DeviceError, match=r"lets its decoder crash \(x.mp4, -11\)"):
        probe_stream(CameraWiring("gate", "x.mp4"), "x.mp4")


class Hanging:
    """A driver of another package that never comes back from some devices."""

    def __init__(self, hangs: str) -> None:
        self.hangs = hangs
        self.asked: list[str] = []
        self.free = threading.Event()

    def probe(self, device: str) -> Identity:
        self.asked.append(device)
        if device == self.hangs:
            self.free.wait(60)
        return Identity("Gong Works", "G1", device, "1", 0.001)


def test_a_driver_that_hangs_costs_its_own_wire_alone(site: Path, monkeypatch):
    monkeypatch.setattr(probing, "HANGS_AFTER_S", 0.5)
    loaded = load(site).model_copy(update={"cameras": {}})
    bad, good = Hanging("south"), Hanging("nobody")
    built = (Built("readers", ("north", "south"), bad), Built("bus", ("fence", "board"), good))
    late = (Built("readers", ("south", "north"), bad), Built("bus", ("fence", "board"), good))
    listed = roster(loaded.wires)
    try:
        first = {p.device: p for p in probing.probe_all(loaded, listed, built, {})}
        second = {p.device: p for p in probing.probe_all(loaded, listed, late, {})}
    finally:
        bad.free.set()
    assert [name for name, p in first.items() if p.found is not None] == ["north", "fence", "board"]
    assert first["south"].error.key == "check.hangs"
    # Behind it on the wire nobody is asked: the line is taken.
    assert [name for name, p in second.items() if p.found is not None] == ["fence", "board"]
    assert second["north"].error.key == "check.not_asked"
    assert bad.asked == ["north", "south", "south"]


def test_json_without_devices_is_refused(site: Path):
    result = CliRunner().invoke(check.command, [str(site), "--json"])
    assert isinstance(result.exception, Refused)
    assert result.exception.key == "check.json_of_devices"


def test_while_the_daemon_runs_its_devices_are_left_in_peace(site: Path):
    store = Store.open(load(site).storage.directory)
    try:
        with pytest.raises(Refused) as refused:
            checked(site)
    finally:
        store.close()
    assert refused.value.key == "check.running"
