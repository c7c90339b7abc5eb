from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.motion import Luma
from models.tampering import TamperState, TamperVerdict, Tolerance, step

RNG = np.random.default_rng(11)


def _gate() -> Luma:
    """A drawn gate: walls, posts, bars, a sign; 320 by 180."""
    picture = np.full((180, 320), 120, np.uint8)
    cv2.rectangle(picture, (0, 0), (319, 60), 170, -1)
    cv2.rectangle(picture, (40, 50), (60, 170), 60, -1)
    cv2.rectangle(picture, (250, 40), (275, 170), 200, -1)
    for x in range(70, 245, 14):
        cv2.line(picture, (x, 70), (x, 160), 40, 2)
    cv2.putText(picture, "MENWEI", (80, 50), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 2)
    cv2.circle(picture, (300, 30), 14, 250, -1)
    return picture


GATE = _gate()


def noisy(picture: Luma, sigma: float = 2.0) -> Luma:
    return np.clip(picture + RNG.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def lasting(seconds: float, make: Callable[[], Luma]) -> list[Luma]:
    return [make() for _ in range(round(seconds * 2))]


def gate() -> Luma:
    return noisy(GATE)


def black() -> Luma:
    return noisy(np.full_like(GATE, 17), 1.5)


def cloth() -> Luma:
    return noisy(cv2.GaussianBlur(GATE, (0, 0), 25) // 2, 3)


def turned() -> Luma:
    shift = np.float32([[1, 0, 60], [0, 1, 12]])
    return noisy(cv2.warpAffine(GATE, shift, (320, 180), borderMode=cv2.BORDER_REFLECT))


def told(
    pictures: Iterable[Luma], state: TamperState | None = None, start_s: float = 0.0
) -> tuple[TamperState, list[tuple[float, TamperVerdict]]]:
    """Show pictures twice a second; return the state and (seconds since the first, verdict)."""
    state, verdicts = state or TamperState(), []
    for number, picture in enumerate(pictures):
        state, verdict = step(state, picture, start_s + number / 2)
        if verdict is not None:
            verdicts.append((number / 2, verdict))
    return state, verdicts


def known_gate() -> TamperState:
    return told(lasting(30, gate))[0]


@pytest.mark.parametrize(
    ("make", "how", "least_s", "most_s"),
    [(black, "black", 5, 6), (cloth, "covered", 5, 7), (turned, "moved", 15, 22)],
)
def test_a_view_that_is_taken_away_is_told_once_after_its_hold(
    make: Callable[[], Luma], how: str, least_s: float, most_s: float
) -> None:
    _, verdicts = told(lasting(60, make), known_gate(), 30.0)
    assert [(v.how, v.began) for _, v in verdicts] == [(how, True)]
    assert least_s <= verdicts[0][0] <= most_s


def test_a_picture_that_stands_still_to_the_last_bit_is_frozen_after_half_a_minute() -> None:
    still = gate()
    _, verdicts = told([still] * 90, known_gate(), 30.0)
    assert [(at, v.how, v.began) for at, v in verdicts] == [(30.0, "frozen", True)]


def test_a_still_scene_with_sensor_noise_is_not_frozen() -> None:
    assert told(lasting(120, lambda: noisy(GATE, 1.0)), known_gate(), 30.0)[1] == []


def test_an_encoder_that_repeats_pictures_for_seconds_is_not_frozen() -> None:
    pictures = [p for picture in lasting(10, gate) for p in [picture] * 20]
    assert told(pictures, known_gate(), 30.0)[1] == []


def test_a_hand_over_the_lens_for_a_moment_is_not_told() -> None:
    assert told([*lasting(3, cloth), *lasting(10, gate)], known_gate(), 30.0)[1] == []


def test_moments_of_covering_do_not_add_up() -> None:
    pictures = [p for _ in range(6) for p in (*lasting(3, black), *lasting(3, gate))]
    assert told(pictures, known_gate(), 30.0)[1] == []


def test_the_view_as_it_was_clears_what_was_told_with_how_long_it_lasted() -> None:
    state, verdicts = told([*lasting(20, black), *lasting(20, gate)], known_gate(), 30.0)
    (_, began), (cleared_s, cleared) = verdicts
    assert (began.how, began.began, cleared.how, cleared.began) == ("black", True, "black", False)
    assert cleared_s == pytest.approx(cleared.lasted_s)
    assert 25 <= cleared.lasted_s < 34
    assert state.active is None


def test_a_covered_camera_that_is_then_turned_away_is_told_as_both() -> None:
    _, verdicts = told([*lasting(20, cloth), *lasting(40, turned)], known_gate(), 30.0)
    assert [(v.how, v.began) for _, v in verdicts] == [("covered", True), ("covered", False), ("moved", True)]


def test_nightfall_and_a_jump_of_exposure_do_not_tamper() -> None:
    def night() -> Luma:
        return noisy((GATE * 0.3).astype(np.uint8), 4)

    def bright() -> Luma:
        return noisy(np.clip(GATE * 1.4 + 10, 0, 255).astype(np.uint8))

    assert told([*lasting(60, night), *lasting(60, bright)], known_gate(), 30.0)[1] == []


def test_a_lorry_that_passes_before_half_the_picture_does_not_tamper() -> None:
    def passing(number: int) -> Luma:
        shown = GATE.copy()
        left = number * 40 - 160
        shown[40:170, max(0, left) : max(0, left + 160)] = 210
        return noisy(shown)

    pictures = [passing(n) for n in range(12)] + lasting(20, gate)
    assert told(pictures, known_gate(), 30.0)[1] == []


def test_a_camera_that_shakes_in_the_wind_has_not_moved() -> None:
    def shaken() -> Luma:
        shift = np.float32([[1, 0, RNG.integers(-8, 9)], [0, 1, RNG.integers(-4, 5)]])
        return noisy(cv2.warpAffine(GATE, shift, (320, 180), borderMode=cv2.BORDER_REFLECT))

    assert told(lasting(60, shaken), known_gate(), 30.0)[1] == []


def test_a_camera_that_was_never_seen_sound_can_be_black_and_covered() -> None:
    assert [v.how for _, v in told(lasting(20, black))[1]] == ["black"]
    assert [v.how for _, v in told(lasting(20, lambda: noisy(np.full_like(GATE, 120), 0.5)))[1]] == [
        "covered"
    ]


def test_a_gap_without_pictures_starts_every_count_anew() -> None:
    state, verdicts = told(lasting(4, black), known_gate(), 30.0)
    assert verdicts == []
    state, verdicts = told(lasting(4, black), state, 300.0)
    assert verdicts == []
    still = gate()
    state, _ = told([still] * 40, state, 400.0)
    assert told([still] * 40, state, 500.0)[1] == []


def test_the_same_picture_handed_in_twice_changes_nothing() -> None:
    state = known_gate()
    picture = gate()
    once, _ = step(state, picture, 40.0)
    assert step(once, picture, 40.0) == (once, None)
    assert step(once, picture, 40.2) == (once, None)


def test_shorter_holds_can_be_asked_for() -> None:
    state = TamperState(tolerance=Tolerance(black_hold_s=1.0))
    assert told(lasting(5, black), state)[1][0][0] == 1.0


@pytest.fixture(scope="module")
def recordings(shared_data: Path) -> dict[str, list[Luma]]:
    """Every real clip at 2 pictures a second."""
    from drivers.cameras.footage import frames

    return {
        path.stem: [cv2.resize(np.array(f.luma), (640, 360)) for f in frames(path, 2.0)]
        for path in sorted((shared_data / "footage").glob("*.mp4"))
    }


def minute(pictures: list[Luma]) -> list[Luma]:
    """Play a clip to and fro until it lasts a minute, so that nothing jumps."""
    to_and_fro = pictures + pictures[::-1]
    return (to_and_fro * (1 + 120 // len(to_and_fro)))[: max(120, len(pictures))]


def test_no_real_recording_raises_a_false_alarm(recordings: dict[str, list[Luma]]) -> None:
    # The camera of plate_gb_closeup is really moving.
    alarms = {name: told(minute(clip))[1] for name, clip in recordings.items() if name != "plate_gb_closeup"}
    assert len(alarms) >= 15
    assert {name: a for name, a in alarms.items() if a} == {}


def test_every_real_recording_shows_when_it_is_blacked_sprayed_frozen_or_turned(
    recordings: dict[str, list[Luma]],
) -> None:
    turn = cv2.getRotationMatrix2D((320, 180), 15, 1)
    missed = []
    for name, clip in recordings.items():
        pictures = minute(clip)
        state, _ = told(pictures)
        start_s = len(pictures) / 2
        attacks: dict[str, list[Luma]] = {
            "black": [noisy(np.full_like(p, 16), 1.5) for p in pictures[:20]],
            "covered": [noisy(np.full_like(p, 140), 4) for p in pictures[:20]],
            "frozen": [pictures[-1]] * 80,
            "moved": [
                cv2.warpAffine(p, turn, (640, 360), borderMode=cv2.BORDER_REFLECT) for p in pictures[:80]
            ],
        }
        for how, attack in attacks.items():
            hows = [v.how for _, v in told(attack, state, start_s)[1] if v.began]
            if how not in hows:
                missed.append((name, how, hows))
    assert missed == []
