from pathlib import Path

import pytest

from drivers.base import Denied, DeviceError, Misconfigured, Transient
from drivers.cameras.faults import _SENTENCES, fault, fault_of
from drivers.cameras.packets import open_session
from drivers.cameras.wiring import CameraWiring
from edge import catalogue

WIRING = CameraWiring("gate", "rtsp://127.0.0.1:1/watch", username="guard", password="S3cr:et/@%")


def test_the_password_is_in_the_address_that_ffmpeg_opens_and_nowhere_else() -> None:
    assert WIRING.address(WIRING.source) == "rtsp://guard:S3cr%3Aet%2F%40%25@127.0.0.1:1/watch"
    assert "S3cr" not in repr(WIRING)


def test_an_unreachable_camera_is_transient_and_does_not_tell_its_password() -> None:
    with pytest.raises(Transient) as raised:
        open_session(WIRING, WIRING.source, lambda: 0.0)
    told = f"{raised.value} {raised.value.values} {raised.value.__context__!r} {raised.value.__cause__!r}"
    assert raised.value.key == "camera.unreachable"
    assert "127.0.0.1:1/watch" in told
    assert "S3cr" not in told


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("rtsp://guard:secret@10.0.0.5/1", "camera.password_in_address"),
        ("http://10.0.0.5/video", "camera.unsupported_address"),
        ("rtsp:///nowhere", "camera.unsupported_address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(source: str, key: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        CameraWiring("gate", source)
    assert raised.value.key == key
    assert "secret" not in str(raised.value)


def test_a_missing_file_is_misconfigured() -> None:
    with pytest.raises(Misconfigured) as raised:
        open_session(CameraWiring("gate", "/nonexistent.mp4"), "/nonexistent.mp4", lambda: 0.0)
    assert raised.value.key == "camera.no_such_file"


def test_a_file_that_is_no_video_is_misconfigured(tmp_path: Path) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("no video")
    with pytest.raises(Misconfigured) as raised:
        open_session(CameraWiring("gate", str(file)), str(file), lambda: 0.0)
    assert raised.value.key == "camera.broken_file"


def test_every_camera_error_has_its_chinese_sentence() -> None:
    for key in _SENTENCES:
        error = fault(key, "gate", "detail-of-it")
        told = catalogue.explain(error, "zh-CN")
        assert told != str(error), key
        assert "gate" in told
        assert "detail-of-it" in told


def test_a_wrong_password_is_denied_whatever_ffmpeg_calls_it() -> None:
    import av.error

    error = av.error.HTTPUnauthorizedError(1, "Server returned 401", "rtsp://guard:secret@host/1")
    told: DeviceError = fault_of(error, "gate", "rtsp://host/1")
    assert isinstance(told, Denied)
    assert "secret" not in str(told)
