"""A daemon as a site runs it, simulated devices at its wires, and the commands of an installer."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress

from edge.control.client import ControlClient
from edge.control.messages import AskHealth, Observed
from edge.refusal import Refused
from edge.simulation.compound import SimulatedCompound
from edge.site.loading import load
from edge.store import journal, layout
from edge.store.database import open_database

# Far beyond what anything here takes, for a machine that is busy with other things.
PATIENCE_S = 40.0

SITE = """
site: {{id: devices-test, name: 测试小区, language: en}}
cameras:
  lane: {{name: 车道摄像机, place: lane, source: missing.mp4, roles: [overview], purpose: security}}
wires:
  readers:
    kind: osdp
    port: ports/readers
    baud: 38400
    readers:
      north: {{name: 北门, place: 北门通道, address: 0, key_file: keys/0}}
      post: {{name: 岗亭, place: 岗亭, address: 1, key_file: keys/1, door: null, patrol_point: true}}
  network:
    kind: uhppote
    listen_host: 127.0.0.1
    listen_port: {ports[0]}
    controllers:
      club:
        name: 会所控制器
        place: 会所
        serial: 405419896
        host: 127.0.0.1
        port: {ports[1]}
        doors: {{club-door: {{name: 会所门, place: 会所, number: 1}}}}
  bus:
    kind: modbus
    port: ports/bus
    baud: 38400
    fences:
      fence:
        name: 围栏
        place: 东墙
        unit: 1
        profile: generic-16di
        zones: {{"1": {{name: 北段}}, "2": {{name: 南段}}}}
    relay_boards:
      board:
        name: 继电器板
        place: 车道
        unit: 2
        outputs:
          lock: {{channel: 0}}
          up: {{channel: 1}}
          down: {{channel: 2}}
          siren: {{channel: 3}}
          lamp: {{channel: 4, lasting: true}}
        contacts: {{door: {{address: 0}}, loop: {{address: 1, name: 地感}}, fire: {{address: 2, name: 消防}}}}
        locks: {{side: {{name: 侧门, place: 车道, output: lock, door_contact: door}}}}
        barriers:
          arm: {{name: 道闸, place: 车道, raise_output: up, lower_output: down, guards: [loop], travel_s: 1}}
        sounders: {{horn: {{name: 警号, place: 车道, outputs: [siren], rest_s: 0}}}}
  air:
    kind: probe-udp
    listen_host: 127.0.0.1
    listen_port: {ports[2]}
    probes: {{probe: {{name: 探针, place: 东墙}}}}
  patrol:
    kind: patrol-serial
    port: ports/patrol
    readers: {{point: {{name: 巡查点, place: 花园}}}}
uplink: {{mqtt: {{host: 127.0.0.1, port: {ports[3]}, tls: false}}}}
storage: {{directory: store}}
"""

DEVICES = (
    "north", "post", "club", "club-door", "fence", "board", "side", "arm", "horn", "probe", "point",
)  # fmt: skip


class Gate:
    """One site, both ends of its wires, and its daemon."""

    def __init__(self, folder, further="", wires=""):
        self.folder = folder
        self.file = folder / "site.yaml"
        self.file.write_text(
            SITE.replace("wires:\n", f"wires:\n{wires}").format(ports=_free_ports()) + further,
            encoding="utf-8",
        )
        self.site = load(self.file)
        self.storage = self.site.storage.directory
        self.compound = SimulatedCompound(self.site, os.environ)
        self.environment = os.environ | {"MENWEI_LANGUAGE": "en", "MENWEI_SITE": str(self.file)}
        self._daemons = []

    def up(self):
        """Start the daemon, and wait until it hears every device."""
        with (self.folder / "daemon.log").open("ab") as log:
            self._daemons.append(subprocess.Popen(_menwei("run", str(self.file)), stdout=log, stderr=log))
        self.until(self.all_online)

    def down(self):
        """End the daemon in good order; return its exit code."""
        self._daemons[-1].send_signal(signal.SIGTERM)
        return self._daemons[-1].wait(PATIENCE_S)

    def end(self):
        for daemon in self._daemons:
            daemon.kill()
            daemon.wait()

    def log(self):
        return (self.folder / "daemon.log").read_text("utf-8")

    def tell(self, words):
        self.compound.tell(words)

    def client(self):
        return ControlClient(self.storage)

    def standing(self, device):
        with self.client() as client:
            devices = client.ask(AskHealth()).devices
        return next(one for one in devices if one.device == device)

    def all_online(self):
        with suppress(Refused), self.client() as client:
            return all(device.online for device in client.ask(AskHealth()).devices)
        return False

    def until(self, holds, within_s=PATIENCE_S):
        until_s = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < until_s, self.log()[-4000:]
            time.sleep(0.1)

    def journalled(self, kind, after=0):
        """Return every observation of a kind in the journal."""
        with closing(open_database(layout.database(self.storage))) as connection:
            rows = list(journal.read(connection, after, 100_000))
        return [row.observation for row in rows if isinstance(row.observation, kind)]

    def menwei(self, *arguments, language="en"):
        """Run a command to its end."""
        environment = self.environment | {"MENWEI_LANGUAGE": language}
        return subprocess.run(
            _menwei(*arguments), env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def talk(self, *arguments, language="en"):
        """Start a command that talks with its user."""
        return Talk(_menwei(*arguments), self.environment | {"MENWEI_LANGUAGE": language})


class Talk:
    """A command at work, whose output is waited for and whose questions are answered. Closed by `with`."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(
            command,
            env=environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.said = ""
        self._seen = 0
        self._raw = b""

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def hear(self, words, within_s=PATIENCE_S):
        """Wait until these words come, after those waited for before."""
        until_s = time.monotonic() + within_s
        while words not in self.said[self._seen :]:
            left_s = until_s - time.monotonic()
            assert left_s > 0, f"{words!r} did not come: {self.said}"
            assert self._read(left_s), f"{words!r} did not come before the end: {self.said}"
        self._seen = self.said.index(words, self._seen) + len(words)

    def answer(self, words):
        self.process.stdin.write(words.encode() + b"\n")
        self.process.stdin.flush()

    def hang_up(self):
        self.process.stdin.close()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def end(self):
        """Wait for the end; return the exit code."""
        until_s = time.monotonic() + PATIENCE_S
        while self._read(max(0.1, until_s - time.monotonic())):
            assert time.monotonic() < until_s, self.said
        return self.process.wait(PATIENCE_S)

    def _read(self, within_s):
        if not select.select([self.process.stdout], [], [], within_s)[0]:
            return True
        part = os.read(self.process.stdout.fileno(), 4096)
        self._raw += part
        self.said = self._raw.decode("utf-8", "ignore")
        return bool(part)


def followed(client, kind, within_s=PATIENCE_S, **values):
    """Wait for an observation of a kind with these values."""
    until_s = time.monotonic() + within_s
    while (left_s := until_s - time.monotonic()) > 0:
        told = client.next(left_s)
        seen = told.observation if isinstance(told, Observed) else None
        if isinstance(seen, kind) and all(getattr(seen, name) == value for name, value in values.items()):
            return seen
    raise AssertionError(f"nobody told {kind.__name__} {values} within {within_s} s")


def rows(output):
    return {row["device"]: row for row in json.loads(output)["devices"]}


def _menwei(*arguments):
    return [sys.executable, "-m", "edge", *arguments]


def _free_ports():
    kinds = (socket.SOCK_DGRAM, socket.SOCK_DGRAM, socket.SOCK_DGRAM, socket.SOCK_STREAM)
    taken = [socket.socket(socket.AF_INET, kind) for kind in kinds]
    for sock in taken:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in taken]
    for sock in taken:
        sock.close()
    return ports
