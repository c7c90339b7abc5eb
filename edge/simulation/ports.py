"""The paths where simulated ports are put: taken by one simulation at a time, and never from a device."""

import fcntl
import os
from pathlib import Path

from edge.refusal import Refused


def vacant(port: Path) -> None:
    """Make sure that nothing is in a port's place. Refused: a device, a file or another port is there."""
    if port.is_symlink() or port.exists():
        raise _taken(port)


class Claims:
    """The ports that this simulation holds. Beside each lies a locked file that says so.

    A number under /dev/pts soon belongs to another program: only the file beside it tells a link that an
    earlier simulation left, and its lock whether that simulation still lives.
    """

    def __init__(self) -> None:
        self._held: dict[Path, int] = {}

    def take(self, port: Path) -> None:
        """Take a port; what a killed simulation left there makes room. Refused: it is not ours to take."""
        if port.parent == Path("/dev"):
            raise _taken(port)
        port.parent.mkdir(parents=True, exist_ok=True)
        beside = _beside(port)
        left = beside.exists()
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise _taken(port) from None
        self._held[beside] = descriptor
        if left and port.is_symlink() and str(port.readlink()).startswith("/dev/pts/"):
            port.unlink()
        vacant(port)

    def release(self) -> None:
        """Give every port back; may be called again."""
        for beside, descriptor in self._held.items():
            beside.unlink(missing_ok=True)
            os.close(descriptor)
        self._held.clear()


def _beside(port: Path) -> Path:
    return port.with_name(f".{port.name}.simulated")


def _taken(port: Path) -> Refused:
    return Refused(
        "simulate.port_taken",
        "{port} is not free: end the other simulation, or name another port in the site file",
        port=port,
    )
