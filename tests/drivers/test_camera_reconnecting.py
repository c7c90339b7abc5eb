from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Denied, Malformed, Misconfigured, Transient
from drivers.cameras.reconnecting import (
    Due,
    Event,
    Failed,
    Finished,
    Link,
    Opened,
    Order,
    Patience,
    Phase,
    begin,
    step,
)

PATIENCE = Patience(first_s=1.0, cap_s=30.0, denied_s=900.0, misconfigured_s=60.0, settled_s=10.0)


def failing(times: int, family: type = Transient, jitter: float = 1.0) -> list[float]:
    """Return the waits after so many failures to open in a row."""
    link, now_s, waits = begin(0.0), 0.0, []
    for _ in range(times):
        link, order = step(link, Failed(family, jitter), now_s, PATIENCE)
        assert order is Order.WAIT
        waits.append(link.retry_at_s - now_s)
        now_s = link.retry_at_s
        link, order = step(link, Due(), now_s, PATIENCE)
        assert order is Order.OPEN
    return waits


def test_the_wait_doubles_up_to_the_cap() -> None:
    assert failing(8) == [1, 2, 4, 8, 16, 30, 30, 30]


def test_jitter_shortens_a_wait_by_half_at_most() -> None:
    assert failing(3, jitter=0.0) == [0.5, 1.0, 2.0]


def test_a_camera_that_refuses_the_password_is_not_hammered() -> None:
    assert failing(3, Denied) == [900, 900, 900]


def test_a_misconfigured_camera_is_looked_at_rarely() -> None:
    assert failing(2, Misconfigured) == [60, 60]


def test_a_stream_that_held_makes_up_for_earlier_failures() -> None:
    link = Link(Phase.CONNECTING, 0.0, failures=5)
    link, order = step(link, Opened(), 0.0, PATIENCE)
    assert order is Order.READ
    after, _ = step(link, Failed(Transient, 1.0), 10.0, PATIENCE)
    assert (after.failures, after.retry_at_s) == (1, 11.0)


def test_a_stream_that_breaks_at_once_goes_on_backing_off() -> None:
    link, _ = step(Link(Phase.CONNECTING, 0.0, failures=3), Opened(), 0.0, PATIENCE)
    after, _ = step(link, Failed(Transient, 1.0), 1.0, PATIENCE)
    assert (after.failures, after.retry_at_s) == (4, 9.0)


def test_before_its_time_it_goes_on_waiting() -> None:
    link, _ = step(begin(0.0), Failed(Transient, 1.0), 0.0, PATIENCE)
    after, order = step(link, Due(), 0.99, PATIENCE)
    assert order is Order.WAIT
    assert after == link


def test_a_file_at_its_end_is_left_for_good() -> None:
    link, order = step(Link(Phase.STREAMING, 0.0), Finished(), 5.0, PATIENCE)
    assert order is Order.LEAVE
    assert step(link, Failed(Transient, 1.0), 6.0, PATIENCE) == (link, Order.LEAVE)


events = st.one_of(
    st.just(Opened()),
    st.just(Due()),
    st.builds(Failed, st.sampled_from([Transient, Denied, Malformed, Misconfigured]), st.floats(0, 1)),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(events, st.floats(0, 100)), max_size=60))
def test_it_always_knows_what_to_do_and_never_waits_in_the_past(history: list[tuple[Event, float]]) -> None:
    link, now_s = begin(0.0), 0.0
    for event, passed_s in history:
        now_s += passed_s
        link, order = step(link, event, now_s, PATIENCE)
        assert (order is Order.WAIT) == (link.retry_at_s is not None)
        if isinstance(event, Failed):
            assert now_s + 0.5 <= link.retry_at_s <= now_s + PATIENCE.denied_s
