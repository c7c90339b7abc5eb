"""What driver tests share: clips made on the fly."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest


def encode(
    path: Path, *, codec="libx264", frames=30, fps=10, size=(320, 180), options=None, metadata=None
) -> Path:
    """Write a clip in which picture i has a grey level of 40 + 5 i on its left and noise on its right."""
    rng = np.random.default_rng(7)
    with av.open(str(path), "w") as out:
        out.metadata.update(metadata or {})
        stream = out.add_stream(
            codec, rate=fps, options={"sc_threshold": "0"} | (options or {"g": "10", "bf": "0"})
        )
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        for i in range(frames):
            picture = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
            picture[:, : size[0] // 2] = 40 + (5 * i) % 200
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = i
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a clip and returns its path: clip(name, codec=..., frames=...)."""
    return lambda name="clip.mp4", **how: encode(tmp_path / name, **how)
