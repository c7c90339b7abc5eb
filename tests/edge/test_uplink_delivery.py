import random
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.sim.community_ledger import OFFERS, Arrival, Ledger, Verdict
from edge.store.outbox import Waiting
from edge.uplink import delivery
from edge.uplink.delivery import Delivery, Pace

PACE = Pace(window=4, pictures=2, resend_after_s=10.0)


def alerts(*sequences):
    return [Waiting(id=f"a{n}", lane="alerts", sequence=n, after=0) for n in sequences]


def pictures(*pairs):
    return [Waiting(id=f"p{n}", lane="pictures", sequence=n, after=after) for n, after in pairs]


def sent_ids(rows):
    return [row.id for row in rows]


def proven():
    state, _ = delivery.choose(delivery.connected(Delivery()), alerts(1), [], 0.0, PACE)
    return delivery.acknowledged(state, {"a1"}, 0.0, PACE)


def test_nothing_is_sent_without_a_connection():
    assert delivery.choose(Delivery(), alerts(1), [], 0.0, PACE)[1] == ()


def test_a_new_connection_sends_the_oldest_alone_until_the_server_answers():
    state = delivery.connected(Delivery())
    state, sent = delivery.choose(state, alerts(1, 2, 3, 4, 5, 6), [], 0.0, PACE)
    assert sent_ids(sent) == ["a1"]
    assert delivery.choose(state, alerts(1, 2, 3, 4, 5, 6), [], 1.0, PACE)[1] == ()
    state = delivery.acknowledged(state, {"a1"}, 1.0, PACE)
    state, sent = delivery.choose(state, alerts(2, 3, 4, 5, 6), [], 1.0, PACE)
    assert sent_ids(sent) == ["a2", "a3", "a4", "a5"]


def test_no_more_than_the_window_is_unanswered():
    state, _ = delivery.choose(proven(), alerts(2, 3, 4, 5), [], 0.0, PACE)
    assert delivery.choose(state, alerts(2, 3, 4, 5, 6), [], 0.0, PACE)[1] == ()


def test_after_a_time_out_everything_goes_again_from_the_oldest_and_waits_longer():
    state, _ = delivery.choose(proven(), alerts(2, 3, 4), [], 0.0, PACE)
    assert delivery.expired(state, 9.9) == (state, ())
    state, lost = delivery.expired(state, 10.0)
    assert sent_ids(lost) == ["a2", "a3", "a4"]
    state, sent = delivery.choose(state, alerts(2, 3, 4), [], 10.0, PACE)
    assert (sent_ids(sent), state.due_s) == (["a2"], 30.0)


def test_waiting_for_an_answer_never_takes_longer_than_the_cap():
    state, now = delivery.connected(Delivery()), 0.0
    for _ in range(50):
        state, _ = delivery.choose(state, alerts(1), [], now, PACE)
        assert state.due_s - now <= delivery.CAP_S
        now = state.due_s
        state, _ = delivery.expired(state, now)


def test_a_request_to_resend_does_not_wait_for_the_time_out():
    state, _ = delivery.choose(proven(), alerts(2, 3), [], 0.0, PACE)
    _, sent = delivery.choose(delivery.resend_asked(state), alerts(2, 3), [], 0.1, PACE)
    assert sent_ids(sent) == ["a2"]


def test_a_picture_goes_only_after_its_alert_was_acknowledged_and_after_waiting_alerts():
    state, sent = delivery.choose(proven(), alerts(2, 3), pictures((1, 1), (2, 2)), 0.0, PACE)
    assert sent_ids(sent) == ["a2", "a3", "p1"]
    state = delivery.acknowledged(state, {"a2", "p1"}, 0.0, PACE)
    assert sent_ids(delivery.choose(state, alerts(3), pictures((2, 2)), 0.0, PACE)[1]) == ["p2"]


def test_a_picture_that_is_not_answered_never_holds_up_a_new_alert():
    state = delivery.connected(Delivery())
    state, sent = delivery.choose(state, [], pictures((1, 1)), 0.0, PACE)
    assert sent_ids(sent) == ["p1"]
    assert sent_ids(delivery.choose(state, alerts(2), pictures((1, 1)), 0.1, PACE)[1]) == ["a2"]


def test_pictures_wait_longer_each_time_the_connection_breaks_under_one_and_alerts_do_not():
    state, now, waits = delivery.connected(Delivery()), 0.0, []
    for _ in range(3):
        state, sent = delivery.choose(state, [], pictures((1, 1)), now, PACE)
        assert sent_ids(sent) == ["p1"]
        state, lost = delivery.disconnected(state, now)
        assert sent_ids(lost) == ["p1"]
        waits.append(state.pictures_from_s - now)
        state = delivery.connected(state)
        assert sent_ids(delivery.choose(state, alerts(9), pictures((1, 1)), now, PACE)[1]) == ["a9"]
        now = state.pictures_from_s
    assert waits == [delivery.STRIKE_S, 2 * delivery.STRIKE_S, 4 * delivery.STRIKE_S]


def test_an_answer_to_what_is_not_in_flight_changes_nothing():
    state, _ = delivery.choose(proven(), alerts(2), [], 0.0, PACE)
    assert delivery.acknowledged(state, {"a1", "unheard of"}, 5.0, PACE) == state


class Channel:
    """An unreliable network between the box and a server that keeps what it takes."""

    def __init__(self, count, seed, loss):
        self.chance, self.loss = random.Random(seed), loss
        self.rows = [
            *alerts(*range(1, count + 1)),
            *pictures(*((n, n * 2) for n in range(1, count // 2 + 1))),
        ]
        self.acknowledged, self.ledger, self.state, self.now = set(), Ledger(), Delivery(), 0.0
        self.refused = Counter()

    def waiting(self, lane, limit):
        rows = [row for row in self.rows if row.lane == lane and row.id not in self.acknowledged]
        return rows[:limit]

    def lucky(self):
        return self.chance.random() >= self.loss

    def turn(self):
        if not self.state.connected:
            self.state = delivery.connected(self.state)
        elif self.chance.random() < self.loss / 4:
            self.state, _ = delivery.disconnected(self.state, self.now)
            return
        self.state, _ = delivery.expired(self.state, self.now)
        waiting = self.waiting("alerts", PACE.window), self.waiting("pictures", PACE.pictures)
        self.state, sent = delivery.choose(self.state, *waiting, self.now, PACE)
        for row in sent:
            if self.lucky():
                self.arrive(row)
        self.now += self.chance.choice([0.0, 0.1, 3.0])

    def arrive(self, row):
        arrival = Arrival(row.id, "k", "s", row.lane, row.sequence, 0.0, {"after": row.after})
        verdict = self.ledger.offer(arrival)
        if verdict is Verdict.OUT_OF_ORDER:
            self.refused[row.id] += 1
            if self.lucky():
                self.state = delivery.resend_asked(self.state)
        elif self.lucky():
            self.acknowledged.add(row.id)
            self.state = delivery.acknowledged(self.state, {row.id}, self.now, PACE)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 40), seed=st.integers(0, 10_000), loss=st.sampled_from([0.0, 0.1, 0.4]))
@example(count=19, seed=984, loss=0.4)
def test_over_any_network_everything_arrives_once_and_in_order(count, seed, loss):
    channel = Channel(count, seed, loss)
    for _ in range(20_000):
        if len(channel.acknowledged) == len(channel.rows):
            break
        channel.turn()
    arrived = channel.ledger.arrivals
    for lane, expected in (("alerts", count), ("pictures", count // 2)):
        told = [a for a in arrived if a.lane == lane]
        assert sorted(a.sequence for a in told) == list(range(1, expected + 1))
        # A server that was offered the same event often enough no longer waits for the one before it.
        ahead = [a for place, a in enumerate(told, start=1) if a.sequence > place]
        assert all(channel.refused[a.id] >= OFFERS - 1 for a in ahead)
    assert len({a.id for a in arrived}) == len(arrived)
    order = {a.id: place for place, a in enumerate(arrived)}
    assert all(order[a.id] > order[f"a{a.event['after']}"] for a in arrived if a.lane == "pictures")
