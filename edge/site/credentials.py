"""Secrets from where the site file says they are kept."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from edge.refusal import Refused
from edge.site.sections import Secret

LARGEST_BYTES = 4096


def read_secret(secret: Secret, base_dir: Path, environment: Mapping[str, str]) -> str:
    """Return a secret from its file (relative to `base_dir`) or from the environment.

    Refused: it is missing or empty, or others than its owner may read the file. No sentence repeats a secret.
    """
    if secret.environment is not None:
        return _from_environment(secret.environment, environment)
    if secret.file is None:
        raise Refused("site.secret_place", "a secret names exactly one place: file or environment")
    return _from_file(base_dir / secret.file)


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise Refused(
            "site.secret_unset", "the environment variable {name} is not set or empty: set it", name=name
        )
    return value


def _from_file(path: Path) -> str:
    try:
        # Non-blocking: a named pipe in its place must not hold the daemon up.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Refused(
            "site.secret_missing", "there is no secret's file {file}: create it with mode 0600", file=path
        ) from None
    except OSError as error:
        raise Refused(
            "site.secret_unreadable",
            "the secret's file {file} cannot be read ({reason}): check its owner and mode",
            file=path,
            reason=error.strerror,
        ) from None
    try:
        _private(path, os.fstat(descriptor))
        raw = os.read(descriptor, LARGEST_BYTES + 1)
    finally:
        os.close(descriptor)
    return _decoded(path, raw)


def _private(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        raise Refused("site.secret_no_file", "{file} is no regular file: a secret is kept in one", file=path)
    if mode not in {0o600, 0o400}:
        raise Refused(
            "site.secret_mode",
            "{file} has mode {mode}: others could read the secret; run chmod 600 on it",
            file=path,
            mode=f"{mode:04o}",
        )
    if status.st_uid not in {0, os.geteuid()}:
        raise Refused(
            "site.secret_owner",
            "{file} belongs to another user: give it to the user that runs menwei",
            file=path,
        )


def _decoded(path: Path, raw: bytes) -> str:
    try:
        value = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        value = ""
    if len(raw) > LARGEST_BYTES or not value or any(letter in value for letter in "\n\r\0"):
        raise Refused(
            "site.secret_content", "{file} must hold the secret alone, as one line of UTF-8 text", file=path
        )
    return value
