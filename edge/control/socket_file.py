"""The socket as a file in the storage directory, whose path may be longer than the kernel takes.

A Unix socket's address holds 107 bytes. Its folder is opened first and named by its descriptor, so that the
path may be of any length and no second place is needed.
"""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.refusal import Refused

BACKLOG = 16


def listen(path: Path) -> socket.socket:
    """Return a listening socket at `path`, for its owner alone (mode 0600); what a crash left is replaced.

    The caller is the only one that may listen there. Refused: something else is at `path`, or the file
    system holds no sockets.
    """
    if _kind(path) not in (None, stat.S_IFSOCK):
        raise Refused(
            "control.not_a_socket", "{file} is in the way of the control socket: move it away", file=path
        )
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        with _short(fresh) as address:
            sock.bind(address)
        fresh.chmod(0o600)
        sock.listen(BACKLOG)
        # Only now it has its name: nobody ever meets it with another mode, or deaf.
        fresh.replace(path)
    except OSError as error:
        sock.close()
        raise Refused(
            "control.unusable",
            "the control socket {file} cannot be made ({reason}): check storage.directory",
            file=path,
            reason=error.strerror,
        ) from error
    return sock


def connect(path: Path, timeout_s: float) -> socket.socket:
    """Return a socket connected to the daemon at `path`. Raises OSError, FileNotFoundError among them."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout_s)
    try:
        with _short(path) as address:
            sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


@contextmanager
def _short(path: Path) -> Iterator[str]:
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _kind(path: Path) -> int | None:
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except FileNotFoundError:
        return None
