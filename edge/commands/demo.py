"""`menwei demo`: a simulated gate, watched by the real daemon, in the terminal."""

import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from drivers.sim.broker import Broker
from edge import catalogue
from edge.catalogue import Language
from edge.clock import SystemClock
from edge.demo import footage, scenario
from edge.demo.performance import Programme, deaf_to_interrupts, interrupted_by_signals, perform
from edge.demo.record import Record
from edge.demo.scenario import Stage
from edge.demo.screen import Lines, LiveView, Screen
from edge.demo.tally import Tally
from edge.demo.wording import Wording
from edge.refusal import Refused
from edge.site.roster import roster
from models.weights import photographs_folder, verified


@click.command()
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(min=1),
    default=math.inf,
    show_default=False,
    metavar="SECONDS",
    help="End by itself so long after the first picture; else Ctrl-C ends it.",
)
@click.option(
    "--language", type=click.Choice(["zh-CN", "en"]), help="Language; else MENWEI_LANGUAGE or the locale."
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the demo's site in this new folder.",
)
def command(seconds: float, language: Language | None, keep: Path | None) -> None:
    """Show a simulated gate: what is seen, alerted and acknowledged. The last line is one JSON object."""
    tongue = language or catalogue.language_of()
    os.environ["MENWEI_LANGUAGE"] = tongue  # errors and child processes speak it too
    with interrupted_by_signals(), site_folder(keep) as folder:
        try:
            tally = demonstrate(folder, seconds, tongue)
        except KeyboardInterrupt:
            tally = Tally()
    if keep is not None:
        click.echo(catalogue.text("demo.kept", tongue, folder=keep))
    click.echo(json.dumps(tally.summary()))
    sys.exit(0 if tally.succeeded else 1)


@contextmanager
def site_folder(keep: Path | None) -> Iterator[Path]:
    """Give a folder for the demo's site: `keep`, or one that is removed afterwards. Refused: not empty."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="menwei-demo-") as folder:
            yield Path(folder)
        return
    if keep.exists() and any(keep.iterdir()):
        raise Refused("demo.kept_not_empty", "{folder} is not empty: give --keep a new folder", folder=keep)
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield keep.resolve()


def demonstrate(folder: Path, seconds: float, language: Language) -> Tally:
    """Set the demo's site up in `folder` and run it. Refused: something it needs is missing."""

    def note(name: str) -> str:
        key = "started_for" if name == "started" and math.isfinite(seconds) else name
        return catalogue.text(f"demo.{key}", language, seconds=seconds)

    photographs, clock = photographs_folder(), SystemClock()
    require_photographs(photographs)
    videos = footage.videos(
        photographs, footage.kept_folder(folder / "videos"), lambda: click.echo(note("drawing"))
    )
    with deaf_to_interrupts():
        broker = Broker()
        broker.start()
    try:
        stage = scenario.set_up(folder, videos, broker.port, language)
        click.echo(note("registering"))
        scenario.register(stage, photographs, clock.wall())
        return perform(_programme(stage, broker, seconds, language, note))
    finally:
        broker.stop()


def require_photographs(photographs: Path) -> None:
    """Refuse to begin without every photograph of the cast."""
    from drivers.sim import gate_scene

    cast = {walk.person for walk in gate_scene.WALKS}
    for name in sorted(cast | {gate_scene.RESIDENT_ENROLS, gate_scene.WATCHED_ENROLS}):
        verified(photographs, f"{name}.jpg")


def _programme(
    stage: Stage, broker: Broker, seconds: float, language: Language, note: Callable[[str], str]
) -> Programme:
    site = stage.site

    def wording(record: Record) -> Wording:
        names = {camera: wired.name for camera, wired in site.cameras.items()}
        return Wording(language, site.site.zone_info, names, record.names, roster(site.wires))

    def screen(words: Wording) -> Screen:
        return LiveView(words, site.site.name) if sys.stdout.isatty() else Lines(words)

    return Programme(
        stage=stage,
        broker=broker,
        seconds=seconds,
        clock=SystemClock(),
        wording=wording,
        screen=screen,
        note=note,
    )
