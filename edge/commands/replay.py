"""`menwei replay`: recorded footage through the same controller, on the footage's own clock."""

import contextlib
import heapq
import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from drivers.base import DeviceError
from drivers.cameras import footage
from drivers.cameras.decoding import Frame
from drivers.probes.wiring import ProbeWiring
from edge import catalogue, learning
from edge.access.register import AccessRegister
from edge.commands.opening import site_option
from edge.learning import Registers
from edge.linkage.knowledge import Knowledge
from edge.refusal import Refused
from edge.replay import captures
from edge.replay.annotation import AnnotatedVideo, Caption
from edge.replay.replaying import replay, tracks_by_camera
from edge.replay.timeline import Audience, Track, play
from edge.site import wirings
from edge.site.loading import load
from edge.site.locating import locate
from edge.site.schema import Site
from edge.store import layout
from edge.store.database import open_database
from edge.vision.engines import gallery_of, load_engines
from edge.vision.gallery import USUAL_DIMENSION
from edge.vision.messages import Gallery
from edge.vision.observer import CameraObserver
from models.weights import weights_folder


@click.command()
@click.argument("footage_files", metavar="[FOOTAGE]...", nargs=-1, type=click.Path(path_type=Path))
@site_option
@click.option("--camera", "by_camera", multiple=True, metavar="ID=FILE", help="Play FILE on camera ID.")
@click.option(
    "--probe", "by_probe", multiple=True, metavar="ID=FILE", help="Play a Wi-Fi capture (pcap) on probe ID."
)
@click.option("--from", "begin", metavar="ISO_TIME", help="When the footage begins; else as recorded in it.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("replay"), show_default=True)
@click.option("--annotate", is_flag=True, help="Also write a video with boxes, names and plates per camera.")
def command(
    *,
    footage_files: tuple[Path, ...],
    site_file: Path | None,
    by_camera: tuple[str, ...],
    by_probe: tuple[str, ...],
    begin: str | None,
    out: Path,
    annotate: bool,
) -> None:
    """Replay FOOTAGE as if the site's cameras saw it now.

    FOOTAGE plays on the site's first camera, file after file; --camera ID=FILE plays on camera ID and
    --probe ID=FILE on probe ID, from the same beginning. Writes observations.jsonl, alerts.jsonl and the
    evidence pictures into --out.
    """
    site = load(locate(site_file, os.environ, Path.cwd()))
    heard = _probes(site, by_probe)
    files = _files(site, footage_files, by_camera, needed=not heard)
    begin_at = _beginning(begin, site, [f for some in files.values() for f in some], [f for _, f in heard])
    known = _registers(site, begin_at)
    tracks = [Track(camera, some, site.cameras[camera].analyse_fps) for camera, some in files.items()]
    engines = load_engines(site.recognition, [site.cameras[t.camera] for t in tracks], weights_folder())
    opened = gallery_of(known.gallery)
    observers = [
        CameraObserver(t.camera, site.cameras[t.camera], site.recognition, engines, opened) for t in tracks
    ]
    out.mkdir(parents=True, exist_ok=True)
    with _spectator(tracks, known.knowledge, out if annotate else None) as spectator:
        seen = play(list(zip(tracks, observers, strict=True)), Audience(spectator.seen, spectator.broken))
        captured = [
            captures.play(wiring, file, begin_at.timestamp(), site.site.zone_info, secrets.token_bytes)
            for wiring, file in heard
        ]
        reports = heapq.merge(seen, *captured, key=lambda report: report.observation.mono_s)
        tally = replay(site, known, reports, begin_at, out)
    language = catalogue.language_of()
    click.echo(
        catalogue.text("replay.done", language, observations=tally.observations, alerts=tally.alerts, out=out)
    )
    if spectator.failures:
        sys.exit(1)


@dataclass(slots=True)
class _Spectator:
    """Shows progress, draws over frames, and keeps count of what could not play."""

    progress: Progress
    tasks: Mapping[tuple[str, Path], TaskID]
    caption: Caption
    videos: Path | None
    failures: int = 0
    open_videos: dict[str, AnnotatedVideo] = field(default_factory=dict)
    _began_s: dict[tuple[str, Path], float] = field(default_factory=dict)

    def seen(self, track: Track, path: Path, frame: Frame, observer: CameraObserver) -> None:
        """Advance the bar and draw the frame."""
        began_s = self._began_s.setdefault((track.camera, path), frame.mono_s)
        self.progress.update(self.tasks[track.camera, path], completed=frame.mono_s - began_s)
        if self.videos is None:
            return
        if track.camera not in self.open_videos:
            target = self.videos / f"annotated-{track.camera}.webm"
            self.open_videos[track.camera] = AnnotatedVideo(target, track.fps)
        self.open_videos[track.camera].add(self.caption.draw(frame.bgr(), observer.labels()))

    def broken(self, track: Track, path: Path, error: DeviceError) -> None:
        """Say why a file could not play."""
        del track, path
        self.failures += 1
        language = catalogue.language_of()
        sentence = catalogue.explain(error, language)
        self.progress.console.print(
            catalogue.text("cli.refused", language, sentence=sentence), markup=False, highlight=False
        )


@contextlib.contextmanager
def _spectator(tracks: Sequence[Track], known: Knowledge, videos: Path | None) -> Iterator[_Spectator]:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        tasks = {
            (t.camera, path): bar.add_task(f"{t.camera}: {path.name}", total=_duration_s(path))
            for t in tracks
            for path in t.files
        }
        spectator = _Spectator(bar, tasks, Caption(known.names.get), videos)
        try:
            yield spectator
        finally:
            for video in spectator.open_videos.values():
                video.close()


def _duration_s(path: Path) -> float | None:
    try:
        return footage.inspect(path).duration_s
    except DeviceError:  # told when its turn to play comes
        return None


def _files(
    site: Site, footage_files: Sequence[Path], by_camera: Sequence[str], *, needed: bool
) -> dict[str, tuple[Path, ...]]:
    pairs = [_pair("--camera", text) for text in by_camera]
    for camera, _ in pairs:
        if camera not in site.cameras:
            raise Refused(
                "replay.no_camera",
                "there is no camera {camera} in the site file: choose one of {known}",
                camera=camera,
                known=", ".join(site.cameras),
            )
    if needed and not footage_files and not pairs:
        raise Refused(
            "replay.nothing", "nothing to replay: name footage files, --camera ID=FILE or --probe ID=FILE"
        )
    return tracks_by_camera(footage_files, pairs, list(site.cameras))


def _probes(site: Site, by_probe: Sequence[str]) -> list[tuple[ProbeWiring, Path]]:
    known = {
        name: wirings.probe(name, section)
        for wire in site.wires.values()
        for name, section in getattr(wire, "probes", {}).items()
    }
    found = []
    for probe, file in (_pair("--probe", text) for text in by_probe):
        if probe not in known:
            raise Refused(
                "replay.no_probe",
                "there is no probe {probe} in the site file: it has {known}",
                probe=probe,
                known=", ".join(known) or "-",
            )
        captures.begins_at(file)  # one that cannot be played is refused before anything is
        found.append((known[probe], file))
    return found


def _pair(option: str, text: str) -> tuple[str, Path]:
    name, equals, file = text.partition("=")
    if not equals or not file:
        raise Refused("replay.no_pair", "{option} {text}: write it as ID=FILE", option=option, text=text)
    return name, Path(file)


def _beginning(text: str | None, site: Site, files: Sequence[Path], captured: Sequence[Path]) -> datetime:
    """Return when it begins: as asked, as footage or capture says, else noon of 2000-01-01 there."""
    if text is not None:
        try:
            begin = datetime.fromisoformat(text)
        except ValueError as error:
            raise Refused(
                "replay.no_time", "--from {text}: write a time like 2026-03-01T22:30:00", text=text
            ) from error
        return begin if begin.tzinfo else begin.replace(tzinfo=site.site.zone_info)
    for file in files:
        with contextlib.suppress(DeviceError):  # told when its turn to play comes
            recorded = footage.inspect(file).recorded_at
            if recorded is not None:
                return recorded
    for file in captured:
        if (first_s := captures.begins_at(file)) is not None:
            return datetime.fromtimestamp(first_s, site.site.zone_info)
    return datetime(2000, 1, 1, 12, tzinfo=site.site.zone_info)


def _registers(site: Site, begin: datetime) -> Registers:
    """Return what the site's registers know; a site that never ran knows nobody."""
    path = layout.database(site.storage.directory)
    if not path.exists():
        nobody = Gallery(site.recognition.face_engine, USUAL_DIMENSION)
        return Registers(0, Knowledge(), AccessRegister(), nobody)
    with contextlib.closing(open_database(path)) as connection:
        return learning.gather(connection, site, begin.timestamp())
