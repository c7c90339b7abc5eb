"""`menwei bench plates LABELS.csv`: how many plates of labelled pictures are read exactly.

The columns are file (relative to the table), text, type (the ground's colour), box and corners. Without
box and corners a picture is one plate, cut out tightly; else it is a full picture, searched end to end.
"""

import csv
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import cv2
import numpy as np

from edge import catalogue
from edge.bench.figures import Figure, publish
from edge.refusal import Refused
from models.plates.engine import PlateEngine
from models.plates.found import Picture, whole
from models.plates.grammar import Colour, may_bear
from models.plates.vote import Verdict, vote
from models.weights import weights_folder

Kind = Literal["crops", "frames"]

_COLUMNS = ("file", "text", "type", "box", "corners")
_GOALS: dict[Kind, float] = {"crops": 97.0, "frames": 90.0}  # per cent
_COLOURS = frozenset(c.value for c in Colour)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One row of the table; `colour` is None where the table names none that a ground can have."""

    path: Path
    text: str
    colour: str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was published of one labelled picture, and what it cost in seconds of processor time."""

    labelled: Labelled
    published: tuple[Verdict, ...]
    cpu_s: float

    @property
    def exact(self) -> bool:
        """Whether the labelled text was published."""
        return any(v.text == self.labelled.text for v in self.published)


@click.command()
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(labels: Path, *, as_json: bool) -> None:
    """Read every plate of LABELS.csv from its one picture and count the exact ones."""
    rows = labelled(labels)
    engine = PlateEngine(weights_folder())
    told = catalogue.text("plates.reading", catalogue.language_of())
    with click.progressbar(rows, label=told, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        outcomes = [read(engine, row) for row in bar]
    sys.exit(publish(figures(outcomes), as_json=as_json))


def labelled(labels: Path) -> list[Labelled]:
    """Return the rows of the table. Raises Refused for what is no such table, or an empty one."""
    try:
        with labels.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, restval="")
            missing = sorted(set(_COLUMNS) - set(table.fieldnames or ()))
            rows = [] if missing else [_row(labels.parent, row) for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        sentence = "{path} cannot be read as a table: {reason}"
        raise Refused("plates.labels_unreadable", sentence, path=labels, reason=error) from error
    if missing:
        sentence = "{path} lacks the columns {columns}"
        raise Refused("plates.labels_columns", sentence, path=labels, columns=", ".join(missing))
    if not rows:
        raise Refused("plates.labels_empty", "{path} labels no picture", path=labels)
    return rows


def read(engine: PlateEngine, row: Labelled) -> Outcome:
    """Read one picture as if it were all there is of the plate. Raises Refused for what is no picture."""
    picture = _picture(row.path)
    started = time.process_time()
    found = [whole(picture)] if row.kind == "crops" else engine.detect(picture)
    verdicts = [vote([engine.read(picture, plate)]) for plate in found]
    published = tuple(v for v in verdicts if v is not None)
    return Outcome(row, published, time.process_time() - started)


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return the figures; kinds of pictures that the table does not hold are left out."""
    told: list[Figure] = []
    kinds: tuple[Kind, ...] = ("crops", "frames")
    for kind in kinds:
        of_kind = [o for o in outcomes if o.labelled.kind == kind]
        if of_kind:
            told += _of_kind(kind, of_kind)
    published = [v for o in outcomes for v in o.published]
    broken = sum(1 for v in published if not may_bear(v.colour, v.text))
    told.append(Figure("published reads that break the grammar", broken, "reads", 0, "at most"))
    pairs = [(o.labelled.colour, v.colour) for o in outcomes for v in o.published if o.exact]
    wrong = sum(1 for truth, seen in pairs if truth is not None and seen is not None and truth != seen)
    told.append(Figure("published with another colour than labelled", wrong, "reads"))
    return told


def _of_kind(kind: Kind, outcomes: Sequence[Outcome]) -> Iterable[Figure]:
    count = len(outcomes)
    exact = 100 * sum(o.exact for o in outcomes) / count
    wrong = sum(v.text != o.labelled.text for o in outcomes for v in o.published)
    yield Figure(f"{kind} read exactly", exact, "%", _GOALS[kind])
    yield Figure(f"{kind} labelled", count, "pictures")
    yield Figure(f"{kind}: other texts published", wrong, "reads")
    yield Figure(f"{kind}: processor time", 1000 * sum(o.cpu_s for o in outcomes) / count, "ms each")


def _row(folder: Path, row: dict[str, str]) -> Labelled:
    kind: Kind = "frames" if row["box"].strip() or row["corners"].strip() else "crops"
    colour = row["type"].strip()
    return Labelled(folder / row["file"], row["text"].strip(), colour if colour in _COLOURS else None, kind)


def _picture(path: Path) -> Picture:
    try:
        data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError as error:
        sentence = "{path} cannot be read: {reason}"
        raise Refused("plates.picture_unreadable", sentence, path=path, reason=error.strerror) from error
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise Refused("plates.no_picture", "{path} is no picture that can be decoded", path=path)
    return picture.astype(np.uint8, copy=False)
