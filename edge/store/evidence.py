"""Evidence pictures: JPEG files filed by day and named by their content."""

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge.alerts.alert import Picture

_PART = ".part"


def describe(jpeg: bytes, wall_s: float, score: float) -> Picture:
    """Say how a picture will be filed, without writing it."""
    day = datetime.fromtimestamp(wall_s, UTC).strftime("%Y-%m-%d")
    return Picture(hashlib.sha256(jpeg).hexdigest(), day, score)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The folder of evidence pictures."""

    directory: Path

    def keep(self, picture: Picture, jpeg: bytes) -> None:
        """Write the picture so that it is whole on the disk when this returns. OSError: it is not there."""
        path = self.directory / picture.path
        if path.exists():
            return
        day = path.parent
        if not day.is_dir():
            day.mkdir(parents=True, exist_ok=True)
            _sync_folder(day.parent)
        part = path.with_suffix(_PART)
        try:
            _write_through(part, jpeg)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(day)

    def read(self, path: str) -> bytes:
        """Return the picture filed under `path`. FileNotFoundError: it was removed."""
        return (self.directory / path).read_bytes()

    def sweep(self, referenced: Collection[str]) -> int:
        """Remove files that nothing refers to, halves of pictures included; return how many."""
        removed = 0
        for file in sorted(self.directory.glob("*/*")):
            if f"{file.parent.name}/{file.name}" not in referenced:
                file.unlink(missing_ok=True)
                removed += 1
        return removed


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
