"""Scenes as video files, as a camera would send them: H.264, 4:2:0, a key frame every second."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from drivers.sim.gate_scene import FPS, LOOP_S, Scene


def write(
    scene: Scene,
    path: Path,
    *,
    seconds: float = LOOP_S,
    progress: Callable[[float], None] = lambda _share: None,
) -> None:
    """Write the scene's first `seconds` to `path` (mp4); the file appears whole or not at all.

    `progress` hears now and then which share, 0.0 to 1.0, is written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".mp4")
    os.close(handle)
    try:
        _encode(scene, Path(unfinished), round(seconds * FPS), progress)
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def digest(photographs: Path) -> str:
    """Return a name for what would be drawn: it changes with the drawing code and with the photographs."""
    here = Path(__file__).parent
    sources = sorted(
        [*here.glob("gate_scene*.py"), *here.glob("plate_artwork*.py"), *here.glob("plate_artwork*.txt")]
    )
    hashed = hashlib.sha256()
    for file in (*sources, *sorted(photographs.glob("*.jpg"))):
        hashed.update(file.name.encode())
        hashed.update(file.read_bytes())
    return hashed.hexdigest()[:16]


def _encode(scene: Scene, path: Path, frames: int, progress: Callable[[float], None]) -> None:
    with av.open(str(path), "w") as container:
        # No B-frames: cameras send none, and each picture can be shown when it arrives.
        options = {"preset": "veryfast", "crf": "21", "bf": "0", "x264-params": "scenecut=0"}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height = scene.size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.codec_context.gop_size = FPS
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(scene.frame(number / FPS), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(picture))
            if number % FPS == 0:
                progress(number / frames)
        container.mux(stream.encode(None))
    progress(1.0)
