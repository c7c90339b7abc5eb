"""The uplink against real brokers: iotcore as the demo runs it, mosquitto as a site does."""

import json
import shutil
import subprocess
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from drivers.sim.broker import Broker, free_port
from drivers.sim.community import CommunityServer, Manners
from edge.clock import SystemClock
from edge.controller import Controller
from edge.events import Box, PlateRead, Report
from edge.linkage.knowledge import Knowledge
from edge.site.schema import Site
from edge.store.store import Store
from edge.uplink.connection import Phase
from edge.uplink.courier import Courier
from edge.uplink.topics import Topics
from edge.uplink.wiring import Wiring, wiring_of

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
SITE = Site.model_validate(
    {
        "site": {"id": "s", "name": "小区"},
        "cameras": {
            "lane": {
                "name": "车道", "place": "南门", "source": "b.mp4", "roles": ["plate"], "purpose": "security",
            }
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "port": 1, "tls": False}},
        "storage": {"directory": "."},
    }
)  # fmt: skip


class Mosquitto:
    """A mosquitto of this test's own, on 127.0.0.1."""

    def __init__(self, folder, *settings, port=None):
        self.host, self.port, self.folder = "127.0.0.1", port or free_port(), folder
        self.settings = settings or ("allow_anonymous true",)
        self.process = None

    def start(self):
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "log_dest none", *self.settings]
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        command = [MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(lambda: listens(self.port))

    def kill(self):
        self.process.kill()
        self.process.wait()

    stop = kill


def listens(port):
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait(true, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def mosquitto(folder, *settings):
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    return Mosquitto(folder, *settings)


@pytest.fixture(params=["iotcore", "mosquitto"])
def broker(request, tmp_path):
    running = Broker() if request.param == "iotcore" else mosquitto(tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def gate(tmp_path):
    store = Store.open(tmp_path / "store")
    yield Gate(store)
    store.close()


class Gate:
    def __init__(self, store):
        self.store, self.clock = store, SystemClock()
        self.controller = Controller.resume(
            site=SITE, store=store, clock=self.clock, boot="b", knowledge=Knowledge()
        )
        self.number = 0

    def courier(self, port, **wiring):
        base = Wiring("127.0.0.1", port, Topics("menwei", "s"), resend_after_s=1.0)
        return Courier(self.store.directory, replace(base, **wiring), self.clock, luck=lambda: 0.0)

    def alert(self, picture=None):
        self.number += 1
        read = PlateRead(
            camera="lane", mono_s=self.clock.mono(), track=self.number, text=f"鄂A{self.number:05d}",
            plate_type="civil", colour="blue", confidence=0.9, exact_reads=2, box=Box(0, 0, 1, 1),
            picture_score=1.0,
        )  # fmt: skip
        (change,) = self.controller.observe([Report(read, picture)]).changes
        return change.alert


def idle(courier):
    state = courier.state()
    return state.connected and state.oldest_age_s is None


def test_alerts_and_then_their_pictures_arrive_and_the_outbox_empties(gate, broker):
    server, courier = CommunityServer("127.0.0.1", broker.port), gate.courier(broker.port)
    assert server.start()
    courier.start()
    alerts = []
    for number in range(10):
        alerts.append(gate.alert(bytes([number]) * 200_000))
        courier.wake()
    wait(lambda: len(server.ledger.arrivals) == 20 and idle(courier))
    courier.stop()
    wait(lambda: server.online == {"s": False})
    server.stop()
    taken = server.ledger.arrivals
    assert [a.id for a in taken if a.lane == "alerts"] == [alert.id for alert in alerts]
    assert [a.event["alert"] for a in taken if a.lane == "pictures"] == [alert.id for alert in alerts]
    assert all(len(a.event["data_base64"]) > 200_000 for a in taken if a.lane == "pictures")


def test_what_was_raised_while_the_broker_was_away_arrives_in_order(gate, broker):
    server, courier = CommunityServer("127.0.0.1", broker.port), gate.courier(broker.port)
    server.start()
    courier.start()
    wait(lambda: courier.state().connected)
    broker.kill()
    wait(lambda: not courier.state().connected)
    for _ in range(30):
        gate.alert()
        courier.wake()
    wait(lambda: courier.state().alerts == 30)
    assert courier.state().error.key in {"uplink.cut", "uplink.unreachable"}
    broker.start()
    wait(lambda: len(server.ledger.arrivals) == 30 and idle(courier))
    courier.stop()
    server.stop()
    assert [a.sequence for a in server.ledger.arrivals] == list(range(1, 31))


def test_what_was_sent_while_the_server_was_away_is_sent_again_when_it_is_back(gate, broker):
    server, courier = CommunityServer("127.0.0.1", broker.port), gate.courier(broker.port, resend_after_s=50)
    courier.start()
    wait(lambda: courier.state().connected)
    for _ in range(5):
        gate.alert()
    courier.wake()
    time.sleep(0.3)
    began = time.monotonic()
    server.start()
    wait(lambda: len(server.ledger.arrivals) == 5 and idle(courier))
    assert time.monotonic() - began < 10
    courier.stop()
    server.stop()


def test_a_slow_and_forgetful_server_still_gets_each_alert_once_and_in_order(gate, broker):
    manners = Manners(slow_s=0.02, forgetful=0.15, seed=4)
    server = CommunityServer("127.0.0.1", broker.port, manners=manners)
    courier = gate.courier(broker.port, resend_after_s=0.3)
    server.start()
    courier.start()
    for _ in range(30):
        gate.alert()
        courier.wake()
    wait(lambda: idle(courier) and len(server.ledger.arrivals) == 30, 40)
    courier.stop()
    server.stop()
    assert [a.sequence for a in server.ledger.arrivals] == list(range(1, 31))
    assert (server.ledger.repeats > 0, server.conflicts) == (True, 0)


def test_an_alert_is_at_the_server_within_half_a_second(gate, broker):
    came = {}
    server = CommunityServer("127.0.0.1", broker.port, tell=lambda a: came.setdefault(a.id, a.at_s))
    courier = gate.courier(broker.port)
    server.start()
    courier.start()
    wait(lambda: courier.state().connected)
    took = []
    for _ in range(20):
        began = time.monotonic()
        alert = gate.alert()
        courier.wake()
        wait(lambda: alert.id in came)  # noqa: B023 - called at once
        took.append(came[alert.id] - began)
    courier.stop()
    server.stop()
    assert sorted(took)[-2] < 0.5


def listen(port, topic):
    """Return a list that fills with what comes on a topic, and the client to stop."""
    heard, ready = [], threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _u, message: heard.append((json.loads(message.payload), message.retain))
    client.on_subscribe = lambda *_: ready.set()
    client.connect("127.0.0.1", port)
    client.subscribe(topic, qos=1)
    client.loop_start()
    assert ready.wait(5)
    return heard, client


def test_birth_goodbye_and_last_will_are_told_on_the_status_topic(gate, broker):
    heard, client = listen(broker.port, "menwei/s/status")
    courier = gate.courier(broker.port)
    courier.start()
    wait(lambda: len(heard) == 1)
    courier.stop()
    wait(lambda: len(heard) == 2)
    lost = gate.courier(broker.port)
    lost.start()
    wait(lambda: len(heard) == 3)
    lost._link.drop()
    wait(lambda: len(heard) >= 4)
    lost.stop()
    client.disconnect()
    client.loop_stop()
    told = [word for word, _ in heard[:4]]
    assert told == [
        {"state": "online"},
        {"state": "offline", "reason": "stopped"},
        {"state": "online"},
        {"state": "offline", "reason": "lost"},
    ]


def test_replies_that_cannot_be_read_are_counted_and_stop_nothing(gate, broker):
    server, courier = CommunityServer("127.0.0.1", broker.port), gate.courier(broker.port)
    courier.start()
    wait(lambda: courier.state().connected)
    _, client = listen(broker.port, "menwei/s/nothing")
    for payload in (b"\xff", b"[]", b'{"ids": 7}'):
        client.publish("menwei/s/acknowledgements", payload, qos=1)
    wait(lambda: courier.state().malformed == 3)
    client.disconnect()
    client.loop_stop()
    server.start()
    gate.alert()
    courier.wake()
    wait(lambda: len(server.ledger.arrivals) == 1 and idle(courier))
    courier.stop()
    server.stop()


def test_a_picture_too_large_for_the_broker_holds_up_no_alert(gate, tmp_path):
    broker = mosquitto(tmp_path, "allow_anonymous true", "message_size_limit 50000")
    broker.start()
    server, courier = CommunityServer("127.0.0.1", broker.port), gate.courier(broker.port)
    server.start()
    courier.start()
    gate.alert(b"x" * 100_000)
    courier.wake()
    wait(lambda: courier.state().pictures == 1 and courier.state().alerts == 0)
    for _ in range(5):
        gate.alert()
        courier.wake()
    wait(lambda: len(server.ledger.arrivals) == 6)
    courier.stop()
    server.stop()
    broker.stop()


def test_wrong_credentials_are_denied_and_not_hammered(gate, tmp_path):
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not installed: apt-get install mosquitto")
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "gate", "right"], check=True)
    passwords.chmod(0o644)
    broker = mosquitto(tmp_path, "allow_anonymous false", f"password_file {passwords}", "user root")
    broker.start()
    wrong = gate.courier(broker.port, username="gate", password="wrong")
    wrong.start()
    wait(lambda: wrong.state().phase is Phase.DENIED)
    time.sleep(1.0)
    state = wrong.state()
    assert (state.phase, state.error.key, wrong._link.number) == (Phase.DENIED, "uplink.denied", 1)
    assert "wrong" not in str(state.error)
    wrong.stop()
    right = gate.courier(broker.port, username="gate", password="right")
    right.start()
    wait(lambda: right.state().connected)
    right.stop()
    broker.stop()


def certificate(folder):
    """Write a self-signed certificate for 127.0.0.1 and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = (
        builder.not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


def test_tls_is_verified(gate, tmp_path):
    cert, key = certificate(tmp_path)
    broker = mosquitto(tmp_path, "allow_anonymous true", f"certfile {cert}", f"keyfile {key}", "user root")
    broker.start()
    trusting = gate.courier(broker.port, tls=True, ca_file=cert)
    trusting.start()
    wait(lambda: trusting.state().connected)
    trusting.stop()
    doubting = gate.courier(broker.port, tls=True)
    doubting.start()
    wait(lambda: doubting.state().phase is Phase.DENIED)
    assert doubting.state().error.key == "uplink.untrusted"
    doubting.stop()
    broken = gate.courier(broker.port, tls=True, ca_file=tmp_path / "nowhere.pem")
    broken.start()
    wait(lambda: broken.state().phase is Phase.DENIED)
    assert broken.state().error.key == "uplink.ca_unreadable"
    broken.stop()
    broker.stop()


def test_the_wiring_comes_from_the_site_file_and_hides_its_password(tmp_path):
    (tmp_path / "secret").write_text("hush\n")
    (tmp_path / "secret").chmod(0o600)
    mqtt = {"host": "broker", "username": "gate", "password": {"file": "secret"}, "ca_file": "ca.pem"}
    site = Site.model_validate(SITE.model_dump(exclude_unset=True) | {"uplink": {"mqtt": mqtt}})
    wiring = wiring_of(site, tmp_path, {})
    assert (wiring.password, wiring.port, wiring.tls) == ("hush", 8883, True)
    assert wiring.ca_file == tmp_path / "ca.pem"
    assert wiring.topics.of("alerts") == "menwei/s/alerts"
    assert "hush" not in repr(wiring)
