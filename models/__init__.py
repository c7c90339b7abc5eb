"""Pixels in, values out; no I/O but loading weights; usable without edge and drivers."""

import os

# onnxruntime's wheels report to their maker over the network unless this is set before their first import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
