from drivers.cameras.camera import CameraHealth
from edge.events import CameraFound, CameraLost
from edge.vision.watching import Watch, step

WATCH = Watch(camera="gate", lost_after_s=5.0, since_s=100.0)


def health(age_s: float | None, reason: str | None = None) -> CameraHealth:
    return CameraHealth(
        state="streaming",
        last_packet_age_s=age_s,
        last_frame_age_s=age_s,
        frames=0 if age_s is None else 9,
        packets=9,
        malformed=0,
        reconnects=0,
        codec="h264",
        width=640,
        height=360,
        reason=reason,
    )


def test_a_camera_is_found_once_when_its_first_frame_comes():
    watch, said = step(WATCH, health(0.1), 101.0)
    assert [type(o) for o in said] == [CameraFound]
    assert said[0].away_s is None
    assert step(watch, health(0.2), 101.2)[1] == []


def test_a_camera_that_never_came_is_lost_after_its_deadline_and_only_once():
    watch, said = step(WATCH, health(None), 104.9)
    assert said == []
    watch, said = step(watch, health(None, "camera.denied"), 105.0)
    assert [(type(o), o.reason, o.last_frame_age_s) for o in said] == [(CameraLost, "camera.denied", None)]
    assert step(watch, health(None), 200.0)[1] == []


def test_a_frozen_camera_is_lost_within_its_deadline_with_the_age_of_its_last_frame():
    watch, _ = step(WATCH, health(0.1), 101.0)
    assert step(watch, health(4.9), 105.8)[1] == []
    _, said = step(watch, health(5.0), 105.9)
    assert [(type(o), o.last_frame_age_s) for o in said] == [(CameraLost, 5.0)]


def test_a_camera_that_comes_back_says_how_long_it_was_away():
    watch, _ = step(WATCH, health(0.0), 101.0)
    watch, _ = step(watch, health(6.0), 107.0)
    _, said = step(watch, health(0.1), 131.0)
    assert [(type(o), o.away_s) for o in said] == [(CameraFound, 30.0)]
