"""Simulated probes, patrol readers, scanners before the real drivers: what each verb makes the hub hear."""

import socket
import time

import pytest

from drivers.said import CodeScanned, DensityMeasured, DeviceFound, DeviceLost, PatrolBadge
from drivers.sim.broker import Broker
from edge.clock import SystemClock
from edge.refusal import Refused
from edge.simulation.compound import SimulatedCompound
from tests.edge.simulated_compound import free_port, named, rehearsed, site, trouble

FASTER = 20


class QuickMinutes:
    """A wall clock on which a minute takes three seconds, so that a density is told soon."""

    def __init__(self):
        self._began_s = time.monotonic()

    def wall(self):
        return 1_800_000_000.0 + (time.monotonic() - self._began_s) * FASTER

    def mono(self):
        return SystemClock().mono()


def probe(sender=None):
    return named(sender=sender, lost_after_s=5.0)


def token_file(folder):
    file = folder / "token"
    file.touch(0o600)
    file.write_text("open sesame")
    return {"file": str(file)}


@pytest.fixture(scope="module")
def broker():
    with Broker() as running:
        yield running


@pytest.fixture(scope="module")
def probes(tmp_path_factory, broker):
    folder = tmp_path_factory.mktemp("probes")
    wires = {
        "east-port": {
            "kind": "probe-serial", "port": str(folder / "east"), "probes": {"serial-probe": probe()},
        },
        "air": {
            "kind": "probe-udp", "listen_host": "127.0.0.1", "listen_port": free_port(socket.SOCK_DGRAM),
            "probes": {"udp-one": probe("127.0.0.11"), "udp-two": probe("127.0.0.12")},
        },
        "posts": {
            "kind": "probe-http", "listen_host": "127.0.0.1", "listen_port": free_port(),
            "token": token_file(folder),
            "probes": {"http-one": probe("00f40f9a"), "http-two": probe("127.0.0.13")},
        },
        "broker": {
            "kind": "probe-mqtt", "host": "localhost", "port": broker.port, "topics": ["probes/+", "far/#"],
            "probes": {"by-topic": probe("probes/garden"), "by-id": probe("00f40f9b")},
        },
    }  # fmt: skip
    with rehearsed(wires, clock=QuickMinutes()) as rehearsal:
        for device in DEVICES:
            rehearsal.wait(DeviceFound, device=device)
        yield rehearsal


DEVICES = ("serial-probe", "udp-one", "udp-two", "http-one", "http-two", "by-topic", "by-id")


def test_a_crowd_gathers_at_each_probe_and_goes(probes):
    sizes = {device: 40 + number for number, device in enumerate(DEVICES)}
    mark = probes.happen(*(f"crowd {size} at {device}" for device, size in sizes.items()))
    for device, size in sizes.items():
        assert probes.wait(DensityMeasured, mark, device=device, devices=size).near == size
        assert probes.compound.states()[device][-1].values == {"count": size}
    mark = probes.happen(*(f"crowd 3 at {device}" for device in DEVICES))
    for device in DEVICES:
        probes.wait(DensityMeasured, mark, device=device, devices=3)


@pytest.mark.parametrize(("begin", "end"), [("unplug", "plug"), ("stall", "resume")])
def test_probes_fall_silent_and_the_others_of_their_wires_go_on(probes, begin, end):
    silent = ("serial-probe", "udp-one", "http-two", "by-topic")
    try:
        mark = probes.happen(*(f"{begin} {device}" for device in silent))
        for device in silent:
            probes.wait(DeviceLost, mark, device=device)
    finally:
        probes.happen(*(f"{end} {device}" for device in silent))
    for device in silent:
        probes.wait(DeviceFound, mark, device=device)
    assert {said.device for said in probes.all(DeviceLost, mark)} == set(silent)


def test_a_wire_takes_all_its_probes_away(probes):
    with trouble(probes, "stall air", "resume air") as mark:
        for device in ("udp-one", "udp-two"):
            probes.wait(DeviceLost, mark, device=device)
    for device in ("udp-one", "udp-two"):
        probes.wait(DeviceFound, mark, device=device)


@pytest.mark.parametrize(("wire", "device"), [("east-port", "serial-probe"), ("air", "udp-one")])
def test_noise_on_a_wire_is_counted_and_never_told(probes, wire, device):
    before = probes.hub.health()[device].malformed
    with trouble(probes, f"noise 10% on {wire}", f"noise 0% on {wire}") as mark:
        until_s = time.monotonic() + 20.0
        while probes.hub.health()[device].malformed == before and time.monotonic() < until_s:
            time.sleep(0.1)
    assert probes.hub.health()[device].malformed > before
    assert probes.all(DeviceLost, mark) == []


@pytest.mark.parametrize("fault", ["duplicate", "reorder"])
def test_doubled_and_overtaking_lines_count_nobody_twice(probes, fault):
    emitter = probes.compound.rigs["air"]._emitters["udp-one"]
    probes.happen("crowd 5 at udp-one")
    with trouble(probes, f"{fault} air on", f"{fault} air off") as mark:
        assert (emitter.line.duplicated, emitter.line.reordered) == (fault == "duplicate", fault == "reorder")
        probes.wait(DensityMeasured, probes.mark(), device="udp-one", devices=5)
    assert not emitter.line.duplicated
    assert not emitter.line.reordered
    assert max(said.devices for said in probes.all(DensityMeasured, mark, device="udp-one")) <= 8


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("slow udp-one 1s", "simulate.cannot"),
        ("swap by-topic", "simulate.cannot"),
        ("card 5 at serial-probe", "simulate.cannot"),
    ],
)
def test_what_a_probe_cannot_do_is_refused(probes, words, key):
    with pytest.raises(Refused, match="crowd PEOPLE at") as refused:
        probes.compound.tell(words)
    assert refused.value.key == key


def test_a_token_that_is_missing_is_named_and_nothing_stays(tmp_path):
    wires = {
        "east-port": {"kind": "probe-serial", "port": str(tmp_path / "east"), "probes": {"a": probe()}},
        "posts": {
            "kind": "probe-http", "listen_host": "127.0.0.1", "listen_port": free_port(),
            "token": {"environment": "NO_SUCH_TOKEN"}, "probes": {"b": probe()},
        },
    }  # fmt: skip
    with pytest.raises(Refused, match="NO_SUCH_TOKEN is not set"):
        SimulatedCompound(site(wires), {}).start()
    assert not (tmp_path / "east").is_symlink()


@pytest.mark.parametrize(
    "wire",
    [
        {"kind": "probe-udp", "listen_host": "192.168.10.2", "listen_port": 9000, "probes": {"a": probe()}},
        {
            "kind": "probe-udp", "listen_host": "127.0.0.1", "listen_port": 9000,
            "probes": {"a": probe("192.168.10.2")},
        },
        {"kind": "probe-http", "listen_host": "192.168.10.2", "listen_port": 9000, "probes": {"a": probe()}},
        {"kind": "probe-mqtt", "host": "192.168.10.2", "topics": ["p/#"], "probes": {"a": probe()}},
    ],
)  # fmt: skip
def test_nobody_elsewhere_is_ever_sent_a_made_up_device(wire):
    with pytest.raises(Refused, match=r"192\.168\.10\.2 is not this machine"):
        SimulatedCompound(site({"air": wire}), {})


def test_a_broker_asks_for_name_and_password(tmp_path):
    wire = {
        "kind": "probe-mqtt", "host": "127.0.0.1", "port": 1, "topics": ["probes/#"], "username": "gate",
        "password": token_file(tmp_path), "probes": {"a": probe()},
    }  # fmt: skip
    compound = SimulatedCompound(site({"broker": wire}), {})
    end, _ = compound.rigs["broker"]._end("a")
    assert (end.topic, end._account) == ("probes/a", ("gate", "open sesame"))


@pytest.fixture(scope="module")
def patrol(tmp_path_factory):
    folder = tmp_path_factory.mktemp("patrol")

    def wire(name, **more):
        reader = named(lost_after_s=1.0, **more)
        return {"kind": "patrol-serial", "port": str(folder / name), "readers": {f"patrol-{name}": reader}}

    wires = {"garden-port": wire("garden"), "wall-port": wire("wall", format="line", reads=2)}
    with rehearsed(wires) as rehearsal:
        rehearsal.online("patrol-garden", "patrol-wall")
        yield rehearsal


@pytest.mark.parametrize(
    ("device", "tag"),
    [("patrol-garden", "0A0058B7C1"), ("patrol-garden", "0a0058b7c2"), ("patrol-wall", "17,1042")],
)
def test_a_tag_at_a_patrol_point(patrol, device, tag):
    mark = patrol.happen(f"tag {tag} at {device}")
    assert patrol.wait(PatrolBadge, mark, device=device).tag == tag.upper()


@pytest.mark.parametrize(("name", "tag"), [("patrol-garden", "0A0058B7C3"), ("garden-port", "0A0058B7C8")])
def test_a_pulled_reader_is_lost_alone_and_reads_again(patrol, name, tag):
    with trouble(patrol, f"unplug {name}", f"plug {name}") as mark:
        patrol.wait(DeviceLost, mark, device="patrol-garden")
    patrol.wait(DeviceFound, mark, device="patrol-garden")
    assert {said.device for said in patrol.all(DeviceLost, mark)} == {"patrol-garden"}
    mark = patrol.happen(f"tag {tag} at patrol-garden")
    patrol.wait(PatrolBadge, mark, tag=tag)


def test_a_reader_that_hangs_reads_nothing_and_a_doubled_read_is_one(patrol):
    with trouble(patrol, "stall patrol-garden", "resume patrol-garden") as mark:
        patrol.happen("tag 0A0058B7C4 at patrol-garden")
        patrol.happen("tag 99AA at patrol-wall")
        patrol.wait(PatrolBadge, mark, device="patrol-wall")
    with trouble(patrol, "duplicate garden-port on", "duplicate garden-port off"):
        patrol.happen("tag 0A0058B7C5 at patrol-garden")
        patrol.wait(PatrolBadge, mark, tag="0A0058B7C5")
        time.sleep(0.5)
    assert [said.tag for said in patrol.all(PatrolBadge, mark, device="patrol-garden")] == ["0A0058B7C5"]


def test_a_tag_in_noise_is_no_other_tag(patrol):
    with trouble(patrol, "noise 50% on garden-port", "noise 0% on garden-port") as mark:
        for _ in range(10):
            patrol.happen("tag 0A0058B7C6 at patrol-garden")
    mark = patrol.happen("tag 0A0058B7C7 at patrol-garden")
    patrol.wait(PatrolBadge, mark, tag="0A0058B7C7")
    assert patrol.hub.health()["patrol-garden"].malformed > 0
    assert {said.tag for said in patrol.all(PatrolBadge)} <= {
        *(f"0A0058B7C{n}" for n in range(1, 9)), "17,1042", "99AA",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "key", "why"),
    [
        ("tag 12AB at patrol-garden", "simulate.no_tag", "ten hexadecimal digits"),
        ("tag WXYZ at patrol-wall", "simulate.no_tag", "4 to 16"),
        ("card 1042 at patrol-garden", "simulate.cannot", "tag TAG at patrol-garden"),
        ("reorder garden-port on", "simulate.cannot", "duplicate garden-port"),
    ],
)
def test_what_a_patrol_reader_cannot_do_is_refused(patrol, words, key, why):
    with pytest.raises(Refused, match=why) as refused:
        patrol.compound.tell(words)
    assert refused.value.key == key


@pytest.fixture(scope="module")
def scanner(tmp_path_factory):
    port = tmp_path_factory.mktemp("codes") / "scanner"
    wire = {"kind": "qr-serial", "port": str(port), "scanners": {"door-scanner": named(lost_after_s=1.0)}}
    with rehearsed({"scanner-port": wire}) as rehearsal:
        rehearsal.online("door-scanner")
        yield rehearsal


def test_a_code_before_a_scanner(scanner):
    mark = scanner.happen("scan MW1.abc at door-scanner")
    assert scanner.wait(CodeScanned, mark, device="door-scanner").text == "MW1.abc"


def test_a_pulled_scanner_is_lost_and_scans_again(scanner):
    with trouble(scanner, "unplug door-scanner", "plug scanner-port") as mark:
        scanner.wait(DeviceLost, mark, device="door-scanner")
    scanner.wait(DeviceFound, mark, device="door-scanner")
    mark = scanner.happen("scan MW1.again at door-scanner")
    scanner.wait(CodeScanned, mark, text="MW1.again")


def test_a_scanner_reads_no_tags(scanner):
    with pytest.raises(Refused, match="scan TEXT at door-scanner"):
        scanner.compound.tell("tag 0A0058B7C1 at door-scanner")
