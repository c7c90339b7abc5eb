"""What every test may ask for: installed weights, the fresh-machine pictures, the shared recordings."""

import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED_DATA = CHECKOUT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder that `menwei models install` filled."""
    return Path(sys.prefix) / "share" / "menwei" / "weights"


@pytest.fixture(scope="session")
def photographs() -> Path:
    """The credited pictures that `menwei models install` took out of the pinned source archive."""
    return Path(sys.prefix) / "share" / "menwei" / "photographs"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recordings beside the checkout, where this machine has them."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real recordings beside the checkout: {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def portrait_clip(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of one person (person_a_2.jpg) swaying before a camera: 640x480, 10 fps, H.264."""
    path = tmp_path_factory.mktemp("clips") / "portrait.mp4"
    portrait = cv2.resize(cv2.imread(str(photographs / "person_a_2.jpg")), (240, 320))
    noise = np.random.default_rng(7)
    wall = noise.integers(60, 200, (48, 64, 3), dtype=np.uint8)
    wall = cv2.resize(wall, (640, 480), interpolation=cv2.INTER_LINEAR)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for number in range(60):
            picture = wall.copy()
            left = 200 + round(12 * np.sin(number / 4))
            picture[100:420, left : left + 240] = portrait
            picture = cv2.add(picture, noise.integers(0, 6, picture.shape, dtype=np.uint8))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path
