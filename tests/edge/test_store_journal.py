from contextlib import closing

import pytest

from edge.events import (
    Box,
    CameraFound,
    CameraLost,
    CameraTampered,
    FaceSeen,
    PresenceBegan,
    Stamped,
    VisionWorkerLost,
)
from edge.store import counters, journal
from edge.store.database import open_database, transaction

BOX = Box(0.1, 0.2, 0.3, 0.4)
OBSERVATIONS = [
    FaceSeen(
        camera="c", mono_s=1.5, track=1, subject=None, similarity=0.3, frames_agreed=4, face_px=60, box=BOX,
        zones=("door",),
    ),
    PresenceBegan(camera="c", mono_s=2.0, track=2, what="vehicle", zone=None, box=BOX),
    CameraLost(camera="c", mono_s=3.0, reason="camera.silent", detail="门", last_frame_age_s=None),
    CameraFound(camera="c", mono_s=3.0, away_s=1.0, width=640, height=360, codec="h264"),
    CameraTampered(camera="c", mono_s=4.0, how="covered", measure=0.9),
    VisionWorkerLost(worker=0, cameras=("c",), reason="vision.died", detail="9", mono_s=5.0),
]  # fmt: skip


def stamped(seq, observation):
    return Stamped(seq=seq, wall_s=100.25, mono_s=5.5, boot="b", clock_trusted=False, observation=observation)


def test_observations_come_back_as_they_were(tmp_path):
    rows = [stamped(seq, seen) for seq, seen in enumerate(OBSERVATIONS, start=1)]
    with closing(open_database(tmp_path / "d")) as connection:
        with transaction(connection):
            journal.append(connection, rows)
        assert list(journal.read(connection)) == rows
        assert list(journal.read(connection, after=4, limit=1)) == rows[4:5]


def test_a_number_never_comes_twice_even_when_old_rows_are_gone(tmp_path):
    with closing(open_database(tmp_path / "d")) as connection:
        with transaction(connection):
            journal.append(connection, [stamped(7, OBSERVATIONS[0])])
            connection.execute("DELETE FROM journal")
        assert counters.last(connection, "journal") == 7


@pytest.mark.parametrize("name", ["alert", "alerts", "pictures"])
def test_counters_give_out_numbers_from_one(tmp_path, name):
    with closing(open_database(tmp_path / "d")) as connection:
        assert [counters.following(connection, name) for _ in range(3)] == [1, 2, 3]
