"""Recorded footage through the same controller, on the footage's own clock."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from edge.alerts.alert import Alert
from edge.clock import ManualClock
from edge.controller import Controller
from edge.events import Report, Stamped
from edge.learning import Registers
from edge.site.schema import Site
from edge.store import alert_rows, journal
from edge.store.store import Store

# Replayed time is a run of its own, the same one each time: that makes alert ids repeatable.
BOOT = "replay"
_ROWS_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Tally:
    """What a replay came to."""

    observations: int
    alerts: int


def replay(site: Site, known: Registers, reports: Iterable[Report], begin: datetime, out: Path) -> Tally:
    """Feed `reports`, whose time runs from 0.0 s, to a controller whose clock begins at `begin`.

    Writes `observations.jsonl`, `alerts.jsonl` and `evidence/` into `out`, replacing those of an earlier
    replay only when this one is whole. The same reports give byte-identical files.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".replay-") as scratch:
        folder = Path(scratch)
        with _opened(folder / "store") as store:
            clock = ManualClock(begin.timestamp(), 0.0)
            controller = Controller.resume(
                site=site,
                store=store,
                clock=clock,
                boot=BOOT,
                knowledge=known.knowledge,
                register=known.access,
            )
            _feed(controller, clock, reports, begin.timestamp())
            observations = _write_lines(folder / "observations.jsonl", _observations(store))
            alerts = _write_lines(folder / "alerts.jsonl", _alerts(store))
            _copy_pictures(store, folder / "evidence")
        for name in ("observations.jsonl", "alerts.jsonl", "evidence"):
            _replace(folder / name, out / name)
    return Tally(observations, alerts)


def _feed(controller: Controller, clock: ManualClock, reports: Iterable[Report], begin_s: float) -> None:
    for report in reports:
        clock.mono_s = report.observation.mono_s
        clock.wall_s = begin_s + clock.mono_s
        controller.tick()
        controller.observe([report])


@contextmanager
def _opened(directory: Path) -> Iterator[Store]:
    store = Store.open(directory)
    try:
        # A scratch database: a crash loses nothing that the footage would not give again.
        store.connection.execute("PRAGMA synchronous = OFF")
        yield store
    finally:
        store.close()


def _observations(store: Store) -> Iterator[Stamped]:
    after = 0
    while rows := list(journal.read(store.connection, after, _ROWS_AT_A_TIME)):
        yield from rows
        after = rows[-1].seq


def _alerts(store: Store) -> Iterator[Alert]:
    after = 0
    while rows := list(alert_rows.read(store.connection, after, _ROWS_AT_A_TIME)):
        yield from rows
        after = rows[-1].sequence


def _write_lines(path: Path, rows: Iterable[Stamped] | Iterable[Alert]) -> int:
    count = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(msgspec.json.encode(row) + b"\n")
            count += 1
    return count


def _copy_pictures(store: Store, folder: Path) -> None:
    folder.mkdir()
    for path in sorted(alert_rows.pictures(store.connection)):
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(store.evidence.directory / path, target)


def _replace(new: Path, place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    new.replace(place)


def tracks_by_camera(
    footage: Sequence[Path], by_camera: Sequence[tuple[str, Path]], cameras: Sequence[str]
) -> dict[str, tuple[Path, ...]]:
    """Return which files play on which camera, in the site file's order of cameras.

    `footage` plays on the first camera, file after file; each (camera, file) of `by_camera` after what
    that camera plays already. KeyError: there is no such camera.
    """
    playing: dict[str, list[Path]] = {camera: [] for camera in cameras}
    playing[cameras[0]] += footage
    for camera, file in by_camera:
        playing[camera].append(file)
    return {camera: tuple(files) for camera, files in playing.items() if files}
