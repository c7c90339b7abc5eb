"""The simulated cameras' videos: drawn once, kept under a name that changes with the drawing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from edge.refusal import Refused

DRAWN_WITHIN_S = 600.0
CAMERAS = ("gate-face", "gate-plate", "fence-view")


def kept_folder(otherwise: Path, prefix: Path = Path(sys.prefix)) -> Path:
    """Return where drawn videos are kept between demos, or `otherwise` where that cannot be written."""
    kept = prefix / "share" / "menwei" / "demo"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError:
        return otherwise
    return kept if os.access(kept, os.W_OK) else otherwise


def videos(photographs: Path, kept: Path, drawing: Callable[[], None]) -> Mapping[str, Path]:
    """Return each camera's video, drawn into `kept` where it is not there yet.

    `drawing` is called when that takes a while. Refused: they cannot be drawn.
    """
    from drivers.sim import gate_scene_video

    folder = kept / gate_scene_video.digest(photographs)
    found = {camera: folder / f"{camera}.mp4" for camera in CAMERAS}
    missing = [camera for camera, path in found.items() if not path.is_file()]
    if missing:
        drawing()
        folder.mkdir(parents=True, exist_ok=True)
        for outdated in set(kept.iterdir()) - {folder}:
            shutil.rmtree(outdated, ignore_errors=True)
        _draw_apart({camera: found[camera] for camera in missing}, photographs)
    return found


def _draw_apart(wanted: Mapping[str, Path], photographs: Path) -> None:
    """Draw each camera's video in a process of its own: one core each."""
    drawing = [
        subprocess.Popen(
            [sys.executable, "-m", "edge.demo.footage", camera, str(photographs), str(path)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for camera, path in wanted.items()
    ]
    try:
        for process in drawing:
            _, words = process.communicate(timeout=DRAWN_WITHIN_S)
            if process.returncode != 0:
                raise Refused(
                    "demo.not_drawn",
                    "the simulated gate's video could not be drawn: {reason}",
                    reason=(words.strip().splitlines() or [str(process.returncode)])[-1],
                )
    finally:
        for process in drawing:
            process.kill()
            process.wait()


def draw(camera: str, photographs: Path, path: Path) -> None:
    """Draw one camera's video. KeyError: there is no such camera."""
    import cv2

    from drivers.sim import gate_scene, gate_scene_video

    cv2.setNumThreads(1)
    scenes: dict[str, Callable[[], gate_scene.Scene]] = {
        "gate-face": lambda: gate_scene.Footpath(photographs),
        "gate-plate": gate_scene.Lane,
        "fence-view": lambda: gate_scene.FenceLine(photographs),
    }
    gate_scene_video.write(scenes[camera](), path)


if __name__ == "__main__":
    draw(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
