"""Secure Channel keys in files of their own, readable by their owner alone."""

import os
import re
import secrets
from pathlib import Path

from drivers.doors.faults import fault

_HEX = re.compile(r"[0-9a-fA-F]{32}\s*\Z")
KEY_SIZE = 16


def new_key() -> bytes:
    """Return a fresh random key of 16 bytes."""
    return secrets.token_bytes(KEY_SIZE)


def read_key(device: str, path: Path) -> bytes:
    """Return the key in `path`. Raises Misconfigured where it is missing, no key, or open to others."""
    failure = None
    try:
        mode = path.stat().st_mode
        text = path.read_bytes()[: 2 * KEY_SIZE + 8].decode("ascii", "replace")
    except OSError as error:
        failure = fault("door.no_key", device, f"{path}: {error.strerror}")
    if failure is not None:
        raise failure
    if mode & 0o077:
        raise fault("door.open_key", device, str(path))
    if not _HEX.match(text):
        raise fault("door.bad_key", device, str(path))
    return bytes.fromhex(text)


def write_key(device: str, path: Path, key: bytes) -> None:
    """Write `key` to `path`: whole and private at every moment, and there after a power cut.

    Raises Misconfigured.
    """
    failure = None
    draft = path.with_name(path.name + ".draft")
    try:
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        failure = fault("door.unwritable_key", device, f"{path}: {error.strerror}")
    if failure is not None:
        raise failure
    keep_key(device, draft, path)


def keep_key(device: str, draft: Path, path: Path) -> None:
    """Give a written key its lasting name, in place of the key before. Raises Misconfigured."""
    failure = None
    try:
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        failure = fault("door.unwritable_key", device, f"{path}: {error.strerror}")
    if failure is not None:
        raise failure
