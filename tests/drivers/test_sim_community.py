import json
import socket
import time
from pathlib import Path

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from drivers.base import Transient
from drivers.sim.broker import Broker, free_port
from drivers.sim.community import CommunityServer
from drivers.sim.community_ledger import OFFERS, Arrival, Ledger, Verdict


def arrival(sequence, lane="alerts", content="x"):
    return Arrival(f"{lane}{sequence}", "menwei.alert.raised", "s", lane, sequence, 0.0, {"content": content})


def offered(ledger, *sequences, lane="alerts"):
    return [ledger.offer(arrival(sequence, lane)) for sequence in sequences]


def test_each_id_is_taken_once_and_in_order():
    ledger = Ledger()
    assert offered(ledger, 7, 8, 8, 7) == [
        Verdict.TAKEN, Verdict.TAKEN, Verdict.REPEATED, Verdict.REPEATED,
    ]  # fmt: skip
    assert (len(ledger.arrivals), ledger.repeats) == (2, 2)


def test_what_comes_too_early_waits_for_what_is_missing():
    assert offered(Ledger(), 1, 3, 2, 3) == [
        Verdict.TAKEN, Verdict.OUT_OF_ORDER, Verdict.TAKEN, Verdict.TAKEN,
    ]  # fmt: skip


def test_a_gap_that_never_closes_is_stepped_over():
    ledger = Ledger()
    verdicts = offered(ledger, 1, *[5] * OFFERS, 6)
    assert verdicts == [Verdict.TAKEN, *[Verdict.OUT_OF_ORDER] * (OFFERS - 1), Verdict.TAKEN, Verdict.TAKEN]


def test_lanes_have_orders_of_their_own():
    ledger = Ledger()
    assert offered(ledger, 1, 2) + offered(ledger, 1, lane="pictures") == [Verdict.TAKEN] * 3


def test_a_known_id_with_other_content_is_a_conflict():
    ledger = Ledger()
    offered(ledger, 1)
    assert not ledger.conflicts(arrival(1))
    assert ledger.conflicts(arrival(1, content="y"))


def wait(true):
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


@pytest.fixture
def broker():
    with Broker() as running:
        yield running


@pytest.fixture
def box(broker):
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.heard = []
    client.on_message = lambda _c, _u, message: client.heard.append(json.loads(message.payload))
    client.connect("127.0.0.1", broker.port)
    client.subscribe("menwei/s/acknowledgements", qos=1)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def send(box, sequence):
    event = {"id": f"a{sequence}", "type": "menwei.alert.raised", "sequence": f"{sequence:012d}", "data": {}}
    box.publish("menwei/s/alerts", json.dumps(event), qos=1)


def test_every_event_is_acknowledged_by_its_id_also_when_it_comes_again(broker, box):
    server = CommunityServer("127.0.0.1", broker.port)
    assert server.start()
    for sequence in (1, 2, 2):
        send(box, sequence)
    wait(lambda: len(box.heard) == 3)
    server.stop()
    assert box.heard == [{"ids": ["a1"]}, {"ids": ["a2"]}, {"ids": ["a2"]}]
    assert [a.id for a in server.ledger.arrivals] == ["a1", "a2"]


def test_a_gap_is_asked_for_once_and_not_acknowledged(broker, box):
    server = CommunityServer("127.0.0.1", broker.port)
    server.start()
    for sequence in (1, 3, 4, 2):
        send(box, sequence)
    wait(lambda: len(box.heard) == 3)
    server.stop()
    assert box.heard == [{"ids": ["a1"]}, {"ids": [], "resend": True}, {"ids": ["a2"]}]


def test_away_it_receives_nothing_and_asks_for_everything_when_it_is_back(broker, box):
    server = CommunityServer("127.0.0.1", broker.port, site="s")
    server.start()
    wait(lambda: box.heard == [{"ids": [], "resend": True}])
    server.be_away(0.6)
    time.sleep(0.3)
    send(box, 1)
    wait(lambda: len(box.heard) == 2)
    assert server.ledger.arrivals == []
    server.stop()
    assert box.heard[-1] == {"ids": [], "resend": True}


def test_what_is_no_event_is_counted_and_stops_nothing(broker, box):
    server = CommunityServer("127.0.0.1", broker.port)
    server.start()
    for payload in (b"\xff", b"[]", b"{}", b'{"id": "a", "type": "t", "sequence": "x"}'):
        box.publish("menwei/s/alerts", payload, qos=1)
    send(box, 1)
    wait(lambda: len(server.ledger.arrivals) == 1)
    server.stop()
    assert server.malformed == 4


def test_the_broker_listens_on_the_loopback_address_only_and_survives_being_killed(broker):
    for _ in range(2):
        broker.kill()
        assert broker.pid is None
        broker.start()
        with socket.create_connection(("127.0.0.1", broker.port), timeout=2):
            pass
    sockets = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = [line.split()[1] for line in sockets if line and line.split()[3] == "0A"]
    assert [a for a in listening if a.endswith(f":{broker.port:04X}")] == [f"0100007F:{broker.port:04X}"]


def test_a_broker_whose_port_is_taken_says_so():
    port = free_port()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(Transient) as caught:
        Broker(port).start()
    assert caught.value.key == "broker.not_up"
