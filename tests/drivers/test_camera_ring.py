from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.cameras.packets import Packet
from drivers.cameras.ring import Bounds, PacketRing


def packet(arrival_s: float, *, key: bool = False, size: int = 100) -> Packet:
    return Packet(key, arrival_s, arrival_s, size, None)


def filled(bounds: Bounds, packets: list[Packet]) -> PacketRing:
    ring = PacketRing(bounds)
    for p in packets:
        ring.append(p)
    return ring


def test_what_comes_before_the_first_key_frame_is_passed_over() -> None:
    ring = filled(Bounds(10, 10_000), [packet(0), packet(1), packet(2, key=True), packet(3)])
    assert [p.arrival_s for p in ring.packets()] == [2, 3]


def test_whole_groups_leave_when_the_rest_covers_the_seconds() -> None:
    ring = filled(Bounds(3, 10_000), [packet(i, key=i % 2 == 0) for i in range(9)])
    assert [p.arrival_s for p in ring.packets()] == [4, 5, 6, 7, 8]


def test_a_group_over_the_bound_of_bytes_is_given_up_until_the_next_key_frame() -> None:
    ring = filled(Bounds(100, 250), [packet(0, key=True), packet(1), packet(2), packet(3)])
    assert ring.packets() == ()
    ring.append(packet(4, key=True))
    assert [p.arrival_s for p in ring.packets()] == [4]


def test_running_numbers_go_on_across_groups_and_clearing() -> None:
    ring = filled(Bounds(100, 10_000), [packet(0, key=True), packet(1), packet(2, key=True), packet(3)])
    first, group = ring.newest_group()
    assert (first, len(group)) == (2, 2)
    ring.clear()
    assert ring.newest_group() == (4, ())


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 400), st.floats(0, 5)), max_size=80),
    st.integers(200, 2000),
    st.floats(1, 20),
)
def test_it_starts_at_a_key_frame_and_keeps_its_bounds(
    arrivals: list[tuple[bool, int, float]], size: int, seconds: float
) -> None:
    ring, now_s = PacketRing(Bounds(seconds, size)), 0.0
    for key, bytes_, passed_s in arrivals:
        now_s += passed_s
        ring.append(packet(now_s, key=key, size=bytes_))
        held = ring.packets()
        assert not held or held[0].is_key
        assert ring.size == sum(p.size for p in held) <= size
        newest = ring.newest_group()[1]
        assert held[len(held) - len(newest) :] == newest
