"""The demo's site: its file as `config/demo.yaml` shows it, and who is on its registers."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from edge import catalogue
from edge.catalogue import Language
from edge.clock import DAY_S
from edge.demo import compound
from edge.registers import credentials, faces, people, vehicles, watchlist
from edge.registers.watchlist import Terms
from edge.site.loading import load
from edge.site.schema import Site
from edge.store import layout
from edge.store.database import open_database

LOOPS = 1000  # eleven hours; the devices stand still afterwards


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo's site lies, and the site itself."""

    folder: Path
    site: Site

    @property
    def site_file(self) -> Path:
        """The site file."""
        return self.folder / "site.yaml"

    @property
    def script(self) -> Path:
        """What happens to the devices, for `menwei simulate`."""
        return self.folder / "devices.txt"

    @property
    def ports(self) -> tuple[Path, ...]:
        """The simulated serial ports."""
        ports = (getattr(wire, "port", None) for wire in self.site.wires.values())
        return tuple(Path(port) for port in ports if isinstance(port, str))

    @property
    def database(self) -> Path:
        """The database that the daemon keeps."""
        return layout.database(self.site.storage.directory)


def site_data(videos: Mapping[str, str], port: int, language: Language) -> dict[str, Any]:
    """Return what the demo's site file says, for these sources and that broker's port."""

    def said(name: str) -> str:
        return catalogue.text(f"demo.{name}", language)

    whole = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    return {
        "site": {"id": "demo", "name": said("site_name"), "timezone": "Asia/Shanghai", "language": language},
        "cameras": {
            "gate-face": {
                "name": said("footpath_name"),
                "place": said("footpath_place"),
                "source": videos["gate-face"],
                "loop": True,
                "roles": ["face", "overview"],
                "purpose": "watchlist",
                "zones": {"forecourt": {"name": said("forecourt_name"), "polygon": whole}},
            },
            "gate-plate": {
                "name": said("lane_name"),
                "place": said("lane_place"),
                "source": videos["gate-plate"],
                "loop": True,
                "roles": ["plate"],
                "purpose": "access",
            },
            "fence-view": {
                "name": said("fence_camera"),
                "place": said("fence_place"),
                "source": videos["fence-view"],
                "loop": True,
                "roles": ["overview"],
                "purpose": "security",
                "analyse_fps": 2,
            },
        },
        "wires": compound.wires(Path("ports"), port, said),
        "access": compound.access(said),
        "people": {"unknown_forbidden": [{"zone": "gate-face/forecourt", "hours": ["00:00-24:00"]}]},
        "vehicles": {"unknown_alert": True},
        "uplink": {"mqtt": {"host": "127.0.0.1", "port": port, "tls": False}},
        "storage": {"directory": "./demo-site"},
    }


def set_up(folder: Path, videos: Mapping[str, Path], port: int, language: Language) -> Stage:
    """Write the site file into `folder` and read it back as the daemon will."""
    data = site_data({camera: str(path) for camera, path in videos.items()}, port, language)
    yaml = YAML()
    with (folder / "site.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(data, file)
    stage = Stage(folder, load(folder / "site.yaml"))
    stage.script.write_text(compound.script(LOOPS), encoding="utf-8")
    return stage


def register(stage: Stage, photographs: Path, now: float) -> None:
    """Enrol the resident and the car, and watch for one face and one plate; `now` is wall time.

    Refused, WeightsError: weights or photographs are missing or damaged.
    """
    from drivers.sim import gate_scene
    from edge.registers.enrolling import engine_for, templates_of

    def said(name: str) -> str:
        return catalogue.text(f"demo.{name}", stage.site.site.language)

    engine = engine_for(stage.site)
    stage.site.storage.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(open_database(stage.database)) as connection:
        key = faces.key_for(connection, layout.template_key(stage.site.storage.directory))
        resident = templates_of([photographs / f"{gate_scene.RESIDENT_ENROLS}.jpg"], engine)
        known = people.add(
            connection, key, name=said("resident"), consent=said("consent"), templates=resident, now=now
        )
        given = credentials.Terms(said("site_name"))
        card = compound.RESIDENTS_CARD
        credentials.add_card(connection, person=known.id, card=card, terms=given, now=now)
        watched = templates_of([photographs / f"{gate_scene.WATCHED_ENROLS}.jpg"], engine)
        terms = Terms("barred", said("watched_person_reason"), now + DAY_S, said("watched_person"))
        watchlist.add_face(connection, key, templates=watched, terms=terms, now=now)
        vehicles.add(connection, plate=gate_scene.REGISTERED_PLATE, owner=said("resident"), now=now)
        terms = Terms("wanted", said("watched_plate_reason"), now + DAY_S)
        watchlist.add_plate(connection, plate=gate_scene.WATCHED_PLATE, terms=terms, now=now)
