from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from drivers.base import DeviceError, Malformed, Misconfigured
from drivers.cameras.footage import _SENTENCES, frames, inspect
from edge import catalogue

Clip = Callable[..., Path]


def test_frames_come_on_the_grid_from_zero(clip: Clip) -> None:
    times = [f.mono_s for f in frames(clip(frames=30, fps=10), 5.0)]
    assert times == [round(i * 0.2, 6) for i in range(15)]


def test_a_grid_finer_than_the_footage_gives_every_frame_once(clip: Clip) -> None:
    times = [f.mono_s for f in frames(clip(frames=12, fps=10), 25.0)]
    assert times == [round(i / 10, 6) for i in range(12)]


def test_the_same_footage_gives_the_same_frames_twice(clip: Clip) -> None:
    path = clip(frames=20, options={"g": "10", "bf": "2"})
    once, twice = list(frames(path, 4.0)), list(frames(path, 4.0))
    assert [(f.mono_s, f.pts_s, f.is_key) for f in once] == [(f.mono_s, f.pts_s, f.is_key) for f in twice]
    assert all(np.array_equal(a.luma, b.luma) for a, b in zip(once, twice, strict=True))


def test_pictures_on_the_grid_are_those_a_full_decoding_shows(clip: Clip) -> None:
    # The left half of picture i is grey 40 + 5 i: the grid must not hand out another picture's pixels.
    shown = [f.bgr()[:, 20:140].mean() for f in frames(clip(frames=20, fps=10), 5.0)]
    assert shown == pytest.approx([40 + 5 * i for i in range(0, 20, 2)], abs=3)


def test_what_the_container_says_is_told(clip: Clip) -> None:
    path = clip(frames=20, fps=10, metadata={"creation_time": "2026-03-01T08:00:00.000000Z"})
    footage = inspect(path)
    assert (footage.codec, footage.width, footage.height, footage.frame_count) == ("h264", 320, 180, 20)
    assert footage.duration_s == pytest.approx(2.0)
    assert footage.recorded_at == datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_a_recorder_without_a_clock_gives_no_time(clip: Clip) -> None:
    assert inspect(clip()).recorded_at is None


def sound_only(tmp_path: Path) -> Path:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.rate = 8000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("call", [inspect, lambda path: list(frames(path, 5.0))], ids=["inspect", "frames"])
def test_what_is_no_footage_is_refused_with_the_reason(
    call: Callable[[Path], object], clip: Clip, tmp_path: Path
) -> None:
    empty, cut = tmp_path / "empty.mp4", clip("cut.mp4")
    empty.touch()
    cut.write_bytes(cut.read_bytes()[:2000])
    cases: list[tuple[Path, type[DeviceError], str]] = [
        (tmp_path / "missing.mp4", Misconfigured, "camera.footage_missing"),
        (empty, Malformed, "camera.footage_empty"),
        (cut, Malformed, "camera.footage_broken"),
        (sound_only(tmp_path), Misconfigured, "camera.footage_no_video"),
    ]
    for path, family, key in cases:
        with pytest.raises(family) as raised:
            call(path)
        assert raised.value.key == key
        assert path.name in str(raised.value)


def test_footage_cut_off_in_the_middle_gives_what_can_be_read(clip: Clip) -> None:
    path = clip("cut.ts", frames=40)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert 5 <= len(list(frames(path, 10.0))) < 40


def test_a_grid_of_nothing_is_a_programming_error(clip: Clip) -> None:
    with pytest.raises(ValueError, match="fps"):
        next(frames(clip(), 0.0))


def test_every_footage_error_has_its_chinese_sentence() -> None:
    chinese = catalogue.sentences("zh-CN")
    for key in _SENTENCES:
        assert "{file}" in chinese[key]


def test_real_recordings_are_read_to_their_end(shared_data: Path) -> None:
    for path in sorted((shared_data / "footage").glob("face_P1_*.mp4")):
        footage, seen = inspect(path), list(frames(path, 5.0))
        assert footage.duration_s is not None
        assert seen[0].mono_s == 0.0
        assert footage.duration_s - 0.3 <= seen[-1].mono_s <= footage.duration_s, path.name
