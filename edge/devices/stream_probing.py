"""Opens a camera's stream once, in a process of its own: one that hangs or crashes costs a row.

This module loads no codec; the process that it starts, `edge.devices.stream_probe`, does.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

import msgspec

from drivers.base import Denied, DeviceError, Malformed, Misconfigured, Transient
from drivers.cameras.wiring import CameraWiring
from edge.vision.supervisor import FRUGAL

WITHIN_S = 25.0

_FAMILIES: Mapping[str, type[DeviceError]] = {
    family.family: family for family in (Transient, Denied, Malformed, Misconfigured)
}


class Asked(msgspec.Struct, frozen=True):
    """Which stream of which camera to open."""

    camera: str
    source: str
    username: str | None
    password: str | None
    lost_after_s: float


class Stream(msgspec.Struct, frozen=True, tag="stream"):
    """What a stream turned out to be; `fps` is counted, None where too little came to count.

    `first_frame_s` is from the beginning of its opening until its first picture was decoded.
    """

    codec: str
    width: int
    height: int
    fps: float | None
    first_frame_s: float


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Why there is no picture: an error of the drivers, in parts."""

    family: str
    key: str
    sentence: str
    values: dict[str, str]


def probe_stream(wiring: CameraWiring, source: str, within_s: float = WITHIN_S) -> Stream:
    """Open a stream of a camera and wait for its first picture. Raises one of the four families."""
    asked = Asked(wiring.id, source, wiring.username, wiring.password, wiring.lost_after_s)
    command = [sys.executable, "-m", "edge.devices.stream_probe"]
    try:
        done = subprocess.run(
            command,
            input=msgspec.json.encode(asked),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=within_s,
            env=os.environ | FRUGAL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _fault("no_picture", wiring.id, f"{source}, {within_s:.0f} s") from None
    try:
        told = msgspec.json.decode(done.stdout, type=Stream | Failed)
    except msgspec.MsgspecError:
        # Killed by a signal: a negative code.
        raise _fault("probe_died", wiring.id, f"{source}, {done.returncode}") from None
    if isinstance(told, Failed):
        sentence = told.sentence.replace("{", "{{").replace("}", "}}")
        raise _FAMILIES[told.family](told.key, sentence, **told.values)
    return told


def _fault(name: str, camera: str, detail: str) -> Transient:
    sentences = {
        "no_picture": "camera {camera} gives no picture in time ({detail}): check the camera and the network",
        "probe_died": "the stream of camera {camera} lets its decoder crash ({detail}): set it to H.264",
    }
    return Transient(f"check.{name}", sentences[name], camera=camera, detail=detail)
