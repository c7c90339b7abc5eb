"""Density by the minute, whatever the clock does."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.probes import density
from drivers.probes.density import Density, Measuring, Now, step
from drivers.probes.key import Sighting

NOON = 1_800_000_000 - 1_800_000_000 % 60
MEASURING = Measuring()


def phone(number, rssi=-50, *, randomised=False):
    return Sighting(number.to_bytes(8, "big"), rssi, randomised)


class Walk:
    """A density that is fed with both clocks in hand."""

    def __init__(self):
        self.state, self.wall_s, self.mono_s, self.told = Density(), float(NOON), 50.0, []

    def hear(self, *sightings, heard_s=None, listening=True):
        now = Now(self.wall_s, self.mono_s)
        self.state, told = step(self.state, sightings, now, MEASURING, heard_s=heard_s, listening=listening)
        self.told += told
        return self

    def wait(self, seconds, *, listening=True, every=1.0):
        while seconds > 0:
            self.wall_s += min(every, seconds)
            self.mono_s += min(every, seconds)
            seconds -= every
            self.hear(listening=listening)
        return self

    def counts(self):
        return [(m.start_s - NOON, len(m.devices), len(m.near), m.frames) for m in self.told]


def test_a_minute_counts_distinct_devices_and_those_that_are_near():
    walk = Walk().hear(phone(1), phone(1), phone(2, -80), phone(3, -65), phone(4, None)).wait(70)
    assert walk.counts() == [(0, 4, 1, 5)]


def test_a_device_is_near_when_one_of_its_frames_is():
    walk = Walk().hear(phone(1, -90)).wait(3).hear(phone(1, -40)).wait(70)
    assert walk.counts() == [(0, 1, 1, 2)]


def test_made_up_addresses_are_counted_and_flagged():
    walk = Walk().hear(phone(1, randomised=True), phone(2)).wait(70)
    assert (len(walk.told[0].devices), len(walk.told[0].randomised)) == (2, 1)


def test_a_minute_in_which_somebody_listened_and_nobody_spoke_is_zero():
    walk = Walk().hear().wait(130)
    assert walk.counts() == [(0, 0, 0, 0), (60, 0, 0, 0)]
    assert [m.covered_s for m in walk.told] == [59.0, 60.0]


def test_minutes_in_which_the_probe_was_lost_are_not_told():
    walk = Walk().hear(phone(1)).wait(59).wait(300, listening=False)
    assert walk.counts() == [(0, 1, 1, 1)]


def test_a_minute_that_was_measured_in_part_says_so():
    walk = Walk()
    walk.wall_s += 50
    walk.hear(phone(1)).wait(20)
    assert walk.counts() == [(0, 1, 1, 1)]
    assert walk.told[0].covered_s == 9.0


def test_a_late_word_counts_in_its_own_minute_while_that_is_open_and_never_after():
    walk = Walk().wait(62).hear(phone(1), heard_s=NOON + 59).wait(10)
    assert walk.counts() == [(0, 1, 1, 1)]
    walk.hear(phone(2), phone(3), heard_s=NOON + 59).wait(60)
    assert walk.counts() == [(0, 1, 1, 1), (60, 0, 0, 0)]
    assert walk.state.late == 2


def test_a_word_from_the_future_counts_now():
    walk = Walk().hear(phone(1), heard_s=NOON + 86_400).wait(70)
    assert walk.counts() == [(0, 1, 1, 1)]


def test_a_clock_that_slips_back_over_a_minute_does_not_tell_it_twice():
    walk = Walk().wait(66).hear(phone(1))
    walk.wall_s -= 20
    walk.hear(phone(2)).wait(100)
    assert walk.counts() == [(0, 0, 0, 0), (60, 2, 2, 2)]


def test_a_clock_that_is_set_back_far_loses_nothing_that_was_heard():
    walk = Walk().hear(phone(1)).wait(10)
    walk.wall_s -= 3600
    walk.hear(phone(2)).wait(70)
    assert walk.counts() == [(0, 1, 1, 1), (-3600, 1, 1, 1)]


def test_a_clock_that_is_set_forward_invents_no_minutes():
    walk = Walk().hear(phone(1)).wait(10)
    walk.wall_s += 3600
    walk.hear(phone(2)).wait(70)
    assert walk.counts() == [(0, 1, 1, 1), (3600, 1, 1, 1)]


def test_a_flood_of_made_up_addresses_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(density, "MOST_DEVICES", 100)
    walk = Walk()
    for number in range(500):
        walk.hear(phone(number), phone(number + 1))
    minute = walk.state.open[-1]
    assert len(minute.devices) == 100
    assert minute.frames == 1000
    walk.hear(phone(1, randomised=True), phone(1000, randomised=True))
    assert len(walk.state.open[-1].randomised) == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.2, 1.0, 3.0, 20.0, 70.0]),
        st.sampled_from([0.0] * 6 + [-30.0, 30.0, -90.0, 4000.0, -4000.0]),
        st.lists(st.tuples(st.integers(0, 9), st.integers(-90, -40)), max_size=4),
        st.sampled_from([None, None, -70.0, -3.0, 5.0]),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_every_frame_is_told_once_or_counted_as_late_whatever_the_clock_does(steps):
    walk, said = Walk(), 0
    for seconds, jump, phones, heard in steps:
        walk.mono_s += seconds
        walk.wall_s += seconds + jump
        heard_s = None if heard is None else walk.wall_s + heard
        walk.hear(*(phone(n, rssi) for n, rssi in phones), heard_s=heard_s)
        said += len(phones)
        assert len(walk.state.open) <= 2
        assert all(m.near <= m.devices and len(m.devices) <= m.frames for m in walk.state.open)
    assert said == sum(m.frames for m in (*walk.told, *walk.state.open)) + walk.state.late


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 4), st.integers(0, 5), st.integers(-90, -40)), max_size=80))
def test_with_a_steady_clock_each_minute_is_what_counting_by_hand_gives(events):
    walk, by_hand = Walk(), {}
    for seconds, number, rssi in events:
        walk.wall_s += seconds
        walk.mono_s += seconds
        walk.hear(phone(number, rssi))
        by_hand.setdefault(int((walk.wall_s - NOON) // 60) * 60, []).append((number, rssi))
    walk.wait(70)
    expected = [
        (start, len({n for n, _ in heard}), len({n for n, r in heard if r > -65}), len(heard))
        for start, heard in sorted(by_hand.items())
    ]
    assert [c for c in walk.counts() if c[3]] == expected


def test_the_state_is_a_value():
    before = Density()
    step(before, (phone(1),), Now(NOON, 1.0), MEASURING)
    assert before == Density() == replace(before)
