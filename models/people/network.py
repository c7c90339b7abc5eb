"""BlazePose's detector (MediaPipe `pose_detection`) on LiteRT: one square picture in, raw rows out."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from models.weights import verified

WEIGHTS = "pose_detection.tflite"
SIDE = 224  # of the network's square input, in pixels

Square = npt.NDArray[np.uint8]  # BGR, shape (224, 224, 3)
Rows = npt.NDArray[np.float32]


class PoseNetwork:
    """One interpreter on one processor thread. Not thread-safe."""

    def __init__(self, weights: Path) -> None:
        """Load the verified weight file. Raises WeightsError as `verified` does."""
        self._interpreter: Any = Interpreter(model_content=verified(weights, WEIGHTS), num_threads=1)
        self._interpreter.allocate_tensors()
        (self._input,) = (d["index"] for d in self._interpreter.get_input_details())
        widths = {int(d["shape"][-1]): d["index"] for d in self._interpreter.get_output_details()}
        self._rows, self._logits = widths[12], widths[1]

    def run(self, square: Square) -> tuple[Rows, Rows]:
        """Return logits (2254,) and rows (2254, 12), one per anchor.

        A row is the centre and size of the face, then the four points middle of the hips, end of the whole
        body, middle of the shoulders, end of the upper body; all in pixels, centre and points as offsets
        from the anchor.
        """
        rgb = square[None, :, :, ::-1].astype(np.float32)
        self._interpreter.set_tensor(self._input, rgb / np.float32(127.5) - np.float32(1))
        self._interpreter.invoke()
        logits: Rows = self._interpreter.get_tensor(self._logits)[0, :, 0]
        rows: Rows = self._interpreter.get_tensor(self._rows)[0]
        return logits, rows
