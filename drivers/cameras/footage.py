"""Recorded footage for replay: every picture decoded in order, those on a time grid handed out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av

from drivers.base import DeviceError, Malformed, Misconfigured
from drivers.cameras.decoding import Decoder, Frame
from drivers.cameras.faults import FAILURES, cause_of
from drivers.cameras.packets import Packet, Session, open_session
from drivers.cameras.wiring import CameraWiring

# Recorders round their time stamps: a picture this little before its grid point is on it.
_ROUNDING = 1e-3

_SENTENCES: dict[str, tuple[type[DeviceError], str]] = {
    "camera.footage_missing": (Misconfigured, "there is no file {file}: correct its path"),
    "camera.footage_empty": (Malformed, "{file} is empty: copy the recording again"),
    "camera.footage_broken": (
        Malformed,
        "{file} is no video that can be read, or was cut off while it was recorded ({detail}): copy it again",
    ),
    "camera.footage_no_video": (Misconfigured, "{file} holds no video stream: choose another file"),
    "camera.footage_no_pictures": (Malformed, "{file} holds no picture that can be decoded: copy it again"),
}

_KEYS = {
    "camera.no_such_file": "camera.footage_missing",
    "camera.no_video": "camera.footage_no_video",
}


@dataclass(frozen=True, slots=True)
class Footage:
    """One recorded file, as its container describes it; nothing is decoded yet.

    `duration_s` and `frame_count` are what the container claims, None where it says nothing: good for
    progress, not for decisions. `recorded_at` is the container's creation time, None where it has none.
    """

    path: Path
    codec: str
    width: int
    height: int
    duration_s: float | None
    frame_count: int | None
    recorded_at: datetime | None


def inspect(path: Path) -> Footage:
    """Return what `path` holds. Raises Misconfigured or Malformed with the reason where it is no footage."""
    _refuse_empty(path)
    failure: DeviceError
    try:
        with av.open(str(path)) as container:
            if container.streams.video:
                return _described(path, container)
        failure = _footage_fault("camera.footage_no_video", path)
    except FileNotFoundError:
        failure = _footage_fault("camera.footage_missing", path)
    except FAILURES as error:
        failure = _footage_fault("camera.footage_broken", path, cause_of(error))
    raise failure


def frames(path: Path, fps: float) -> Iterator[Frame]:
    """Yield the frames of `path` that come first at or after each point of a grid of `fps` a second.

    Time runs from 0.0 at the first picture: `pts_s` and `mono_s` are both that. The same file gives the
    same frames each time. Damaged pictures are left out. Raises Misconfigured or Malformed, the latter
    also at the end when nothing at all could be decoded.
    """
    if fps <= 0:
        raise ValueError("fps must be above 0")
    _refuse_empty(path)
    session = _open(path)
    try:
        yield from _on_grid(_decoded(session, path), path, fps)
    finally:
        session.close()


def _on_grid(pictures: Iterator[Frame], path: Path, fps: float) -> Iterator[Frame]:
    start_s: float | None = None
    next_point = 0
    for frame in pictures:
        if start_s is None:
            start_s = frame.pts_s
        # Whole microseconds: the journal of a replay shall not depend on float noise.
        since_s = round(frame.pts_s - start_s, 6)
        point = int(since_s * fps + _ROUNDING)
        if since_s >= 0 and point >= next_point:
            next_point = point + 1
            yield _at(frame, since_s)
    if start_s is None:
        raise _footage_fault("camera.footage_no_pictures", path)


def _at(frame: Frame, since_s: float) -> Frame:
    return Frame(
        pts_s=since_s,
        mono_s=since_s,
        luma=frame.luma,
        width=frame.width,
        height=frame.height,
        is_key=frame.is_key,
        picture=frame.picture,
    )


def _decoded(session: Session, path: Path) -> Iterator[Frame]:
    decoder = Decoder(session.description, path.name)
    for packet in _readable(session):
        yield from decoder.decode(packet)
    yield from decoder.flush()


def _readable(session: Session) -> Iterator[Packet]:
    """Yield the packets up to where the file can no longer be read: what came before still counts."""
    try:
        yield from session.packets()
    except Malformed:
        return


def _open(path: Path) -> Session:
    failure: DeviceError
    try:
        return open_session(CameraWiring(path.name, str(path)), str(path), lambda: 0.0)
    except DeviceError as error:
        key = _KEYS.get(error.key, "camera.footage_broken")
        failure = _footage_fault(key, path, str(error.values.get("detail", "")).removeprefix(f"{path}: "))
    raise failure


def _refuse_empty(path: Path) -> None:
    if path.is_file() and path.stat().st_size == 0:
        raise _footage_fault("camera.footage_empty", path)


def _described(path: Path, container: Any) -> Footage:
    stream = container.streams.video[0]
    created = container.metadata.get("creation_time") or stream.metadata.get("creation_time")
    return Footage(
        path=path,
        codec=stream.codec_context.name,
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        duration_s=None if container.duration is None else container.duration / av.time_base,
        frame_count=stream.frames or None,
        recorded_at=_instant(created),
    )


def _instant(text: str | None) -> datetime | None:
    """Return a creation time; recorders without a clock write none, nonsense, or 1970 and before."""
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant if instant.year > 1970 else None


def _footage_fault(key: str, path: Path, detail: str = "") -> DeviceError:
    family, sentence = _SENTENCES[key]
    return family(key, sentence, file=path, detail=detail)
