from pathlib import Path

import numpy as np
import pytest

from models.motion import Luma, Motion, MotionState, Sensitivity, step

RNG = np.random.default_rng(3)
YARD = RNG.integers(60, 180, (18, 32)).astype(np.uint8).repeat(20, 0).repeat(20, 1)


def view(*, exposure: float = 1.0, offset: float = 0.0, noise: float = 2.0) -> Luma:
    """A yard of grey patches, 640 by 360, as a noisy sensor sees it."""
    picture = YARD * exposure + offset + RNG.normal(0, noise, YARD.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def with_person(picture: Luma, left: int) -> Luma:
    shown = picture.copy()
    shown[120:300, left : left + 60] = 240
    return shown


def after(pictures: list[Luma], every_s: float = 0.2) -> tuple[MotionState, list[Motion]]:
    state, seen = MotionState(), []
    for number, picture in enumerate(pictures):
        state, motion = step(state, picture, number * every_s)
        seen.append(motion)
    return state, seen


def test_a_still_scene_with_sensor_noise_does_not_move() -> None:
    _, seen = after([view(noise=4) for _ in range(30)])
    assert all(m == Motion(0.0, ()) for m in seen)


def test_the_first_picture_shows_no_motion() -> None:
    assert step(MotionState(), view(), 5.0)[1] == Motion(0.0, ())


def test_a_person_walking_is_one_region_around_the_person() -> None:
    _, seen = after([view(), view(), with_person(view(), 200)])
    assert len(seen[-1].regions) == 1
    box = seen[-1].regions[0]
    assert box.x <= 200 / 640
    assert box.x + box.width >= 260 / 640
    assert box.y <= 120 / 360
    assert box.y + box.height >= 300 / 360
    assert box.width < 0.2
    assert box.height < 0.65
    assert seen[-1].fraction == pytest.approx(60 * 180 / (640 * 360), rel=0.4)


def test_two_people_apart_are_two_regions_the_larger_first() -> None:
    shown = with_person(view(), 100)
    shown[200:260, 500:530] = 240
    _, seen = after([view(), shown])
    assert len(seen[-1].regions) == 2
    assert seen[-1].regions[0].x < 0.3 < seen[-1].regions[1].x


def test_a_jump_of_exposure_is_no_movement() -> None:
    for exposure, offset in ((0.6, 0), (1.3, 0), (1.0, 25), (0.8, 20)):
        _, seen = after([view(), view(), view(exposure=exposure, offset=offset)])
        assert seen[-1].fraction < 0.02, (exposure, offset)
        assert not seen[-1].whole_picture


def test_a_person_is_seen_through_a_jump_of_exposure() -> None:
    _, seen = after([view(), with_person(view(exposure=0.7), 200)])
    assert len(seen[-1].regions) == 1
    assert 0.25 < seen[-1].regions[0].centre.x < 0.5


def test_another_view_at_once_is_told_as_the_whole_picture_and_learnt() -> None:
    other = np.ascontiguousarray(255 - YARD[::-1])
    state, seen = after([view(), other])
    assert seen[-1].whole_picture
    assert seen[-1].regions == ()
    assert step(state, other, 1.0)[1] == Motion(0.0, ())


def test_what_stands_still_is_absorbed_in_time_whatever_the_frame_rate() -> None:
    for every_s in (0.1, 0.5):
        frames = [view()] + [with_person(view(), 200)] * round(16 / every_s)
        state, seen = MotionState(), []
        for number, picture in enumerate(frames):
            state, motion = step(state, picture, number * every_s)
            seen.append((number * every_s, bool(motion.regions)))
        assert all(moving for now_s, moving in seen if 0 < now_s <= 2)
        assert not seen[-1][1], every_s


def test_the_state_that_was_passed_in_stays_as_it_was() -> None:
    state, _ = after([view(), view()])
    before = state.average.copy()
    step(state, with_person(view(), 100), 9.0)
    assert np.array_equal(state.average, before)


def test_pictures_of_any_size_and_shape_are_taken() -> None:
    for shape in ((180, 320), (1080, 1920), (360, 626), (97, 131)):
        state, motion = step(MotionState(sensitivity=Sensitivity()), np.full(shape, 90, np.uint8), 0.0)
        assert state.average.shape == (180, 320)
        assert motion.regions == ()


def test_an_empty_corridor_rests_and_a_visitor_moves(shared_data: Path) -> None:
    from drivers.cameras.footage import frames

    state, moving = MotionState(), {}
    for frame in frames(shared_data / "footage" / "visit_a.mp4", 5.0):
        state, motion = step(state, frame.luma, frame.mono_s)
        moving[frame.mono_s] = bool(motion.regions)
    assert not any(m for at, m in moving.items() if at < 5)
    assert np.mean([m for at, m in moving.items() if 8 < at < 20]) > 0.95


def test_a_car_park_whose_exposure_jumps_never_moves_as_a_whole(shared_data: Path) -> None:
    from drivers.cameras.footage import frames

    state, seen = MotionState(), []
    for frame in frames(shared_data / "footage" / "carpark_a.mp4", 5.0):
        state, motion = step(state, frame.luma, frame.mono_s)
        seen.append(motion)
    assert max(m.fraction for m in seen) < 0.35
    assert not any(m.whole_picture for m in seen)
