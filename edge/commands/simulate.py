"""`menwei simulate SITE`: the other end of every wire of a site file."""

import math
import os
import select
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from edge import catalogue
from edge.commands import tables
from edge.refusal import Refusal
from edge.signals import ended_by
from edge.simulation import script, verbs
from edge.simulation.compound import SimulatedCompound
from edge.simulation.script import Step
from edge.site.loading import load

_GLANCE_S = 0.1


@click.command()
@click.argument("site_file", metavar="SITE", type=click.Path(path_type=Path))
@click.option(
    "--script",
    "script_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What happens: a verb a line, `+SECONDS` before it says when.",
)
@click.option(
    "--video",
    "videos",
    multiple=True,
    metavar="CAMERA=FILE",
    help="Stream a video into a camera's source, which is a named pipe.",
)
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(min=0),
    default=math.inf,
    show_default=False,
    metavar="SECONDS",
    help="End by itself after SECONDS.",
)
def command(site_file: Path, script_file: Path | None, videos: Sequence[str], seconds: float) -> None:
    """Simulate every device of SITE on its own wire, driven by a script or by what you type.

    Ends with `quit`, Ctrl-C, SIGTERM or --for; with the end of input too, unless a script is to go on.
    """
    compound = SimulatedCompound(load(site_file), os.environ, dict(_video(text) for text in videos))
    steps: Sequence[Step] = ()
    if script_file is not None:
        steps = script.steps(script.read(script_file), script_file, compound.judge)
    with ended_by(signal.SIGINT, signal.SIGTERM) as ended, compound:
        _show(compound)
        Performance(compound, steps, ended, goes_on=script_file is not None).run(seconds)
    _say("down")


class Performance:
    """Lets happen what a script says at its time, and what is typed at once.

    Its end is the end of the script and of the input where nothing `goes_on` after that.
    """

    def __init__(
        self, compound: SimulatedCompound, steps: Iterable[Step], ended: threading.Event, *, goes_on: bool
    ) -> None:
        self._compound = compound
        self._steps = deque(steps)
        self._ended = ended
        self._goes_on = goes_on
        self._typed: Typed | None = Typed(sys.stdin.fileno() if sys.stdin is not None else -1)
        self._tty = sys.stdin is not None and sys.stdin.isatty()

    def run(self, seconds: float) -> None:
        """Return after so long, or when it was ended."""
        began_s = time.monotonic()
        self._prompt()
        while not self._ended.is_set():
            now_s = time.monotonic() - began_s
            if now_s >= seconds:
                return
            while self._steps and self._steps[0].at_s <= now_s:
                self._step(self._steps.popleft())
            next_s = self._steps[0].at_s if self._steps else math.inf
            self._listen(max(0.0, min(_GLANCE_S, next_s - now_s, seconds - now_s)))

    def _step(self, step: Step) -> None:
        _say("step", at=f"{step.at_s:g}", verb=verbs.written(step.verb))
        try:
            self._compound.do(step.verb)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            _say("step_refused", line=step.line, why=_explained(error))

    def _listen(self, timeout_s: float) -> None:
        if self._typed is None:
            self._ended.wait(timeout_s)
            return
        for line in self._typed.lines(timeout_s):
            self._hear(line.strip())
            self._prompt()
        if self._typed.at_end:
            self._typed = None
            # A script's end is not the end where nobody types; whoever types Ctrl-D means it.
            if self._tty or not self._goes_on:
                self._ended.set()

    def _hear(self, words: str) -> None:
        if words == "quit":
            self._ended.set()
        elif words == "help":
            click.echo("\n".join(f"  {form}" for form in verbs.FORMS.values()))
            _say("help")
        elif words == "state":
            _print_table(_state_rows(self._compound))
        elif words:
            self._tell(words)

    def _tell(self, words: str) -> None:
        try:
            self._compound.tell(words)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            click.echo(_explained(error))
        else:
            _say("done")

    def _prompt(self) -> None:
        if self._tty and not self._ended.is_set():
            click.echo("> ", nl=False)


class Typed:
    """The lines of a descriptor as they come, without ever waiting for the next."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self.at_end = False

    def lines(self, timeout_s: float) -> tuple[str, ...]:
        """Return the lines that have come, after `timeout_s` at the latest; the last may lack its end."""
        try:
            if not select.select([self._descriptor], [], [], timeout_s)[0]:
                return ()
            data = os.read(self._descriptor, 4096)
        except (OSError, ValueError):
            data = b""  # nobody can type
        self.at_end = not data
        *whole, self._rest = (self._rest + (data or b"\n")).split(b"\n")
        return tuple(line.decode("utf-8", "replace") for line in whole)


def _video(text: str) -> tuple[str, Path]:
    camera, sign, file = text.partition("=")
    if not sign or not file:
        raise click.BadParameter(f"{text}: CAMERA=FILE")
    return camera, Path(file)


def _show(compound: SimulatedCompound) -> None:
    columns = tuple(_text(f"column_{column}") for column in ("wire", "device", "where"))
    _print_table([columns, *compound.places()])
    for name in compound.left_out:
        _say("left_out", wire=name)
    _say("up", devices=len(compound.places()), wires=len(compound.rigs))


def _state_rows(compound: SimulatedCompound) -> list[tuple[str, str]]:
    language = catalogue.language_of()
    return [
        (device, _text("between").join(catalogue.text(word.key, language, **word.values) for word in words))
        for device, words in compound.states().items()
    ]


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    for line in tables.aligned(rows):
        click.echo(line)


def _explained(error: Exception) -> str:
    return catalogue.explain(error, catalogue.language_of())


def _text(key: str, **values: object) -> str:
    return catalogue.text(f"simulate.{key}", catalogue.language_of(), **values)


def _say(key: str, **values: object) -> None:
    click.echo(_text(key, **values))
