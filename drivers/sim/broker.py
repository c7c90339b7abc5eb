"""An MQTT broker for demonstrations and tests: iotcore as a child process that listens on 127.0.0.1 only.

It keeps nothing over a restart. A site runs mosquitto.
"""

import contextlib
import importlib.util
import json
import signal
import socket
import subprocess
import sys
import time
from typing import Self

from drivers.base import Misconfigured, Transient

HOST = "127.0.0.1"
START_WITHIN_S = 10.0
STOP_WITHIN_S = 5.0
# Pictures travel as base64 in JSON; iotcore's own limit of 20 kB cuts the connection under them.
LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024

# The child ends when its standard input does, so that none outlives its parent.
_CHILD = "from iotcore._serve import main; main()"


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """A broker that can be started, stopped and killed again and again, on one port."""

    def __init__(self, port: int | None = None) -> None:
        self.host = HOST
        self.port = free_port() if port is None else port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the broker and return when it accepts connections.

        Raises Misconfigured when iotcore is not installed, Transient when the broker does not come up.
        """
        if self._process is not None:
            return
        _require_iotcore()
        if _answers(self.host, self.port):
            raise self._not_up()
        options = json.dumps(
            {"listen": self.host, "port": self.port, "max_payload_size": LARGEST_MESSAGE_BYTES}
        )
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _CHILD, options],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if _answers(self.host, self.port):
                return
            time.sleep(0.02)
        self.kill()
        raise self._not_up()

    def stop(self) -> None:
        """End the broker; may be called again."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _not_up(self) -> Transient:
        return Transient(
            "broker.not_up",
            "the embedded broker did not come up on {host}:{port}: is another program using the port?",
            host=self.host,
            port=self.port,
        )

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def _require_iotcore() -> None:
    if importlib.util.find_spec("iotcore") is None:
        raise Misconfigured(
            "broker.not_installed", "the embedded broker is not installed: pip install 'menwei[demo]'"
        )


def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.2):
        return True
    return False
