"""`menwei check SITE --devices`: one table of who is there, and what to fix of the others."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.commands import check
from edge.refusal import Refused
from edge.simulation.compound import SimulatedCompound
from edge.site.loading import load
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
    return result.exit_code, result.output


def rows(output: str) -> dict[str, dict[str, object]]:
    return {row["device"]: row for row in json.loads(output)}


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


@pytest.mark.parametrize(("language", "heading"), [("zh-CN", "处理办法"), ("en", "what to fix")])
def test_the_table_is_one_and_in_both_languages(site: Path, language: str, heading: str):
    code, output = checked(site, language=language)
    assert code == 1
    assert output.count("┏") == 1
    assert heading in output
    assert all(name in output for name in ("north", "south", "fence", "board", "gate", "北门"))


def test_a_site_where_everything_answers_is_fine(site: Path, tmp_path: Path):
    import av
    import numpy as np

    with av.open(str(tmp_path / "missing.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), np.uint8))))
        out.mux(stream.encode(None))
    with SimulatedCompound(load(site), os.environ, {}):
        code, output = checked(site, "--json")
    assert code == 0, output
    assert rows(output)["gate"]["identity"] == "h264 320×180"


def test_while_the_daemon_runs_its_devices_are_left_in_peace(site: Path):
    store = Store.open(load(site).storage.directory)
    try:
        with pytest.raises(Refused) as refused:
            checked(site)
    finally:
        store.close()
    assert refused.value.key == "check.running"
