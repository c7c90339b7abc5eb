"""The devices of the demo's compound, and what happens to them in a loop as long as its videos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

FENCE_ZONES = 8
RESIDENTS_CARD = "17:1042"  # a simulated card of number 1042
PATROL_PORTS = ("garden", "playground", "parking", "east-wall")

# In step with the videos: somebody walks along the fence from second 8 to 20, cars come at 1, 14 and 27.
LOOP = """\
+2 card 1042 at north-door
+4 open north-door
+7 close north-door
+9 climb zone 3 of east-fence
+13 car at main-barrier
+15 crowd 25 at east-probe
+18 car gone from main-barrier
+20 mend zone 3 of east-fence
+22 tag 0A0058B7C1 at patrol-garden
+24 card 77 at patrol-north
+25 card 4321 at south-door
+26 exit at south-door
+27 open south-door
+29 close south-door
+31 unplug patrol-parking-port
+38 plug patrol-parking-port
"""


def script(loops: int) -> str:
    """Return what happens, `loops` times over, as a script of `menwei simulate`."""
    from drivers.sim.gate_scene import LOOP_S

    lines = [line.split(" ", 1) for line in LOOP.splitlines()]
    return "".join(f"+{loop * LOOP_S + float(at):g} {verb}\n" for loop in range(loops) for at, verb in lines)


def wires(ports: Path, broker_port: int, said: Callable[[str], str]) -> dict[str, Any]:
    """Return the site file's wires, with their ports in a folder; `said` gives a name of the catalogue."""
    found: dict[str, Any] = {
        "gate-readers": {
            "kind": "osdp",
            "port": str(ports / "gate-readers"),
            "readers": {
                "north-door": _reader(said("north_door"), said("north_place"), 0, ports),
                "south-door": _reader(said("south_door"), said("south_place"), 1, ports),
                "patrol-north": _point(said("patrol_north"), said("north_place"), 2, ports),
                "patrol-south": _point(said("patrol_south"), said("south_place"), 3, ports),
            },
        },
        "fence-bus": {
            "kind": "modbus",
            "port": str(ports / "fence-bus"),
            "fences": {"east-fence": _fence(said)},
            "relay_boards": {"lane-board": _lane_board(said)},
        },
        "east-probe-port": {
            "kind": "probe-serial",
            "port": str(ports / "east-probe"),
            "probes": {"east-probe": {"name": said("east_probe"), "place": said("fence_place")}},
        },
        "probe-broker": {
            "kind": "probe-mqtt",
            "host": "127.0.0.1",
            "port": broker_port,
            "topics": ["probes/+"],
            "probes": {
                "garden-probe": {
                    "name": said("garden_probe"),
                    "place": said("garden_place"),
                    "sender": "probes/garden",
                }
            },
        },
    }
    for point in PATROL_PORTS:
        words = point.replace("-", "_")
        reader = {"name": said(f"patrol_{words}"), "place": said(f"{words}_place")}
        found[f"patrol-{point}-port"] = {
            "kind": "patrol-serial",
            "port": str(ports / f"patrol-{point}"),
            "readers": {f"patrol-{point}": reader},
        }
    return found


def access(said: Callable[[str], str]) -> dict[str, Any]:
    """Return who passes what: residents and staff by card, cars by plate."""
    doors = ("north-door", "south-door")
    lane = {
        "name": said("lane_name"),
        "place": said("lane_place"),
        "cameras": ["gate-plate"],
        "barrier": "main-barrier",
        "direction": "in",
        "presence": "lane-board/loop",
    }
    return {
        "rights": [{"kinds": ["resident", "tenant", "staff", "patroller"], "openings": ["all"]}],
        "doors": {door: {"ways": [["card"]], "fail": "safe"} for door in doors},
        "lanes": {"main-lane": lane},
    }


def _reader(name: str, place: str, address: int, ports: Path) -> dict[str, Any]:
    return {"name": name, "place": place, "address": address, "key_file": str(ports / f"osdp-key-{address}")}


def _point(name: str, place: str, address: int, ports: Path) -> dict[str, Any]:
    return {**_reader(name, place, address, ports), "door": None, "patrol_point": True}


def _fence(said: Callable[[str], str]) -> dict[str, Any]:
    zones = {
        str(number): {"name": f"{said('fence_stretch')} {number}", "cameras": ["fence-view"]}
        for number in range(1, FENCE_ZONES + 1)
    }
    return {
        "name": said("fence_name"),
        "place": said("fence_place"),
        "unit": 1,
        "profile": "generic-16di",
        "zones": zones,
    }


def _lane_board(said: Callable[[str], str]) -> dict[str, Any]:
    place = said("lane_place")
    return {
        "name": said("board_name"),
        "place": place,
        "unit": 20,
        "outputs": {
            "arm-up": {"channel": 0},
            "arm-down": {"channel": 1},
            "siren": {"channel": 2, "longest_ms": 180_000},
            "strobe": {"channel": 3, "longest_ms": 180_000},
        },
        "contacts": {
            "loop": {"address": 0, "name": said("loop_name")},
            "beam": {"address": 1, "normally_closed": True, "name": said("beam_name")},
        },
        "barriers": {
            "main-barrier": {
                "name": said("barrier_name"),
                "place": place,
                "raise_output": "arm-up",
                "lower_output": "arm-down",
                "guards": ["loop", "beam"],
            }
        },
        "sounders": {
            "gate-siren": {"name": said("siren_name"), "place": place, "outputs": ["siren", "strobe"]}
        },
    }
