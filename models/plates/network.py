"""An ONNX network on one processor thread: several vision workers share a small box."""

from pathlib import Path

import onnxruntime

from models.weights import verified


def load(folder: Path, name: str) -> onnxruntime.InferenceSession:
    """Return a session over the verified weight file `name`. Raises what `verified` raises."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena keeps the largest picture's memory for ever
    return onnxruntime.InferenceSession(verified(folder, name), options, providers=["CPUExecutionProvider"])
