"""The probe driver on its real wires, with a simulated probe at the other end."""

import http.client
import json
import random
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest

from drivers.base import Misconfigured, Transient, WrongState
from drivers.cameras.reconnecting import Patience
from drivers.listening.faults import probe_fault
from drivers.listening.http_wire import HttpWire, HttpWiring
from drivers.listening.mqtt_wire import BrokerWiring, MqttWire
from drivers.listening.serial_wire import SerialWire
from drivers.listening.udp_wire import UdpWire
from drivers.probes.decoding import LineDatagrams, LineStream, Posts
from drivers.probes.driver import ProbeDriver
from drivers.probes.wiring import ProbeWiring, Surroundings
from drivers.said import DensityMeasured, DeviceFound, DeviceLost
from drivers.sim.broker import Broker, free_port
from drivers.sim.probe_emitter import ProbeEmitter, as_lines, as_post, crowd
from drivers.sim.probe_wires import HttpEnd, MqttEnd, UdpEnd
from drivers.sim.serial_end import SerialEnd

LOOPBACK = "127.0.0.1"
EAGER = Patience(first_s=0.1, cap_s=0.2, denied_s=30.0, misconfigured_s=0.3)
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


@dataclass
class World:
    """Real clocks that can be turned on, and all that the driver told."""

    ahead_s: float = 0.0
    told: list = field(default_factory=list)

    def around(self):
        return Surroundings(
            lambda: time.time() + self.ahead_s,
            lambda: time.monotonic() + self.ahead_s,
            ZoneInfo("Asia/Shanghai"),
            secrets.token_bytes,
        )

    def of(self, kind):
        return [said for said in self.told if isinstance(said, kind)]

    def until(self, condition, within_s=8.0):
        deadline = time.monotonic() + within_s
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert condition(), self.told

    def next_minute(self):
        """Turn both clocks on to behind the next full minute and its grace."""
        before = len(self.of(DensityMeasured))
        self.ahead_s += 66
        self.until(lambda: len(self.of(DensityMeasured)) > before)
        return self.told_last(DensityMeasured)

    def told_last(self, kind):
        return self.of(kind)[-1]


@pytest.fixture
def world():
    return World()


@pytest.fixture
def run(world):
    """Return a function that makes and starts a driver; all are stopped at the end."""
    drivers = []

    def start(wire, decoding, *wirings):
        wirings = wirings or (ProbeWiring("gate", deadline_s=200),)
        driver = ProbeDriver(wirings, wire, decoding, world.around(), EAGER)
        drivers.append(driver)
        driver.start(world.told.append)
        return driver

    yield start
    for driver in drivers:
        driver.stop()


@pytest.fixture
def emitters():
    """Return a function that makes a probe which is stopped at the end."""
    made = []

    def make(end, shape=as_lines, near=3, far=9):
        luck = random.Random(7)
        made.append(ProbeEmitter(end, shape, crowd(luck, near, far), luck))
        return made[-1]

    yield make
    for emitter in made:
        emitter.stop()


def is_open(driver):
    return driver._thread.standing.is_open


def test_lines_on_a_serial_port_become_a_density(world, run, emitters, tmp_path):
    probe = emitters(SerialEnd(tmp_path / "tty"))
    driver = run(SerialWire(str(tmp_path / "tty"), 115_200, probe_fault), LineStream())
    world.until(lambda: is_open(driver))
    probe.emit()
    probe.emit()
    world.until(lambda: driver.health()[0].words > 0 and world.of(DeviceFound))
    world.until(lambda: driver._probes["gate"].density.open[-1].frames == 24)
    minute = world.next_minute()
    assert (minute.device, minute.devices, minute.near, minute.frames) == ("gate", 12, 3, 24)
    assert minute.minute_s % 60 == 0
    assert world.told_last(DeviceFound).away_s is None


def test_a_serial_probe_that_is_unplugged_is_lost_once_and_found_once(world, run, emitters, tmp_path):
    probe = emitters(SerialEnd(tmp_path / "tty"))
    wire = SerialWire(str(tmp_path / "tty"), 115_200, probe_fault)
    driver = run(wire, LineStream(), ProbeWiring("gate", deadline_s=5))
    probe.start(0.1)
    world.until(lambda: world.of(DeviceFound))
    probe.unplug()
    world.until(lambda: not is_open(driver))
    assert not world.of(DeviceLost)
    world.ahead_s += 5
    world.until(lambda: world.of(DeviceLost))
    assert world.told_last(DeviceLost).reason in {"probe.no_such_port", "probe.unplugged"}
    assert world.told_last(DeviceLost).silent_s >= 5
    assert not driver.health()[0].online
    world.ahead_s += 60
    probe.plug()
    world.until(lambda: len(world.of(DeviceFound)) == 2)
    assert world.told_last(DeviceFound).away_s > 60
    assert len(world.of(DeviceLost)) == 1
    assert driver.health()[0].reconnects > 0
    assert driver.health()[0].online


def test_a_stalled_probe_is_lost_though_its_wire_is_open(world, run, emitters, tmp_path):
    probe = emitters(SerialEnd(tmp_path / "tty"))
    wire = SerialWire(str(tmp_path / "tty"), 115_200, probe_fault)
    driver = run(wire, LineStream(), ProbeWiring("gate", deadline_s=5))
    probe.start(0.1)
    world.until(lambda: world.of(DeviceFound))
    probe.stall()
    world.ahead_s += 4
    time.sleep(0.6)
    assert not world.of(DeviceLost)
    world.ahead_s += 1
    world.until(lambda: world.of(DeviceLost))
    assert world.told_last(DeviceLost).reason == "probe.silent"
    assert is_open(driver)
    probe.resume()
    world.until(lambda: len(world.of(DeviceFound)) == 2)


def test_noise_on_the_line_is_counted_and_alone_is_no_sign_of_life(world, run, emitters, tmp_path):
    probe = emitters(SerialEnd(tmp_path / "tty"))
    driver = run(SerialWire(str(tmp_path / "tty"), 115_200, probe_fault), LineStream())
    world.until(lambda: is_open(driver))
    probe.noise(1.0)
    for _ in range(20):
        probe.emit()
    world.until(lambda: driver.health()[0].malformed > 0)
    assert not world.told
    probe.resume()
    probe.emit()
    probe.emit()
    world.until(lambda: world.of(DeviceFound))


def test_datagrams_duplicated_and_reordered_count_each_device_once(world, run, emitters):
    wire = UdpWire(LOOPBACK, 0, probe_fault)
    driver = run(wire, LineDatagrams())
    world.until(lambda: is_open(driver))
    probe = emitters(UdpEnd(*wire.address))
    probe.duplicate()
    probe.reorder()
    probe.emit()
    world.until(lambda: world.of(DeviceFound) and driver._probes["gate"].density.open[-1].frames == 24)
    minute = world.next_minute()
    assert (minute.devices, minute.near, minute.frames) == (12, 3, 24)


def test_probes_on_one_udp_port_are_told_apart_by_their_addresses_and_strangers_are_dropped(
    world, run, emitters
):
    wire = UdpWire(LOOPBACK, 0, probe_fault)
    east = ProbeWiring("east", "127.0.0.2", deadline_s=200)
    west = ProbeWiring("west", "127.0.0.3", deadline_s=200)
    driver = run(wire, LineDatagrams(), east, west)
    world.until(lambda: is_open(driver))
    for source, near in (("127.0.0.2", 1), ("127.0.0.3", 2), ("127.0.0.4", 3)):
        emitters(UdpEnd(*wire.address, source), near=near, far=0).emit()
    world.until(lambda: len(world.of(DeviceFound)) == 2 and driver.strangers == 3)
    world.ahead_s += 66
    world.until(lambda: len(world.of(DensityMeasured)) == 2)
    assert {(m.device, m.devices) for m in world.of(DensityMeasured)} == {("east", 1), ("west", 2)}


def test_a_burst_of_datagrams_is_taken_in(world, run, emitters):
    wire = UdpWire(LOOPBACK, 0, probe_fault)
    driver = run(wire, LineDatagrams())
    world.until(lambda: is_open(driver))
    emitters(UdpEnd(*wire.address)).burst(2000)
    world.until(lambda: world.of(DeviceFound) and driver._probes["gate"].density.open[-1].frames == 2000)


def test_a_port_that_is_taken_is_a_fault_that_heals_by_itself(world, run, emitters):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((LOOPBACK, 0))
        wire = UdpWire(LOOPBACK, other.getsockname()[1], probe_fault)
        driver = run(wire, LineDatagrams())
        world.until(lambda: driver.health()[0].reason == "probe.address_unusable")
    world.until(lambda: is_open(driver))


def http_wire(token=None):
    return HttpWire(HttpWiring(LOOPBACK, 0, token), probe_fault)


def test_posts_over_http_become_a_density(world, run, emitters):
    wire = http_wire("s3cret")
    driver = run(wire, Posts(), ProbeWiring("gate", "00f40f9a", deadline_s=200))
    world.until(lambda: is_open(driver))
    host, port = wire.address
    stranger = emitters(HttpEnd(host, port, token="wrong"), as_post("00f40f9a"))
    probe = emitters(HttpEnd(host, port, token="s3cret"), as_post("00f40f9a"))
    by_path = emitters(HttpEnd(host, port, path="/probes/s3cret"), as_post("someone else"))
    for one in (stranger, probe, by_path):
        one.emit()
    assert (stranger.end.statuses, probe.end.statuses, by_path.end.statuses) == ([401], [200], [200])
    world.until(lambda: world.of(DeviceFound) and driver.strangers == 12)
    minute = world.next_minute()
    assert (minute.device, minute.devices, minute.near, minute.frames) == ("gate", 12, 3, 12)


def test_http_refuses_what_is_too_large_or_has_no_length_and_goes_on(world, run, emitters):
    wire = http_wire()
    driver = run(wire, Posts())
    world.until(lambda: is_open(driver))

    def answer(*headers, body=b""):
        connection = http.client.HTTPConnection(*wire.address, timeout=5)
        connection.putrequest("POST", "/")
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body)
        status = connection.getresponse().status
        connection.close()
        return status

    assert answer(("Content-Length", str(300 * 1024))) == 413
    assert answer(("Content-Length", "-1")) == 411
    assert answer() == 411
    assert answer(("Content-Length", "7"), body=b"rubbish") == 200
    world.until(lambda: driver.health()[0].malformed == 1)
    assert not world.told


def test_stopping_hangs_up_on_a_client_that_dawdles(world, run):
    wire = http_wire()
    driver = run(wire, Posts())
    world.until(lambda: is_open(driver))
    with socket.create_connection(wire.address, timeout=5) as slow:
        slow.sendall(b"POST / HTTP/1.0\r\nContent-Length: 100\r\n\r\nhalf")
        time.sleep(0.2)
        began = time.monotonic()
        driver.stop()
        assert time.monotonic() - began < 4
        assert b"ok" not in slow.recv(100)


class Mosquitto:
    """A mosquitto of this test's own, on 127.0.0.1."""

    def __init__(self, folder, *settings):
        self.port, self._process = free_port(), None
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text("\n".join([f"listener {self.port} {LOOPBACK}", *settings]) + "\n")

    def start(self):
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=0.2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("mosquitto did not start")

    def stop(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture(params=["mosquitto", "iotcore"])
def broker(request, tmp_path):
    if request.param == "iotcore":
        made = Broker()
    elif MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    else:
        made = Mosquitto(tmp_path, "allow_anonymous true")
    made.start()
    yield made
    made.stop()


def mqtt_wire(broker, **more):
    return MqttWire(
        BrokerWiring(LOOPBACK, broker.port, ("probes/+/heard",), "menwei-test", **more), probe_fault
    )


def test_messages_of_a_broker_become_a_density_and_a_broker_that_restarts_is_come_back_to(
    world, run, emitters, broker
):
    driver = run(mqtt_wire(broker), Posts(), ProbeWiring("gate", "00f40f9a", deadline_s=200))
    probe = emitters(MqttEnd(LOOPBACK, broker.port, "probes/1/heard"), as_post("00f40f9a"))
    probe.start(0.1)
    world.until(lambda: world.of(DeviceFound))
    minute = world.next_minute()
    assert (minute.device, minute.devices, minute.near) == ("gate", 12, 3)
    broker.stop()
    world.until(lambda: not is_open(driver))
    words = driver.health()[0].words
    broker.start()
    world.until(lambda: driver.health()[0].words > words, within_s=15)
    assert not world.of(DeviceLost)


def test_a_topic_names_the_probe_where_its_messages_do_not_and_old_retained_ones_are_dropped(
    world, run, emitters, broker
):
    def bare(frames):
        return [json.dumps([{"mac": f.address, "rssi": f.rssi_dbm} for f in frames]).encode()]

    old = emitters(MqttEnd(LOOPBACK, broker.port, "probes/9/heard", "old"), bare)
    old.end.retain = True
    world.until(old.end._client.is_connected)
    old.emit()
    time.sleep(0.3)
    wire = mqtt_wire(broker)
    nine = ProbeWiring("nine", "probes/9/heard", deadline_s=200)
    run(wire, Posts(), nine, ProbeWiring("one", "probes/1/heard", deadline_s=200))
    probe = emitters(MqttEnd(LOOPBACK, broker.port, "probes/1/heard", "new"), bare)
    probe.start(0.1)
    world.until(lambda: world.of(DeviceFound))
    assert {f.device for f in world.of(DeviceFound)} == {"one"}
    assert wire.dropped == 1


@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt-get install mosquitto")
def test_a_broker_that_refuses_the_password_is_not_hammered(world, run, tmp_path):
    broker = Mosquitto(tmp_path, "allow_anonymous false")
    broker.start()
    try:
        driver = run(mqtt_wire(broker, username="probe", password="wr0ng"), Posts())
        world.until(lambda: driver.health()[0].reason == "probe.broker_denied")
        time.sleep(0.6)
        assert driver.health()[0].reconnects == 0
        assert "wr0ng" not in repr(driver.health())
    finally:
        broker.stop()


def test_the_key_changes_at_local_midnight_even_when_nobody_is_heard(world, run):
    driver = run(UdpWire(LOOPBACK, 0, probe_fault), LineDatagrams())
    world.until(lambda: driver._key is not None)
    first = driver._key
    world.ahead_s += 86_400
    world.until(lambda: driver._key.day != first.day)
    assert driver._key.secret != first.secret
    driver.stop()
    assert driver._key is None


def test_a_probe_can_be_asked_for_before_the_start_and_not_after(world, emitters, tmp_path):
    probe = emitters(SerialEnd(tmp_path / "tty"))
    probe.start(0.1)
    wire = SerialWire(str(tmp_path / "tty"), 115_200, probe_fault)
    driver = ProbeDriver((ProbeWiring("gate", deadline_s=5),), wire, LineStream(), world.around())
    assert driver.devices == ("gate",)
    assert driver.deadline_s("gate") == 5
    assert driver.probe("gate").latency_s < 3
    probe.unplug()
    with pytest.raises(Transient) as caught:
        driver.probe("gate")
    assert caught.value.key == "probe.no_such_port"
    probe.plug()
    probe.stall()
    world.told.clear()
    driver.start(world.told.append)
    with pytest.raises(WrongState):
        driver.start(world.told.append)
    with pytest.raises(WrongState):
        driver.probe("gate")
    driver.stop()
    driver.stop()


def test_a_probe_that_stays_silent_when_asked_is_told(world, tmp_path):
    end = SerialEnd(tmp_path / "tty")
    end.plug()
    wire = SerialWire(str(tmp_path / "tty"), 115_200, probe_fault)
    around = World()
    turning = Surroundings(
        time.time,
        lambda: time.monotonic() * 20,
        ZoneInfo("UTC"),
        around.around().randomness,
    )
    driver = ProbeDriver((ProbeWiring("gate", deadline_s=5),), wire, LineStream(), turning)
    with pytest.raises(Transient, match="says nothing"):
        driver.probe("gate")
    end.close()


def test_nothing_is_told_after_the_stop(world, run, emitters, tmp_path):
    probe = emitters(SerialEnd(tmp_path / "tty"))
    driver = run(SerialWire(str(tmp_path / "tty"), 115_200, probe_fault), LineStream())
    probe.start(0.05)
    world.until(lambda: world.of(DeviceFound))
    driver.stop()
    told = len(world.told)
    world.ahead_s += 300
    time.sleep(0.3)
    assert len(world.told) == told


@pytest.mark.parametrize(
    "wirings",
    [
        (),
        (ProbeWiring("a"), ProbeWiring("b", "x")),
        (ProbeWiring("a", "x"), ProbeWiring("b", "x")),
        (ProbeWiring("a", "x"), ProbeWiring("a", "y")),
    ],
)
def test_probes_that_cannot_be_told_apart_are_refused(world, wirings):
    with pytest.raises(Misconfigured, match="told apart"):
        ProbeDriver(wirings, UdpWire(LOOPBACK, 0, probe_fault), LineDatagrams(), world.around())


def test_a_deadline_that_no_probe_can_keep_is_refused():
    with pytest.raises(Misconfigured, match="too short"):
        ProbeWiring("gate", deadline_s=1)


def test_a_failure_of_our_own_is_told_without_its_text_and_healed(world, run, emitters, caplog):
    class Broken(LineDatagrams):
        times = 0

        def decode(self, chunks):
            if chunks and not self.times:
                self.times += 1
                raise ValueError("80:56:F2:7B:47:1D")
            return super().decode(chunks)

    wire = UdpWire(LOOPBACK, 0, probe_fault)
    driver = run(wire, Broken())
    world.until(lambda: is_open(driver))
    probe = emitters(UdpEnd(*wire.address))
    probe.emit()
    world.until(lambda: driver.health()[0].reconnects == 1 and is_open(driver))
    assert "ValueError" in caplog.text
    assert "80:56" not in caplog.text
