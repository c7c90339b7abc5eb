"""`menwei demo` as a newcomer runs it."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

MENWEI = Path(sys.executable).parent / "menwei"


@pytest.fixture
def mark() -> str:
    """A word in the environment of every process that a test starts."""
    return uuid.uuid4().hex


@pytest.fixture
def environment(tmp_path: Path, mark: str) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    return os.environ | {"TMPDIR": str(tmp_path / "tmp"), "MENWEI_LANGUAGE": "zh-CN", "TEST_MARK": mark}


def run(command: list[str | Path], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110, check=False)


def marked(mark: str) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TEST_MARK={mark}".encode() in (process / "environ").read_bytes():
                yield (process / "cmdline").read_bytes().decode().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue


def left_over(mark: str, within_s: float = 5.0) -> list[str]:
    deadline = time.monotonic() + within_s
    while (found := list(marked(mark))) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def test_the_demo_ends_by_itself_with_every_alert_acknowledged(
    environment: dict[str, str], tmp_path: Path, mark: str
):
    demo = run([MENWEI, "demo", "--for", "12"], environment)
    assert demo.returncode == 0, demo.stdout + demo.stderr
    last = json.loads(demo.stdout.splitlines()[-1])
    assert last["alerts"] >= 1
    assert last["acknowledged"] == last["alerts"]
    assert last["observations"] >= 4
    assert 0 < last["latency_ms"]["p50"] <= last["latency_ms"]["p99"] <= last["latency_ms"]["max"]
    assert last["worker_rss_mb"] > last["controller_rss_mb"] > 20
    assert "布控人员乙" in demo.stdout
    assert "发现禁止进入的人员" in demo.stdout
    assert left_over(mark) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_ctrl_c_ends_the_demo_in_order(environment: dict[str, str], tmp_path: Path, mark: str):
    demo = subprocess.Popen(
        [MENWEI, "demo", "--language", "en", "--keep", tmp_path / "site"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            if " alert [" in line:
                break
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: every process in the foreground gets it
        rest, errors = demo.communicate(timeout=40)
    finally:
        demo.kill()
        demo.wait()
    assert demo.returncode == 0, rest + errors
    last = json.loads(rest.splitlines()[-1])
    assert last["acknowledged"] == last["alerts"] >= 1
    assert left_over(mark) == []
    assert (tmp_path / "site" / "site.yaml").is_file()
    assert "ERROR" not in (tmp_path / "site" / "menwei.log").read_text()


def test_a_missing_photograph_is_one_sentence(environment: dict[str, str], tmp_path: Path, mark: str):
    lacking = environment | {"MENWEI_PHOTOGRAPHS": str(tmp_path / "none")}
    demo = run([MENWEI, "demo", "--for", "12"], lacking)
    assert demo.returncode == 2
    assert demo.stdout == ""
    assert len(demo.stderr.splitlines()) == 1
    assert "menwei models install" in demo.stderr
    assert left_over(mark) == []
    assert list((tmp_path / "tmp").iterdir()) == []
