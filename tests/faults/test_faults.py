"""No alert that was journalled is lost or sent under two ids, whatever is killed."""

import shutil
import socket
import subprocess
import time

import pytest

from drivers.sim.broker import Broker, free_port
from drivers.sim.community_ledger import Ledger, Verdict
from edge.bench.faults import BROKER_KILLS, KILLS, figures, torment

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class Mosquitto:
    def __init__(self, folder):
        self.port, self.folder, self.process = free_port(), folder, None

    def start(self):
        settings = f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\n"
        (self.folder / "mosquitto.conf").write_text(settings)
        command = [MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self.listens():
            assert time.monotonic() < deadline, "mosquitto did not come up"
            time.sleep(0.01)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()


def short(tally):
    return [figure.name for figure in figures(tally) if not figure.reached]


@pytest.mark.timeout(300)
def test_every_journalled_alert_arrives_exactly_once_over_50_kills_of_the_gate_and_10_of_the_broker(tmp_path):
    with Broker() as broker:
        tally = torment(tmp_path, broker, kills=KILLS, broker_kills=BROKER_KILLS, seed=7)
    assert (tally.kills, tally.broker_kills) == (50, 10)
    assert short(tally) == []


@pytest.mark.timeout(300)
def test_every_journalled_alert_arrives_exactly_once_through_mosquitto_too(tmp_path):
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    broker = Mosquitto(tmp_path)
    broker.start()
    try:
        tally = torment(tmp_path / "store", broker, kills=10, broker_kills=4, seed=8)
    finally:
        broker.kill()
    assert short(tally) == []


def test_the_count_notices_an_alert_that_was_lost(tmp_path, monkeypatch):
    """The tests above would be worth nothing if losses went unseen."""
    offer = Ledger.offer

    def lose_the_third(self, arrival):
        return Verdict.TAKEN if (arrival.lane, arrival.sequence) == ("alerts", 3) else offer(self, arrival)

    monkeypatch.setattr(Ledger, "offer", lose_the_third)
    with Broker() as broker:
        tally = torment(tmp_path, broker, kills=3, broker_kills=0, seed=1)
    assert tally.alerts > 3
    assert short(tally) == ["alerts missing", "alerts out of order"]
