"""`menwei osdp keyset` as an installer runs it: a process of its own, a pty, a reader at the other end."""

import os
import re
import signal
import stat
import subprocess
import sys
import time

import pytest

from drivers.doors.osdp_frames import Command
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader

MENWEI = (sys.executable, "-c", "from edge.cli import main; main()")
OLD = bytes(range(16))


@pytest.fixture
def reader(tmp_path):
    """A reader in install mode at address 5, on a line in tmp_path."""
    reader = OsdpReader(5, None, time.monotonic)
    line = OsdpLine(tmp_path / "line", [reader], mono=time.monotonic, baud=9600)
    line.start()
    yield reader
    line.stop()


def keyset(folder, *options, language="en", before_end=None):
    with subprocess.Popen(
        [*MENWEI, "osdp", "keyset", str(folder / "line"), "5", "--key", str(folder / "north.key"), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"MENWEI_LANGUAGE": language},
    ) as process:
        if before_end is not None:
            before_end(process)
        told, refused = process.communicate(timeout=60)
    return process.returncode, told, refused


def on_disk(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return bytes.fromhex(path.read_text())


def test_a_reader_gets_its_key_and_the_installer_reads_who_it_is_and_where_the_key_lies(tmp_path, reader):
    code, told, refused = keyset(tmp_path)
    assert (code, refused) == (0, "")
    assert on_disk(tmp_path / "north.key") == reader.key
    assert "serial 000003E9" in told
    assert str(tmp_path / "north.key") in told
    assert reader.key.hex() not in told.lower()


def test_a_key_is_replaced_on_request_only_and_told_in_chinese(tmp_path, reader):
    (tmp_path / "north.key").touch(0o600)
    (tmp_path / "north.key").write_text(OLD.hex())
    reader.rekey(OLD)
    code, _, refused = keyset(tmp_path, language="zh-CN")
    assert code == 2
    assert "--replace" in refused
    assert re.search("密钥文件已存在", refused)
    assert (reader.key, on_disk(tmp_path / "north.key")) == (OLD, OLD)
    code, told, refused = keyset(tmp_path, "--replace", language="zh-CN")
    assert (code, refused) == (0, "")
    assert "新密钥" in told
    assert reader.key == on_disk(tmp_path / "north.key") != OLD


def test_a_reader_that_is_not_in_install_mode_is_one_sentence_and_leaves_nothing(tmp_path, reader):
    reader.rekey(OLD)
    code, _, refused = keyset(tmp_path)
    assert code == 2
    assert "put it into install mode" in refused
    assert "Traceback" not in refused
    assert [path.name for path in tmp_path.iterdir()] == ["line"]
    assert reader.key == OLD


def test_a_baud_rate_that_osdp_does_not_know_is_refused(tmp_path, reader):
    code, _, refused = keyset(tmp_path, "--baud", "1200")
    assert code == 2
    assert "'9600'" in refused
    assert reader.key is None


def test_killed_at_the_moment_the_reader_takes_its_key_the_next_run_finishes_the_work(tmp_path, reader):
    genuine, running = reader.answer, []

    def answer(frame):
        reply = genuine(frame)
        if frame.code == Command.KEYSET and running:
            os.kill(running.pop().pid, signal.SIGKILL)
        return reply

    reader.answer = answer
    code, _, _ = keyset(tmp_path, before_end=running.append)
    assert code == -signal.SIGKILL
    taken = reader.key
    assert taken is not None
    assert not (tmp_path / "north.key").exists()
    assert on_disk(tmp_path / "north.key.new") == taken
    code, _, refused = keyset(tmp_path)
    assert (code, refused) == (0, "")
    assert reader.key == taken == on_disk(tmp_path / "north.key")
    assert not (tmp_path / "north.key.new").exists()
