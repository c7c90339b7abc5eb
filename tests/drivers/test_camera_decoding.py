from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from drivers.cameras.decoding import Decoder, Frame
from drivers.cameras.packets import Packet, open_session
from drivers.cameras.wiring import CameraWiring

Clip = Callable[..., Path]


def packets_of(path: Path) -> tuple[list[Packet], Decoder]:
    session = open_session(CameraWiring("gate", str(path)), str(path), iter(range(10_000)).__next__)
    packets = list(session.packets())
    decoder = Decoder(session.description, "gate")
    session.close()
    return packets, decoder


def decoded(path: Path) -> Iterator[Frame]:
    packets, decoder = packets_of(path)
    for packet in packets:
        yield from decoder.decode(packet)
    yield from decoder.flush()


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_every_picture_comes_out_in_order_with_its_time(clip: Clip, codec: str) -> None:
    options = (
        {"x265-params": "log-level=error:keyint=10:bframes=0:scenecut=0"} if codec == "libx265" else None
    )
    frames = list(decoded(clip(codec=codec, frames=25, fps=10, options=options)))
    assert [round(f.pts_s, 3) for f in frames] == [round(i / 10, 3) for i in range(25)]
    assert frames[0].is_key
    assert not frames[1].is_key


def test_b_frames_come_out_in_order_each_with_the_arrival_of_its_own_packet(clip: Clip) -> None:
    path = clip(frames=25, options={"g": "25", "bf": "3", "b_strategy": "0"})
    packets, _ = packets_of(path)
    assert [p.pts_s for p in packets] != sorted(p.pts_s for p in packets), "the clip has no B-frames"
    arrivals = {round(p.pts_s, 4): p.arrival_s for p in packets}
    frames = list(decoded(path))
    assert len(frames) == 25
    assert [f.pts_s for f in frames] == sorted(f.pts_s for f in frames)
    assert all(arrivals[round(f.pts_s, 4)] == f.mono_s for f in frames)


def test_luma_is_a_read_only_view_into_the_decoders_memory(clip: Clip) -> None:
    # 322 wide: the decoder's lines are longer than the picture's.
    frame = next(decoded(clip(size=(322, 180))))
    plane = frame.picture.planes[0]
    assert frame.luma.shape == (180, 322)
    assert frame.luma.strides == (plane.line_size, 1)
    assert plane.line_size > 322
    assert np.shares_memory(frame.luma, np.frombuffer(plane, np.uint8))
    assert np.array_equal(frame.luma, frame.picture.to_ndarray()[:180])
    with pytest.raises(ValueError, match="read-only"):
        frame.luma[0, 0] = 1


def test_colour_is_the_same_from_opencv_and_from_ffmpeg(clip: Clip) -> None:
    frame = next(decoded(clip()))
    ours = frame.bgr().astype(int)[:, 20:140]
    theirs = frame.picture.to_ndarray(format="bgr24").astype(int)[:, 20:140]
    assert ours.shape == (180, 120, 3)
    assert np.abs(ours - theirs).mean() < 2


@pytest.mark.parametrize("pixel_format", ["yuvj420p", "yuv444p", "yuv420p10le", "rgb24", "nv12"])
def test_pictures_of_other_formats_give_grey_and_colour_too(pixel_format: str) -> None:
    from drivers.cameras.decoding import _frame

    picture = np.full((90, 160, 3), (40, 120, 200), np.uint8)
    made = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format=pixel_format)
    made.opaque = (1.0, 2.0)
    frame = _frame(made)
    assert frame.luma.shape == (90, 160)
    assert 90 < frame.luma.mean() < 165
    assert np.abs(frame.bgr().astype(int) - picture).mean() < 4


def test_an_odd_size_is_converted_all_the_same() -> None:
    from drivers.cameras.decoding import _frame

    made = av.VideoFrame.from_ndarray(np.full((91, 161, 3), 90, np.uint8), format="bgr24")
    made = made.reformat(format="yuv420p")
    made.opaque = (0.0, 0.0)
    assert _frame(made).bgr().shape == (91, 161, 3)


def test_packets_before_the_first_key_frame_are_passed_over(clip: Clip) -> None:
    packets, decoder = packets_of(clip(frames=20))
    frames = [f for p in packets[3:] for f in decoder.decode(p)]
    assert [round(f.pts_s, 3) for f in frames] == [round(i / 10, 3) for i in range(10, 20)]
    assert decoder.malformed == 0


def test_a_corrupt_packet_is_counted_and_the_rest_goes_on(clip: Clip) -> None:
    packets, decoder = packets_of(clip(frames=30))
    broken = av.Packet(b"\x00\x00\x00\x05\x65\xff\xff\xff\xff" * 3)
    broken.opaque = (0.0, 0.0)
    frames = []
    for i, packet in enumerate(packets):
        frames += decoder.decode(Packet(False, 0.0, 0.0, 27, broken) if i == 15 else packet)
    assert decoder.malformed >= 1
    assert len(frames) >= 25
    assert round(frames[-1].pts_s, 3) == 2.9
