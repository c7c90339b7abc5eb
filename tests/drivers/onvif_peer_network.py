"""Two networks joined by one cable: a camera that listens on every address in one, the box in the other."""

import contextlib
import ctypes
import json
import os
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

PEER = Path(__file__).with_name("onvif_peer.py")
PYTHON = Path(__file__).resolve().parents[2] / ".cache" / "peers" / "ipycam" / "bin" / "python"
# Addresses that are set aside for documentation; they exist in these two networks alone.
CAMERA = "192.0.2.10"
BOX = "192.0.2.1"
CLONE_NEWNET = 0x40000000


class Network:
    """A network namespace that lasts as long as this object is not closed."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", "ip link set lo up && echo up && exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.up = self._holder.stdout.readline().strip() == "up"

    @property
    def pid(self) -> int:
        return self._holder.pid

    @property
    def enter(self) -> list[str]:
        """What stands before a command that shall run in here."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net"]

    def ip(self, *arguments: str) -> bool:
        command = [*self.enter, "ip", *arguments]
        return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0

    def run(self, call: Callable[[], Any]) -> Any:
        """Return what `call` returns on a thread of this process that lives in here."""

        def enter() -> Any:
            descriptor = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                assert libc.setns(descriptor, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            finally:
                os.close(descriptor)
            return call()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(enter).result()

    def close(self) -> None:
        self._holder.stdin.close()
        self._holder.wait(10)
        self._holder.stdout.close()


class Peer:
    """ipycam in a network, with its faults as verbs."""

    def __init__(self, network: Network, folder: Path, how: dict[str, Any]) -> None:
        self._errors = (folder / "ipycam.err").open("w+")
        self._process = subprocess.Popen(
            [*network.enter, PYTHON, PEER, json.dumps(how)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=folder,
        )
        assert self._said()["what"] == "ready"

    def state(self) -> dict[str, Any]:
        """Where it points, and how many logins it refused."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._said()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _said(self) -> dict[str, Any]:
        ready, _, _ = select.select([self._process.stdout], [], [], 30)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._errors.seek(0)
            pytest.fail(f"ipycam said nothing: {self._errors.read()[-500:]}")
        return json.loads(line)


class Cable:
    """The camera's network and the box's, and the cable between them."""

    def __init__(self) -> None:
        self.camera, self.box = Network(), Network()
        self.joined = (
            self.camera.up
            and self.box.up
            and self.camera.ip("link", "add", "cam0", "type", "veth", "peer", "name", "eth7")
            and self.camera.ip("link", "set", "eth7", "netns", str(self.box.pid))
            and self.camera.ip("addr", "add", f"{CAMERA}/24", "dev", "cam0")
            and self.box.ip("addr", "add", f"{BOX}/24", "dev", "eth7")
            and self.camera.ip("link", "set", "cam0", "up")
            and self.box.ip("link", "set", "eth7", "up")
        )

    def pull(self) -> None:
        """Take the plug out of the camera."""
        assert self.camera.ip("link", "set", "cam0", "down")

    def plug(self) -> None:
        """Put it in again."""
        assert self.camera.ip("link", "set", "cam0", "up")

    def close(self) -> None:
        self.camera.close()
        self.box.close()


@contextlib.contextmanager
def cable() -> Iterator[Cable]:
    """Yield two joined networks; skip where this machine lets nobody make any."""
    if any(shutil.which(tool) is None for tool in ("unshare", "nsenter", "ip")):
        pytest.skip("no unshare, nsenter or ip: scripts/peers installs util-linux and iproute2")
    made = Cable()
    try:
        if not made.joined:
            pytest.skip("this machine permits no network of one's own (unshare -n, veth)")
        yield made
    finally:
        made.close()


def require_ipycam() -> None:
    """Skip where the virtual camera is not installed or does not find the product's numpy and OpenCV."""
    if not PYTHON.exists():
        pytest.skip(f"no environment with PyPI's ipycam: {PYTHON} (scripts/peers makes it)")
    tried = subprocess.run([PYTHON, "-c", "import ipycam"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"ipycam cannot be imported: {tried.stderr.strip().splitlines()[-1]}")
