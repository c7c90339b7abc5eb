"""`menwei bench faces LABELS.csv`: people are named and strangers are not, on footage played live-like."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import numpy as np

from drivers.cameras import footage
from edge.bench.figures import Figure, publish
from edge.events import FaceSeen
from edge.refusal import Refused
from edge.site.schema import Camera, Recognition
from edge.vision.engines import Engines
from edge.vision.observer import CameraObserver
from models.faces.engine import FaceEngine, Template
from models.faces.enrolment import EnrolmentRefused, judged
from models.faces.gallery import Gallery
from models.faces.loading import ENGINES, load_engine
from models.faces.quality import picture_score
from models.weights import weights_folder

Outcome = Literal["named", "unknown", "wrong", "unseen"]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One recording and who is in it."""

    file: Path
    identity: str


@dataclass(frozen=True, slots=True)
class Run:
    """What came of each replayed recording, by whether its identity was enrolled."""

    enrolled: tuple[Outcome, ...]
    strangers: tuple[Outcome, ...]


@click.command("faces")
@click.argument("labels", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--leave-out", metavar="IDENTITY", help="Enrol everybody but this one, whose files must be unknown."
)
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True)
@click.pass_context
def command(ctx: click.Context, labels: Path, leave_out: str | None, engine: str, *, as_json: bool) -> None:
    """Enrol each identity from the best frame of its first file, replay the others.

    LABELS has the columns file (relative to it) and identity. Without --leave-out each identity is also
    left out in turn.
    """
    recordings = read_labels(labels)
    recognition = Recognition(face_engine=engine)
    loaded = load_engine(engine, weights_folder())
    if leave_out is not None and leave_out not in {r.identity for r in recordings}:
        raise Refused(
            "faces.labels_without_identity",
            "Nobody in {file} is called {identity}: correct --leave-out.",
            file=str(labels),
            identity=leave_out,
        )
    templates = enrol_each(recordings, loaded)
    if leave_out is None:
        figures = _figures("", replay(recordings, templates, None, recognition, loaded))
        for identity in templates:
            own = [r for r in recordings if r.identity == identity]
            run = replay(own, templates, identity, recognition, loaded)
            figures += _figures(f"{identity} left out: ", run)
    else:
        run = replay(recordings, templates, leave_out, recognition, loaded)
        figures = _figures(f"{leave_out} left out: ", run)
    ctx.exit(publish(figures, as_json=as_json))


def read_labels(labels: Path) -> list[Labelled]:
    """Return the rows of the label file. Refused: a row lacks its file or identity, or there is none."""
    try:
        with labels.open(encoding="utf-8-sig", newline="") as file:
            rows = [(row.get("file"), row.get("identity")) for row in csv.DictReader(file)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unusable(labels) from error
    recordings = [Labelled(labels.parent / name, identity) for name, identity in rows if name and identity]
    if not recordings or len(recordings) < len(rows):
        raise _unusable(labels)
    return recordings


def enrol_each(recordings: Iterable[Labelled], engine: FaceEngine) -> dict[str, Template]:
    """Return each identity's template, from the best frame of its first recording."""
    first: dict[str, Path] = {}
    for recording in recordings:
        first.setdefault(recording.identity, recording.file)
    return {identity: best_template(file, engine) for identity, file in first.items()}


def best_template(file: Path, engine: FaceEngine) -> Template:
    """Return the template of the best enrolable frame. Refused: no frame is good enough to enrol."""
    best_score, template = -1.0, None
    for frame in footage.frames(file, _camera(file).analyse_fps):
        picture = frame.bgr()
        try:
            face, measured = judged(picture, engine.detect(picture))
        except EnrolmentRefused:
            continue
        if picture_score(measured) > best_score:
            best_score, template = picture_score(measured), engine.embed(picture, face)
    if template is None:
        raise Refused(
            "faces.nothing_to_enrol",
            "No frame of {file} shows one face well enough to enrol it: choose another first file.",
            file=str(file),
        )
    return template


def replay(
    recordings: Sequence[Labelled],
    templates: dict[str, Template],
    left_out: str | None,
    recognition: Recognition,
    engine: FaceEngine,
) -> Run:
    """Play the recordings live-like against everybody's template but that of `left_out`.

    The recordings that others were enrolled from are not played.
    """
    known = {identity: t for identity, t in templates.items() if identity != left_out}
    gallery = _gallery(known, engine)
    enrolled: list[Outcome] = []
    strangers: list[Outcome] = []
    enrolled_from: set[str] = set()
    for recording in recordings:
        if recording.identity in known and recording.identity not in enrolled_from:
            enrolled_from.add(recording.identity)
            continue
        outcome = outcome_of(track_names(recording.file, gallery, engine, recognition), recording.identity)
        (enrolled if recording.identity in known else strangers).append(outcome)
    return Run(tuple(enrolled), tuple(strangers))


def track_names(
    video: Path, gallery: Gallery, engine: FaceEngine, recognition: Recognition
) -> list[str | None]:
    """Return what was published of each face in the recording, in order; None is an unknown face."""
    camera = _camera(video)
    observer = CameraObserver("bench", camera, recognition, Engines(face=engine, plate=None), gallery)
    reports, last_s = [], 0.0
    for frame in footage.frames(video, camera.analyse_fps):
        reports += observer.see(frame)
        last_s = frame.mono_s
    reports += observer.finish(last_s)
    return [r.observation.subject for r in reports if isinstance(r.observation, FaceSeen)]


def outcome_of(names: Sequence[str | None], identity: str) -> Outcome:
    """Judge what was published: one wrong name makes the recording wrong, one right name makes it named."""
    published = {n for n in names if n is not None}
    if published - {identity}:
        return "wrong"
    if published:
        return "named"
    return "unknown" if names else "unseen"


def _figures(prefix: str, run: Run) -> list[Figure]:
    figures = []
    if run.enrolled:
        total = len(run.enrolled)
        figures += [
            Figure(f"{prefix}named", run.enrolled.count("named"), f"of {total}", total),
            Figure(f"{prefix}unknown", run.enrolled.count("unknown"), f"of {total}"),
            Figure(f"{prefix}not seen", run.enrolled.count("unseen"), f"of {total}"),
            Figure(f"{prefix}wrongly named", run.enrolled.count("wrong"), f"of {total}", 0, "at most"),
        ]
    if run.strangers:
        total = len(run.strangers)
        figures += [
            Figure(f"{prefix}strangers unknown", run.strangers.count("unknown"), f"of {total}", total),
            Figure(f"{prefix}strangers named", run.strangers.count("wrong"), f"of {total}", 0, "at most"),
        ]
    return figures


def _gallery(templates: dict[str, Template], engine: FaceEngine) -> Gallery:
    if not templates:
        return Gallery.empty(engine)
    return Gallery(engine.name, tuple(templates), np.stack(list(templates.values())))


def _camera(file: Path) -> Camera:
    return Camera(name="bench", place="bench", source=str(file), roles=frozenset({"face"}), purpose="access")


def _unusable(labels: Path) -> Refused:
    return Refused(
        "faces.labels_unusable",
        "{file} cannot be used as labels: each row of the CSV file (UTF-8) needs a file and an identity.",
        file=str(labels),
    )
