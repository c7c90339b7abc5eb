"""`menwei simulate SITE`: the other end of every wire of a site file."""

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from edge import catalogue
from edge.refusal import Refused
from edge.simulation import verbs
from edge.simulation.compound import SimulatedCompound
from edge.simulation.verbs import Timed
from edge.site.loading import load

_GLANCE_S = 0.1


@click.command()
@click.argument("site_file", metavar="SITE", type=click.Path(path_type=Path))
@click.option(
    "--script",
    "script_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What happens: a verb a line, `+SECONDS` before it says when.",
)
@click.option(
    "--video",
    "videos",
    multiple=True,
    metavar="CAMERA=FILE",
    help="Stream a video into a camera's source, which must be a path.",
)
@click.option(
    "--for", "seconds", type=click.FloatRange(min=0), default=math.inf, show_default=False, metavar="SECONDS"
)
def command(site_file: Path, script_file: Path | None, videos: Sequence[str], seconds: float) -> None:
    """Simulate every device of SITE on its own wire, driven by a script or by what you type."""
    site = load(site_file)
    compound = SimulatedCompound(site, os.environ, dict(_video(text) for text in videos))
    happening = () if script_file is None else _script(script_file, compound.devices)
    with ended_by_signals() as ended, compound:
        _say("up", wires=len(compound.rigs))
        for name, rig in compound.rigs.items():
            click.echo(f"  {name:<24} {rig.where}")
        for name in compound.left_out:
            _say("left_out", wire=name)
        sys.stdout.flush()
        following = threading.Thread(target=_follow, args=(compound, happening, ended), daemon=True)
        following.start()
        if sys.stdin.isatty() or script_file is None:
            threading.Thread(target=_listen, args=(compound, ended), daemon=True).start()
        ended.wait(None if math.isinf(seconds) else seconds)
        ended.set()
        following.join(2.0)
    _say("down")


@contextmanager
def ended_by_signals() -> Iterator[threading.Event]:
    """Turn SIGINT and SIGTERM into an event."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _video(text: str) -> tuple[str, Path]:
    camera, sign, file = text.partition("=")
    if not sign:
        raise click.BadParameter(f"{text}: CAMERA=FILE")
    return camera, Path(file)


def _script(file: Path, devices: Sequence[str]) -> tuple[Timed, ...]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            "simulate.script_unreadable", "{file} cannot be read: {why}", file=file, why=error
        ) from error
    return verbs.script(text, file, devices)


def _follow(compound: SimulatedCompound, happening: Sequence[Timed], ended: threading.Event) -> None:
    """Let a script happen, each line at its time; what cannot happen is told and does not stop the rest."""
    began_s = time.monotonic()
    for timed in happening:
        if ended.wait(max(0.0, began_s + timed.at_s - time.monotonic())):
            return
        try:
            compound.do(timed.verb)
        except Refused as refused:
            _say("line_refused", line=timed.line, why=_explained(refused))


def _listen(compound: SimulatedCompound, ended: threading.Event) -> None:
    """Let happen what is typed, until the end of input."""
    prompt = sys.stdin.isatty()
    while not ended.is_set():
        if prompt:
            click.echo("> ", nl=False)
        line = sys.stdin.readline()
        words = line.strip()
        if not line or words in ("quit", "exit"):
            ended.set()
        elif words == "help":
            click.echo("\n".join(f"  {form}" for _, form in verbs.FORMS))
        elif words == "state":
            click.echo("\n".join(f"  {device:<24} {state}" for device, state in compound.states().items()))
        elif words:
            _tell(compound, words)


def _tell(compound: SimulatedCompound, words: str) -> None:
    try:
        compound.tell(words)
    except Refused as refused:
        click.echo(_explained(refused))
    else:
        _say("done")


def _explained(refused: Refused) -> str:
    return catalogue.explain(refused, catalogue.language_of())


def _say(key: str, **values: object) -> None:
    click.echo(catalogue.text(f"simulate.{key}", catalogue.language_of(), **values))
