"""Why a reader is not there: what was heard of it since its link was last alive decides."""

from pathlib import Path

import pytest

from drivers.doors.osdp_conversation import why
from drivers.doors.osdp_port import Heard
from drivers.doors.osdp_wiring import OsdpReaderWiring

NORTH = OsdpReaderWiring("north", 5, Path("north.key"))
ALIVE_S = 100.0


@pytest.mark.parametrize(
    ("heard", "key"),
    [
        (Heard(), "silent"),
        (Heard(word_s=100.0, answered_s=99.0), "silent"),
        (Heard(word_s=100.0, broken_s=101.0), "disturbed"),
        (Heard(word_s=102.0, broken_s=101.0, answered_s=102.0), "disturbed"),
        (Heard(word_s=102.0, broken_s=99.0, answered_s=102.0, secure_channel=True), "wrong_key"),
        # It proved to know the key: what is wrong is the link.
        (Heard(word_s=102.0, answered_s=101.0, proven_s=102.0, secure_channel=True), "disturbed"),
        # That it knew the key before is no proof of now: another reader may have taken its place.
        (Heard(word_s=102.0, answered_s=101.0, proven_s=99.0, secure_channel=True), "wrong_key"),
        (Heard(word_s=102.0, secure_channel=False), "no_secure_channel"),
        (Heard(word_s=102.0), "disturbed"),
    ],
)
def test_why_a_reader_is_not_there_is_what_was_heard_since_it_was(heard, key):
    error = why(NORTH, heard, ALIVE_S)
    assert error.key == f"door.{key}"
    assert error.values == {"device": "north", "detail": "OSDP 5"}


def test_of_a_reader_that_was_never_there_everything_counts():
    assert why(NORTH, Heard(word_s=1.0, answered_s=1.0), None).key == "door.wrong_key"
    assert why(NORTH, Heard(), None).key == "door.silent"
