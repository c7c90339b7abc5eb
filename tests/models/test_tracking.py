from hypothesis import given, settings
from hypothesis import strategies as st

from models.geometry import Box
from models.tracking import Following, TrackState, Velocity, finish, step


def at(x: float, y: float = 100.0, size: float = 40.0) -> Box:
    return Box(x, y, size, size)


def walked(pictures: list[list[Box]], every_s: float = 0.2, state: TrackState | None = None):
    """Show boxes picture after picture; return the state, the ids of each picture, and what ended."""
    state, ids, ended = state or TrackState(), [], []
    for number, boxes in enumerate(pictures):
        state, assigned, over = step(state, boxes, number * every_s)
        ids.append(assigned)
        ended += over
    return state, ids, ended


def test_one_thing_moving_keeps_its_id_and_is_confirmed_by_its_third_hit() -> None:
    state, ids, _ = walked([[at(10 + 8 * i)] for i in range(3)])
    assert ids == [(1,), (1,), (1,)]
    assert state.tracks[0].confirmed
    assert not walked([[at(10)], [at(18)]])[0].tracks[0].confirmed


def test_velocity_is_learnt_in_units_a_second() -> None:
    state, _, _ = walked([[at(10 + 10 * i)] for i in range(10)], every_s=0.2)
    assert abs(state.tracks[0].velocity.x - 50) < 1e-6
    assert state.tracks[0].velocity.y == 0


def test_a_fast_thing_is_followed_although_its_boxes_do_not_overlap() -> None:
    _, ids, _ = walked([[at(60 * i, size=60)] for i in range(8)])
    assert ids == [(1,)] * 8


def test_somebody_who_turns_up_nearby_after_a_gap_is_somebody_else() -> None:
    _, ids, _ = walked([[at(100)]] * 4 + [[]] * 4 + [[at(145)]])
    assert ids[-1] == (2,)


def test_a_thing_hidden_for_a_second_comes_back_under_its_id() -> None:
    seen = [[at(10 + 6 * i)] for i in range(8)]
    hidden = [[] for _ in range(5)]
    back = [[at(10 + 6 * (13 + i))] for i in range(3)]
    state, ids, ended = walked(seen + hidden + back)
    assert ids[-1] == (1,)
    assert ended == []
    assert state.tracks[0].misses == 0


def test_a_thing_gone_longer_than_the_gap_ends_and_its_id_never_returns() -> None:
    state, ids, ended = walked([[at(10)]] * 5 + [[]] * 12 + [[at(10)]])
    assert [t.id for t in ended] == [1]
    assert (ended[0].hits, ended[0].first_s, round(ended[0].last_s, 3)) == (5, 0.0, 0.8)
    assert ids[-1] == (2,)
    assert state.next_id == 3


def test_a_flicker_that_was_never_confirmed_ends_at_its_second_miss() -> None:
    _, _, ended = walked([[at(10)], [], []])
    assert [(t.id, t.confirmed) for t in ended] == [(1, False)]


def test_two_things_that_cross_keep_their_ids() -> None:
    pictures = [[at(20 * i, 100), at(400 - 20 * i, 118)] for i in range(21)]
    _, ids, ended = walked(pictures)
    assert ids[0] == (1, 2)
    assert ids[-1] == (1, 2)
    assert ended == []


def test_two_boxes_on_one_track_leave_the_worse_one_a_new_id() -> None:
    _, ids, _ = walked([[at(100)]] * 3 + [[at(112), at(101)]])
    assert ids[-1] == (2, 1)


def test_a_confirmed_track_chooses_before_a_new_one() -> None:
    state, _, _ = walked([[at(100)]] * 3 + [[at(100), at(110)]])
    _, assigned, _ = step(state, [at(107)], 0.8)
    assert assigned == (1,)


def test_a_lost_track_does_not_run_away_on_its_velocity() -> None:
    state, _, _ = walked(
        [[at(50 * i, size=60)] for i in range(5)], state=TrackState(following=Following(max_gap_s=9))
    )
    track = state.tracks[0]
    assert track.expected(track.last_s + 8) == track.expected(track.last_s + 1)


def test_finishing_ends_every_track() -> None:
    state, _, _ = walked([[at(0), at(200)]] * 3)
    after, assigned, ended = finish(state)
    assert (after.tracks, assigned) == ((), ())
    assert [t.id for t in ended] == [1, 2]


def test_the_same_moment_twice_does_not_divide_by_zero() -> None:
    state, _, _ = step(TrackState(), [at(0)], 1.0)
    state, assigned, _ = step(state, [at(5)], 1.0)
    assert assigned == (1,)
    assert state.tracks[0].velocity == Velocity()


boxes = st.builds(Box, st.floats(-50, 700), st.floats(-50, 400), st.floats(0, 200), st.floats(0, 200))


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.lists(boxes, max_size=6), st.floats(0, 3)), max_size=25))
def test_every_box_has_one_track_and_ids_only_rise(history: list[tuple[list[Box], float]]) -> None:
    state, now_s = TrackState(), 0.0
    ended_ids: set[int] = set()
    for shown, passed_s in history:
        now_s += passed_s
        before = state
        state, assigned, ended = step(state, shown, now_s)
        living = {t.id for t in state.tracks}
        assert len(assigned) == len(shown)
        assert len(set(assigned)) == len(assigned)
        assert set(assigned) <= living
        assert {t.box for t in state.tracks if t.id in set(assigned)} == set(shown) or len(set(shown)) < len(
            shown
        )
        new = [t.id for t in state.tracks if t.id >= before.next_id]
        assert new == list(range(before.next_id, state.next_id))
        ended_ids |= {t.id for t in ended}
        assert not ended_ids & living
        assert {t.id for t in before.tracks} | set(new) == living | {t.id for t in ended}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-120, 120), st.floats(-60, 60))
def test_one_thing_with_a_jittering_box_and_missed_pictures_is_one_track(
    seed: int, speed_x: float, speed_y: float
) -> None:
    import random

    rng = random.Random(seed)
    state, ids = TrackState(), set()
    for number in range(40):
        now_s = number * 0.2
        if number > 4 and rng.random() < 0.25:
            state, _, _ = step(state, [], now_s)
            continue
        box = Box(
            300 + speed_x * now_s + rng.uniform(-3, 3), 200 + speed_y * now_s + rng.uniform(-3, 3), 60, 80
        )
        state, assigned, _ = step(state, [box], now_s)
        ids |= set(assigned)
    assert ids == {1}
