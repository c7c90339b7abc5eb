import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Malformed
from edge.events import CameraLost, Report
from edge.vision import messages

REPORTED = messages.Reported(
    (
        Report(
            CameraLost(camera="c", mono_s=1.5, reason="camera.no_frames", detail="", last_frame_age_s=None),
            b"\xff\xd8",
        ),
    )
)


def test_a_message_arrives_as_it_was_sent_and_says_how_long_it_was():
    frame = messages.encode(REPORTED)
    assert messages.decode(frame + b"next") == (REPORTED, len(frame))


@given(st.integers(0, 60))
def test_a_message_cut_short_is_awaited(cut):
    frame = messages.encode(REPORTED)
    assert messages.decode(frame[: min(cut, len(frame) - 1)]) == (None, 0)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_incomplete_or_malformed(noise):
    try:
        message, used = messages.decode(noise)
    except Malformed:
        return
    assert (message is None) == (used == 0)


def test_a_length_beyond_all_bounds_is_malformed_not_awaited():
    with pytest.raises(Malformed):
        messages.decode(b"\xff\xff\xff\xff")
