"""Which family of error each failure of FFmpeg is, told without ever printing an address's password."""

import av.error

from drivers.base import Denied, DeviceError, Malformed, Misconfigured, Transient
from drivers.cameras.wiring import is_stream

_SENTENCES: dict[str, str] = {
    "camera.denied": "camera {camera} refuses user or password ({detail}): correct them; "
    "it is asked again only rarely, because cameras lock out whoever keeps guessing",
    "camera.no_such_stream": "camera {camera} has no such stream ({detail}): correct the path of its address",
    "camera.no_such_file": "camera {camera}: the file cannot be read ({detail}): "
    "correct its path or its rights",
    "camera.broken_file": "camera {camera}: this is no video file that can be read ({detail}): replace it",
    "camera.no_video": "camera {camera}: there is no video stream in {detail}: choose another stream",
    "camera.unsupported_codec": "camera {camera}: its video cannot be decoded ({detail}): "
    "set the camera to H.264 or H.265",
    "camera.unreachable": "camera {camera} cannot be reached ({detail}): check its power, cable and address",
    "camera.silent": "camera {camera} sends nothing any more ({detail}): check the camera and the network",
    "camera.ended": "camera {camera} ended its stream ({detail})",
    "camera.garbled": "camera {camera} sends what cannot be read as a stream ({detail}): restart the camera",
    "camera.unexpected": "camera {camera}: its driver failed ({detail}) and starts again: report this",
    "camera.no_frames": "camera {camera} sends packets but no picture can be decoded ({detail}): "
    "shorten its key frame interval or restart it",
}

_FAMILIES: dict[str, type[DeviceError]] = {
    "camera.denied": Denied,
    "camera.no_such_stream": Misconfigured,
    "camera.no_such_file": Misconfigured,
    "camera.broken_file": Misconfigured,
    "camera.no_video": Misconfigured,
    "camera.unsupported_codec": Misconfigured,
    "camera.garbled": Malformed,
}

# FFmpeg's "immediate exit requested" is PyAV's time-out.
_TIME_OUTS = (av.error.ExitError, TimeoutError)
# All that FFmpeg and the file system may raise; FFmpeg's HTTP errors are no OSError.
FAILURES = (av.error.FFmpegError, OSError, ValueError)

_KEYS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError), "camera.denied"),
    ((av.error.HTTPNotFoundError,), "camera.no_such_stream"),
    ((av.error.DecoderNotFoundError, av.error.PatchWelcomeError), "camera.unsupported_codec"),
    (_TIME_OUTS, "camera.silent"),
)
_FILE_KEYS = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)


def fault(key: str, camera: str, detail: str) -> DeviceError:
    """Return the error that `key` names; every sentence takes `camera` and `detail`, nothing else."""
    family = _FAMILIES.get(key, Transient)
    return family(key, _SENTENCES[key], camera=camera, detail=detail)


def fault_of(error: Exception, camera: str, source: str) -> DeviceError:
    """Return what a failure of FFmpeg or of the file system means for a camera.

    The error's own text is not used, since FFmpeg puts the whole address into it.
    """
    return fault(_key_of(error, source), camera, f"{source}: {cause_of(error)}")


def cause_of(error: Exception) -> str:
    """Return the bare cause of an error: no address, and so no password."""
    if isinstance(error, _TIME_OUTS):
        return "timed out"
    return getattr(error, "strerror", None) or type(error).__name__


def _key_of(error: Exception, source: str) -> str:
    for kinds, key in _KEYS:
        if isinstance(error, kinds):
            return key
    if is_stream(source):
        return "camera.garbled" if isinstance(error, av.error.InvalidDataError) else "camera.unreachable"
    return "camera.no_such_file" if isinstance(error, _FILE_KEYS) else "camera.broken_file"
