"""A gate with a large compound's registers: its daemon, and both ends of its wires with their moments.

The daemon runs in its own process and recognises three cameras; readers and relay board are simulated and
note when an order arrived.
"""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from drivers.doors.osdp_keys import new_key, write_key
from drivers.doors.wiegand import Card, encode
from drivers.sim.modbus_frames import Asked
from drivers.sim.modbus_memory import PULSE
from drivers.sim.modbus_slaves import RelayBoard
from drivers.sim.modbus_wire import SerialBus
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader
from edge.bench import crowd
from edge.control.client import ControlClient
from edge.control.messages import AskHealth, Standing
from edge.demo import footage
from edge.demo.children import Children
from edge.refusal import Refused
from edge.site.loading import load
from edge.site.schema import Site
from edge.store import layout
from edge.store.database import open_database, transaction
from models.weights import photographs_folder

READERS = ("north", "south", "east")
LANES = ("in", "out")
CARD_BITS = 34
READY_WITHIN_S = 90.0
_OPENED_WITHIN_S = 5.0
_MENWEI = (sys.executable, "-c", "from edge.cli import main; main()")


class TimedBoard(RelayBoard):
    """A relay board that notes when each channel was told to pulse (monotonic seconds)."""

    def __init__(self, unit: int) -> None:
        super().__init__(unit, time.monotonic)
        self.pulsed: list[tuple[float, int]] = []

    def answer(self, asked: Asked) -> bytes:
        """Answer, and note the moment of a pulse."""
        if asked.function == 5 and asked.address >= PULSE:
            self.pulsed.append((time.monotonic(), asked.address - PULSE))
        return super().answer(asked)


@dataclass(slots=True)
class Gate:
    """What is measured at."""

    site: Site
    readers: dict[str, OsdpReader]
    board: TimedBoard
    people: int
    started_s: float = 0.0
    answered_s: float = 0.0
    _turn: int = field(default=0)

    def standing(self) -> Standing | None:
        """Return how everything stands, None while no daemon answers."""
        try:
            with ControlClient(self.site.storage.directory) as client:
                told = client.ask(AskHealth())
        except Refused:
            return None
        return told if isinstance(told, Standing) else None

    def show(self, card: tuple[int, int]) -> OsdpReader:
        """Show a card at the next reader, and return that."""
        self._turn += 1
        reader = self.readers[READERS[self._turn % len(READERS)]]
        reader.card(CARD_BITS, encode(CARD_BITS, Card(*card)))
        return reader

    def openings(self) -> list[float]:
        """Return when any lock was told to open, in order."""
        return sorted(at_s for reader in self.readers.values() for at_s in reader.inside.openings)

    def hold(self, card: tuple[int, int], within_s: float = _OPENED_WITHIN_S) -> float | None:
        """Hold a card at the next reader; return how long until its lock was told, None: not in time."""
        held_s = time.monotonic()
        reader = self.show(card)
        while time.monotonic() - held_s < within_s:
            opened = [at_s for at_s in reader.inside.openings if at_s >= held_s]
            if opened:
                return opened[0] - held_s
            time.sleep(0.002)
        return None


@contextmanager
def running(folder: Path, baud: int, people: int) -> Iterator[Gate]:
    """Bring up a gate whose registers hold `people`, with all readers secure and all cameras seen.

    Raises TimeoutError: it did not come up.
    """
    videos = footage.videos(photographs_folder(), footage.kept_folder(folder), lambda: None)
    site = _site(folder, baud, str(videos["gate-face"]), str(videos["gate-plate"]))
    _register(site, people)
    readers = {}
    for address, name in enumerate(READERS):
        key = new_key()
        write_key(name, folder / f"key-{address}", key)
        readers[name] = OsdpReader(address, key, time.monotonic)
    board = TimedBoard(1)
    with ExitStack() as open_things:
        line = OsdpLine(folder / "readers", list(readers.values()), mono=time.monotonic, baud=baud)
        line.start()
        open_things.callback(line.stop)
        bus = open_things.enter_context(SerialBus([board], 9600))
        (folder / "bus").symlink_to(bus.port)
        children = open_things.enter_context(Children(folder))
        gate = Gate(site, readers, board, people, time.monotonic())
        children.start("menwei", [*_MENWEI, "run", str(folder / "site.yaml")])
        _until(lambda: gate.standing() is not None, "the daemon does not answer")
        gate.answered_s = time.monotonic()
        _until(lambda: all(reader.secure for reader in readers.values()), "a reader is not secure")
        _until(lambda: _all_seen(gate.standing()), "a camera is not seen")
        yield gate


def register_card(site: Site, person: int, card: tuple[int, int]) -> None:
    """Give a person a further card behind the daemon's back, as another process does."""
    facility, number = card
    with closing(open_database(layout.database(site.storage.directory))) as connection:
        connection.execute(
            "INSERT INTO credentials (person, kind, card, added_s) VALUES (?, 'card', ?, 0)",
            (person, f"{facility}:{number}"),
        )


def frames(standing: Standing | None) -> int:
    """Return how many frames were analysed of all cameras."""
    return 0 if standing is None else sum(camera.frames for camera in standing.cameras)


def _all_seen(standing: Standing | None) -> bool:
    return standing is not None and all(camera.online for camera in standing.cameras)


def _until(holds: Any, otherwise: str) -> None:
    until_s = time.monotonic() + READY_WITHIN_S
    while not holds():
        if time.monotonic() > until_s:
            raise TimeoutError(otherwise)
        time.sleep(0.02)


def _register(site: Site, people: int) -> None:
    from drivers.sim import gate_scene

    site.storage.directory.mkdir()
    with closing(open_database(layout.database(site.storage.directory))) as connection:
        crowd.fill(connection, people)
        with transaction(connection):
            _cars(connection, [drive.plate for drive in gate_scene.DRIVES])


def _cars(connection: sqlite3.Connection, plates: list[str]) -> None:
    connection.executemany(
        "INSERT INTO vehicles (plate, owner, added_s) VALUES (?, '住户', 0)", [(plate,) for plate in plates]
    )


def _site(folder: Path, baud: int, faces: str, plates: str) -> Site:
    def camera(name: str, source: str, roles: list[str]) -> dict[str, Any]:
        return {
            "name": name,
            "place": name,
            "source": source,
            "loop": True,
            "roles": roles,
            "purpose": "access",
        }

    data = {
        "site": {"id": "access", "name": "access"},
        "cameras": {
            "people": camera("people", faces, ["face", "overview"]),
            **{f"lane-{lane}": camera(lane, plates, ["plate"]) for lane in LANES},
        },
        "wires": {"readers": _readers(baud), "bus": _board()},
        "access": {
            "rights": [{"kinds": ["resident"], "openings": ["all"]}],
            "lanes": {
                lane: {
                    "name": lane,
                    "place": lane,
                    "cameras": [f"lane-{lane}"],
                    "barrier": f"arm-{lane}",
                    "direction": lane,
                }
                for lane in LANES
            },
        },
        "recognition": {"workers": 2},
        "uplink": {"mqtt": {"host": "127.0.0.1", "port": 1, "tls": False}},
        "storage": {"directory": "store"},
    }
    with (folder / "site.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    return load(folder / "site.yaml")


def _readers(baud: int) -> dict[str, Any]:
    readers = {
        name: {"name": name, "place": name, "address": address, "key_file": f"key-{address}"}
        for address, name in enumerate(READERS)
    }
    return {"kind": "osdp", "port": "readers", "baud": baud, "readers": readers}


def raise_channel(lane: str) -> int:
    """Return the relay that raises a lane's arm."""
    return 2 * LANES.index(lane)


def _board() -> dict[str, Any]:
    outputs: dict[str, Any] = {}
    barriers: dict[str, Any] = {}
    for lane in LANES:
        channel = raise_channel(lane)
        outputs |= {f"up-{lane}": {"channel": channel}, f"down-{lane}": {"channel": channel + 1}}
        barriers[f"arm-{lane}"] = {
            "name": lane,
            "place": lane,
            "raise_output": f"up-{lane}",
            "lower_output": f"down-{lane}",
            "guards": [f"loop-{lane}"],
        }
    board = {
        "name": "board",
        "place": "lanes",
        "unit": 1,
        "outputs": outputs,
        "contacts": {f"loop-{lane}": {"address": number} for number, lane in enumerate(LANES)},
        "barriers": barriers,
    }
    return {"kind": "modbus", "port": "bus", "relay_boards": {"board": board}}
