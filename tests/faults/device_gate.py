"""A gate whose daemon runs as a site runs it, with simulated devices at the other end of every wire."""

import contextlib
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from drivers.sim.broker import Broker
from edge.events import Stamped
from edge.simulation.compound import SimulatedCompound
from edge.site.loading import load
from edge.site.schema import Site
from edge.store import alert_rows, journal, layout
from tests.faults.device_site import (
    CONTROLLER_S,
    PATROL_S,
    PROBE_S,
    READER_S,
    SITE,
    STATION_S,
    TOKEN,
)

# Far beyond what anything here takes, for a machine that is busy with other things.
PATIENCE_S = 30.0


class Gate:
    """A site in a folder: its devices, its broker and its daemon."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Broker()
        self.site_file = folder / "site.yaml"
        self.site_file.write_text(
            SITE.format(
                broker=self.broker.port,
                ports=free_ports(6),
                reader_s=READER_S,
                controller_s=CONTROLLER_S,
                station_s=STATION_S,
                probe_s=PROBE_S,
                patrol_s=PATROL_S,
            ),
            encoding="utf-8",
        )
        self.site: Site = load(self.site_file)
        self.environment = os.environ | {"DEVICE_FAULTS_TOKEN": TOKEN}
        self.compound = SimulatedCompound(self.site, self.environment)
        self.daemons: list[subprocess.Popen[bytes]] = []
        self._database: sqlite3.Connection | None = None
        self._rows: list[Stamped] = []

    def up(self) -> None:
        """Start the daemon."""
        with (self.folder / f"daemon-{len(self.daemons)}.log").open("wb") as log:
            command = [sys.executable, "-m", "edge", "run", str(self.site_file)]
            self.daemons.append(subprocess.Popen(command, stdout=log, stderr=log, env=self.environment))

    def killed(self) -> None:
        """Kill the daemon as a power cut would."""
        self.daemons[-1].kill()
        self.daemons[-1].wait()

    def down(self) -> int:
        """End the daemon in good order; return its exit code."""
        self.daemons[-1].send_signal(signal.SIGTERM)
        return self.daemons[-1].wait(PATIENCE_S)

    def tell(self, *words: str) -> float:
        """Let things happen to the devices; return when the first of them began (monotonic)."""
        began_s = time.monotonic()
        for line in words:
            self.compound.tell(line)
        return began_s

    def mark(self) -> int:
        """Return the journal's last number."""
        rows = self.rows()
        return rows[-1].seq if rows else 0

    def rows(self, after: int = 0) -> list[Stamped]:
        """Return what the daemon journalled after a mark."""
        self._database = self._database or self._opened()
        while self._database is not None:
            new = list(journal.read(self._database, self._rows[-1].seq if self._rows else 0))
            self._rows += new
            if not new:
                break
        return [row for row in self._rows if row.seq > after]

    def all(self, kind: type, after: int = 0, **values: object) -> list[Any]:
        """Return the journalled observations of a kind and with these values."""
        return [
            row.observation
            for row in self.rows(after)
            if isinstance(row.observation, kind)
            and all(getattr(row.observation, name) == value for name, value in values.items())
        ]

    def wait(self, kind: type, after: int = 0, within_s: float = PATIENCE_S, **values: object) -> Any:
        """Return the first observation of a kind and with these values that was journalled after a mark."""
        found = self.until(lambda: self.all(kind, after, **values), within_s)
        assert found, f"not journalled: {kind.__name__} {values}\n{self.told(after)}"
        return found[0]

    def alerts(self, after: int = 0, **values: object) -> list[Any]:
        """Return the alerts that were raised by what was journalled after a mark."""
        return [
            alert
            for alert in (alert_rows.read(self._database) if self._database else ())
            if alert.cause_seq > after and all(getattr(alert, name) == v for name, v in values.items())
        ]

    def alert(self, after: int = 0, within_s: float = PATIENCE_S, **values: object) -> Any:
        """Return the alert with these values that was raised after a mark."""
        found = self.until(lambda: self.alerts(after, **values), within_s)
        assert found, f"no alert {values}\n{self.told(after)}"
        return found[0]

    def until(self, true: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
        """Return what becomes true, or what is not in time."""
        until_s = time.monotonic() + within_s
        while not (found := true()) and time.monotonic() < until_s:
            assert not self.daemons or self.daemons[-1].poll() is None, f"the daemon ended\n{self.log()}"
            time.sleep(0.05)
        return found

    def told(self, after: int) -> str:
        """Return what was journalled after a mark and the end of the log, for a test that fails."""
        lines = [f"{row.seq} {row.observation}" for row in self.rows(after)]
        lines += [f"{a.kind} {a.device} {a.text.en}" for a in self.alerts(after)]
        return "\n".join([*lines, self.log()[-4000:]])

    def log(self) -> str:
        """Return what the daemons wrote to their logs."""
        return "".join(path.read_text("utf-8") for path in sorted(self.folder.glob("daemon-*.log")))

    def written(self) -> dict[str, bytes]:
        """Return all that the daemons wrote: every file of their storage, and their logs."""
        stored = [path for path in self.site.storage.directory.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in (*stored, *self.folder.glob("daemon-*.log"))}

    def close(self) -> None:
        """End what still runs."""
        if self._database is not None:
            self._database.close()
        for daemon in self.daemons:
            daemon.kill()
            daemon.wait()

    def _opened(self) -> sqlite3.Connection | None:
        """Return the database, opened for reading, once the daemon has made its tables."""
        file = layout.database(self.site.storage.directory)
        if not file.exists():
            return None
        database = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None)
        if database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'device_state'").fetchone() == (
            1,
        ):
            return database
        database.close()
        return None


@contextlib.contextmanager
def gate(folder: Path) -> Iterator[Gate]:
    """A gate with its broker and devices up; the daemon is started with `up`."""
    made = Gate(folder)
    try:
        with made.broker, made.compound:
            yield made
            made.close()
    finally:
        made.close()


def age_told(alert: Any) -> bool:
    """Whether an alert says how long ago the device was heard, or that it never was."""
    told = [why.en for why in alert.why]
    return any(re.fullmatch(r"the last answer came \d+\.\d s before", text) for text in told) or (
        "no answer came since the start" in told
    )


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that were free a moment ago, for TCP and UDP.

    They lie below those that the kernel gives to outgoing connections, which would take them meanwhile.
    """
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port = random.randrange(15_000, 30_000)
            tcp = held.enter_context(socket.socket())
            udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                ports.append(port)
        return ports
