"""`menwei bench vision`: what seeing costs, each figure a ratio measured in turns within one run."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import click
import cv2
import numpy as np

from drivers.cameras import footage
from edge.bench import vision_scene
from edge.bench.figures import Figure, publish
from models import motion
from models.faces import dlib_engine, yunet_sface
from models.weights import photographs_folder, weights_folder

_TURNS = 7
_GATE_FPS = 5.0
_GATE_GOAL = 1.25
_FACE_GOAL = 4.0


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the figures are measured on: a recording, weights, photographs."""

    recording: Path
    weights: Path
    photographs: Path


def gate_figures(inputs: Inputs) -> list[Figure]:
    """Return what a recording costs decoded and gated at 5 fps, beside PyAV that only decodes it."""
    costs = in_turns(lambda: _gated(inputs.recording), lambda: _decoded(inputs.recording))
    seconds = footage.inspect(inputs.recording).duration_s or float("nan")
    return [
        Figure("decoded and gated at 5 fps / bare decoding", costs.ratio, "times", _GATE_GOAL, "at most"),
        Figure("decoded and gated at 5 fps", 1000 * costs.first_s / seconds, "ms/s"),
        Figure("bare decoding", 1000 * costs.second_s / seconds, "ms/s"),
    ]


def face_figures(inputs: Inputs) -> list[Figure]:
    """Return what a full pass over a picture with one face costs, beside `face_recognition`'s.

    Raises WeightsError where weights are missing, EngineAbsent where the package is not installed.
    """
    engine = yunet_sface.load(inputs.weights)
    package = dlib_engine.load().package
    picture = vision_scene.one_face(inputs.photographs)
    rgb = np.ascontiguousarray(picture[:, :, ::-1])

    def ours() -> int:
        return len([engine.embed(picture, face) for face in engine.detect(picture)])

    def theirs() -> int:
        # As its README does: locations, then the encodings at these.
        return len(package.face_encodings(rgb, package.face_locations(rgb)))

    faces = (ours(), theirs())
    costs = in_turns(theirs, ours)
    return [
        Figure("face_recognition's pass / our full pass", costs.ratio, "times", _FACE_GOAL),
        Figure("our full pass, 640x360, one face", 1000 * costs.second_s, "ms"),
        Figure("face_recognition's pass", 1000 * costs.first_s, "ms"),
        Figure("both found the one face", float(faces == (1, 1)), "", 1.0),
    ]


FIGURES: tuple[Callable[[Inputs], Iterable[Figure]], ...] = (face_figures, gate_figures)


@click.command("vision")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--footage",
    "recording",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recording to decode; a 1080p25 scene is drawn if absent.",
)
@click.pass_context
def command(ctx: click.Context, recording: Path | None, *, as_json: bool) -> None:
    """Compare the processor time of our passes with that of their peers."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        measured = recording or vision_scene.draw(Path(folder) / "scene.mp4")
        inputs = Inputs(measured, weights_folder(), photographs_folder())
        figures = [figure for measure in FIGURES for figure in measure(inputs)]
    ctx.exit(publish(figures, as_json=as_json))


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor seconds of two passes, least of all turns, and the median of the turns' ratios."""

    first_s: float
    second_s: float
    ratio: float


def in_turns(
    first: Callable[[], Any], second: Callable[[], Any], cpu: Callable[[], float] = time.process_time
) -> Costs:
    """Run two passes in turns, so that a busy machine slows both; both run once unmeasured before."""
    first()
    second()
    pairs = [(_cost(first, cpu), _cost(second, cpu)) for _ in range(_TURNS)]
    return Costs(
        first_s=min(a for a, _ in pairs),
        second_s=min(b for _, b in pairs),
        ratio=statistics.median(a / b for a, b in pairs),
    )


def _cost(work: Callable[[], Any], cpu: Callable[[], float]) -> float:
    began = cpu()
    work()
    return cpu() - began


def _gated(recording: Path) -> int:
    state, moving = motion.MotionState(), 0
    for frame in footage.frames(recording, _GATE_FPS):
        state, seen = motion.step(state, frame.luma, frame.mono_s)
        moving += bool(seen.regions)
    return moving


def _decoded(recording: Path) -> int:
    with av.open(str(recording)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        return sum(1 for _ in container.decode(video=0))
