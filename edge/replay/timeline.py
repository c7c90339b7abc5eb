"""Recorded footage of several cameras as one stream of reports in the footage's own time."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.base import DeviceError
from drivers.cameras import footage
from drivers.cameras.decoding import Frame
from edge.events import Report
from edge.vision.observer import CameraObserver

# Files of one camera are recordings of their own: time passes between them.
BETWEEN_FILES_S = 1.0


@dataclass(frozen=True, slots=True)
class Track:
    """The footage that plays on one camera, file after file, and how often it is looked at."""

    camera: str
    files: tuple[Path, ...]
    fps: float


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told while footage plays: `seen` after each frame, `broken` for each file that cannot play."""

    seen: Callable[[Track, Path, Frame, CameraObserver], None]
    broken: Callable[[Track, Path, DeviceError], None]


def play(tracks: Sequence[tuple[Track, CameraObserver]], audience: Audience) -> Iterator[Report]:
    """Yield the reports of all tracks in the order of their time, which runs from 0.0 s for every camera.

    A file that cannot be read is told to the audience and the next one plays on.
    """
    streams = [_play_track(track, observer, audience) for track, observer in tracks]
    return heapq.merge(*streams, key=lambda report: report.observation.mono_s)


def _play_track(track: Track, observer: CameraObserver, audience: Audience) -> Iterator[Report]:
    begin_s = 0.0
    for path in track.files:
        now_s = begin_s
        try:
            for frame in footage.frames(path, track.fps):
                now_s = begin_s + frame.mono_s
                shown = replace(frame, mono_s=now_s)
                yield from observer.see(shown)
                audience.seen(track, path, shown, observer)
        except DeviceError as error:
            audience.broken(track, path, error)
        yield from observer.finish(now_s)
        begin_s = now_s + BETWEEN_FILES_S
