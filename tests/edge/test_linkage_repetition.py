from msgspec.structs import replace

from edge.events import Box, CameraFound, CameraLost, PlateRead, PresenceBegan
from edge.linkage import repetition

PARKED = PlateRead(
    camera="lane", mono_s=1.0, track=1, text="鄂A12345", plate_type="civil", colour="blue", confidence=0.98,
    exact_reads=3, box=Box(0, 0, 1, 1),
)  # fmt: skip
LOST = CameraLost(camera="lane", mono_s=1, reason="camera.silent", detail="", last_frame_age_s=None)
FOUND = CameraFound(camera="lane", mono_s=2, away_s=1, width=1, height=1, codec="h264")


def kept(observations_at):
    standing, news = {}, []
    for observation, mono_s in observations_at:
        standing, new = repetition.step(standing, observation, mono_s)
        news.append(new)
    return news


def test_a_parked_car_is_journalled_once_a_minute_however_often_it_is_read():
    assert sum(kept((replace(PARKED, repeat=n), n * 0.5) for n in range(1200))) == 10


def test_a_camera_that_stays_lost_is_journalled_once_an_hour():
    assert sum(kept((LOST, n * 5.0) for n in range(1440))) == 2


def test_every_change_is_news():
    other = replace(PARKED, text="鄂A12346")
    assert kept([(PARKED, 0), (other, 1), (PARKED, 2), (LOST, 3), (FOUND, 4), (LOST, 5)]) == [True] * 6
    assert kept([(LOST, 0), (replace(LOST, reason="camera.denied"), 1)]) == [True, True]


def test_comings_and_goings_are_always_news():
    began = PresenceBegan(camera="c", mono_s=1, track=1, what="person", zone=None, box=Box(0, 0, 1, 1))
    assert kept([(began, 0), (began, 0)]) == [True, True]


def test_what_was_told_long_ago_is_forgotten():
    standing = {}
    for track in range(1000):
        standing, _ = repetition.step(standing, replace(PARKED, track=track), track * 10.0)
    assert len(standing) <= 7
