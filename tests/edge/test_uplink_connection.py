from drivers.base import Denied, Misconfigured, Transient
from edge.uplink import connection
from edge.uplink.connection import Connection, Phase

CUT = Transient("uplink.cut", "cut")


def test_waiting_grows_to_a_cap_and_starts_anew_after_a_success():
    state, now, waits = Connection(), 0.0, []
    for _ in range(12):
        assert connection.may_connect(state, now)
        state = connection.failed(connection.connecting(state, now), CUT, now, luck=1.0)
        waits.append(state.deadline_s - now)
        assert not connection.may_connect(state, state.deadline_s - 0.01)
        now = state.deadline_s
    assert waits[:3] == [0.25, 0.5, 1.0]
    assert waits[-1] == connection.LONGEST_WAIT_S
    assert connection.failed(connection.opened(), CUT, now, luck=1.0).deadline_s - now == 0.25


def test_luck_spreads_the_tries_of_many_boxes():
    waits = {connection.failed(Connection(), CUT, 0.0, luck).deadline_s for luck in (0.0, 0.5, 1.0)}
    assert waits == {0.125, 0.1875, 0.25}


def test_a_refused_credential_is_tried_again_only_after_minutes():
    for error in (Denied("uplink.denied", "no"), Misconfigured("uplink.ca_unreadable", "no")):
        state = connection.failed(Connection(), error, 0.0, luck=0.0)
        assert (state.phase, state.deadline_s) == (Phase.DENIED, connection.DENIED_WAIT_S)
        assert not connection.may_connect(state, connection.DENIED_WAIT_S - 1)
        assert connection.may_connect(state, connection.DENIED_WAIT_S)


def test_a_broker_that_takes_the_connection_and_says_nothing_is_given_up():
    state = connection.connecting(Connection(), 5.0)
    assert not connection.overdue(state, 5.0 + connection.OPEN_WITHIN_S - 0.1)
    assert connection.overdue(state, 5.0 + connection.OPEN_WITHIN_S)
    assert not connection.overdue(connection.opened(), 1e9)
