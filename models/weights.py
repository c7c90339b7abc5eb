"""Installed weights: where they lie, whether they are the pinned ones, and how loaders get them.

A loader asks `verified` for the bytes and builds its session from those very bytes, so that nothing can
be exchanged between the check and the use. Nothing here reaches for a network.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.errors import WeightsError
from models.weights_manifest import PINNED, Kind, PinnedFile

State = Literal["ok", "missing", "truncated", "tampered"]

_SENTENCES = {
    "missing": "{path} is missing: run `menwei models install`.",
    "truncated": "{path} is cut short: {size} of {expected_size} bytes. Run `menwei models install`.",
    "tampered": "{path} is not the pinned file: its SHA-256 is {sha256}, not {expected_sha256}. "
    "Find out who changed it, then run `menwei models install`.",
}


def weights_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where weights lie: MENWEI_WEIGHTS, else share/menwei/weights under the Python prefix."""
    return Path(environment.get("MENWEI_WEIGHTS") or Path(sys.prefix) / "share" / "menwei" / "weights")


def photographs_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the credited photographs lie: MENWEI_PHOTOGRAPHS, else beside the default weights."""
    default = Path(sys.prefix) / "share" / "menwei" / "photographs"
    return Path(environment.get("MENWEI_PHOTOGRAPHS") or default)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where each kind of pinned file is installed."""

    weights: Path
    photographs: Path

    def path(self, pinned: PinnedFile) -> Path:
        """Return where this file lies once installed."""
        folders: dict[Kind, Path] = {"weight": self.weights, "photograph": self.photographs}
        return folders[pinned.kind] / pinned.name


def verified(folder: Path, name: str) -> bytes:
    """Return the bytes of an installed weight or photograph, checked against its pinned SHA-256.

    Raises WeightsError when the file is missing, cut short or another one; KeyError for a name that
    the manifest does not know.
    """
    pinned = {p.name: p for p in PINNED}[name]
    path = folder / name
    data = _read(path)
    found = state_of(data, pinned.size, pinned.sha256)
    if data is not None and found == "ok":
        return data
    raise WeightsError(f"weights.{found}", _SENTENCES[found], **_values(path, data, pinned))


def state(path: Path, pinned: PinnedFile) -> State:
    """Return whether the file at `path` is the pinned one."""
    return state_of(_read(path), pinned.size, pinned.sha256)


def state_of(data: bytes | None, size: int, sha256: str) -> State:
    """Compare bytes (None: there is no file) with their pinned size and hash."""
    if data is None:
        return "missing"
    if len(data) < size:
        return "truncated"
    return "ok" if hashlib.sha256(data).hexdigest() == sha256 else "tampered"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WeightsError(
            "weights.unreadable",
            "{path} cannot be read ({reason}): mend its permissions or run `menwei models install`.",
            path=str(path),
            reason=error.strerror or str(error),
        ) from error


def _values(path: Path, data: bytes | None, pinned: PinnedFile) -> dict[str, object]:
    return {
        "path": str(path),
        "size": len(data or b""),
        "expected_size": pinned.size,
        "sha256": hashlib.sha256(data or b"").hexdigest(),
        "expected_sha256": pinned.sha256,
    }
