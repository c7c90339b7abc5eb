"""The whole compound of config/compound.yaml simulated, and what a simulation may never touch."""

import os
import pty
import socket
import threading
import time
from pathlib import Path

import pytest

from drivers.sim.broker import Broker
from edge.clock import SystemClock
from edge.devices.building import build
from edge.devices.hub import Hub
from edge.refusal import Refused
from edge.simulation.compound import SimulatedCompound
from edge.site.loading import load
from tests.conftest import CHECKOUT
from tests.edge.simulated_compound import (
    free_port,
    named,
    open_descriptors,
    rehearsed,
    running_threads,
    site,
)


def compound_file(folder: Path, broker_port: int) -> Path:
    """Write config/compound.yaml with its ports in a folder and its addresses on this machine."""
    text = (CHECKOUT / "config" / "compound.yaml").read_text("utf-8")
    ports = [free_port(socket.SOCK_DGRAM) for _ in range(2)]
    here = {
        "/dev/serial/by-id/": f"{folder}/ports/",
        "listen_host: 192.168.10.2": f"listen_port: {ports[0]}\n    listen_host: 127.0.0.1",
        "host: 192.168.10.61": f"host: 127.0.0.1\n        port: {ports[1]}",
        "host: 192.168.10.41\n": f"host: 127.0.0.1\n        port: {free_port()}\n",
        "kind: probe-mqtt": f"kind: probe-mqtt\n    port: {broker_port}",
    }
    for there, nearby in here.items():
        assert there in text
        text = text.replace(there, nearby)
    secret = folder / "secrets" / "garden-dome"
    secret.parent.mkdir(mode=0o700)
    secret.touch(0o600)
    secret.write_text("open sesame")
    file = folder / "site.yaml"
    file.write_text(text, "utf-8")
    return file


def test_every_device_of_the_shipped_compound_is_found_and_nothing_is_left(tmp_path):
    threads, descriptors = running_threads(), open_descriptors()
    with Broker() as broker:
        loaded = load(compound_file(tmp_path, broker.port))
        with SimulatedCompound(loaded, os.environ) as compound:
            hub = Hub(build(loaded, SystemClock(), os.environ), time.monotonic)
            told = []
            hub.start(told.append)
            try:
                until_s = time.monotonic() + 60.0
                while time.monotonic() < until_s and not all(h.online for h in hub.health().values()):
                    time.sleep(0.1)
                health = hub.health()
            finally:
                hub.stop()
            ports = [port for rig in compound.rigs.values() for port in rig.ports]
            assert len(ports) == 5
            assert all(port.is_symlink() for port in ports)
            assert compound.left_out == ()
            assert [device for _, device, _ in compound.places()] == list(hub.devices)
            assert set(compound.states()) == set(hub.devices)
    assert {device: one.reason for device, one in health.items() if not one.online} == {}
    assert len(health) > 10
    assert list((tmp_path / "ports").iterdir()) == []
    assert running_threads() - threads == set()
    assert open_descriptors() <= descriptors


def patrol(port):
    return {"kind": "patrol-serial", "port": str(port), "readers": {"patrol": named()}}


def simulated(port):
    return SimulatedCompound(site({"patrol-port": patrol(port)}), {})


def test_a_link_to_a_real_device_a_file_and_a_living_port_are_never_touched(tmp_path):
    device, file, living = tmp_path / "by-id", tmp_path / "file", tmp_path / "living"
    device.symlink_to("/dev/null")
    file.write_text("a log")
    with simulated(living):
        before = {path: path.readlink() for path in (device, living)}
        for port in (device, file, living, Path("/dev/null"), Path("/dev/ttyGate0")):
            with pytest.raises(Refused, match=f"{port} is not free") as refused:
                simulated(port).start()
            assert refused.value.key == "simulate.port_taken"
        assert {path: path.readlink() for path in (device, living)} == before
        assert file.read_text() == "a log"


def test_a_link_to_a_device_that_is_unplugged_at_the_moment_is_never_touched(tmp_path):
    device = tmp_path / "usb-port0"
    device.symlink_to("../../ttyUSB0")
    with pytest.raises(Refused, match="is not free"):
        simulated(device).start()
    assert device.readlink() == Path("../../ttyUSB0")


def test_a_living_port_that_is_unplugged_at_the_moment_is_not_taken_over(tmp_path):
    with simulated(tmp_path / "port") as compound:
        compound.tell("unplug patrol")
        with pytest.raises(Refused, match="is not free"):
            simulated(tmp_path / "port").start()
        compound.tell("plug patrol")
        assert (tmp_path / "port").exists()


@pytest.mark.parametrize("number", ["999999", "ours"])
def test_what_a_killed_simulation_left_makes_room_even_where_another_terminal_has_its_number(
    tmp_path, number
):
    master, terminal = pty.openpty()
    stale = tmp_path / "stale"
    stale.symlink_to(os.ttyname(terminal) if number == "ours" else f"/dev/pts/{number}")
    (tmp_path / ".stale.simulated").touch()
    with simulated(stale):
        assert os.ttyname(terminal) != str(stale.readlink())
        assert stale.exists()
    os.close(master)
    os.close(terminal)
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_was_taken_while_it_was_unplugged_stays_its_new_owners(tmp_path):
    port = tmp_path / "port"
    with simulated(port) as compound:
        compound.tell("unplug patrol")
        port.symlink_to("/dev/null")
        with pytest.raises(Refused, match="is not free"):
            compound.tell("plug patrol")
        assert port.readlink() == Path("/dev/null")
    assert port.readlink() == Path("/dev/null")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Refused, match=r"File exists.*/file"):
        simulated(tmp_path / "file" / "port").start()


def test_one_wire_that_cannot_be_had_leaves_the_others_down_too(tmp_path):
    wires = {"first": patrol(tmp_path / "first"), "second": patrol(tmp_path / "second")}
    wires["second"]["readers"] = {"other": named()}
    (tmp_path / "second").write_text("taken")
    threads = running_threads()
    with pytest.raises(Refused, match="second is not free"):
        SimulatedCompound(site(wires), {}).start()
    assert not (tmp_path / "first").is_symlink()
    assert running_threads() - threads == set()


def test_stopping_may_be_asked_for_twice_and_before_any_start(tmp_path):
    compound = simulated(tmp_path / "port")
    compound.stop()
    compound.start()
    compound.stop()
    compound.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_wire_of_another_package_is_left_out_and_says_so():
    wires = {"tower": {"kind": "extension", "driver": "gong", "devices": {"bell": named()}}}
    compound = SimulatedCompound(site(wires), {})
    assert compound.left_out == ("tower",)
    for name in ("bell", "tower"):
        with pytest.raises(Refused, match="another package brings its driver"):
            compound.tell(f"unplug {name}")


def test_judging_a_verb_lets_nothing_happen(tmp_path):
    with rehearsed({"patrol-port": patrol(tmp_path / "port")}) as rehearsal:
        assert rehearsal.compound.judge("unplug patrol").name == "unplug"
        assert rehearsal.compound.judge("wait 2s").name == "wait"
        assert (tmp_path / "port").is_symlink()
        with pytest.raises(Refused, match="tag TAG at patrol"):
            rehearsal.compound.judge("open patrol")


def test_a_wire_and_a_device_of_one_name_are_one_to_verbs(tmp_path):
    wires = {
        "fence": {
            "kind": "modbus", "port": str(tmp_path / "port"),
            "fences": {"fence": named(unit=1, profile="generic-16di", zones={"3": {"name": "段"}})},
        }
    }  # fmt: skip
    compound = SimulatedCompound(site(wires), {})
    assert compound.judge("noise 5% on fence").name == "noise"
    assert compound.judge("cut zone 3 of fence").name == "cut"


def test_verbs_may_come_while_devices_are_talking(tmp_path):
    """Pulling and pushing cables while probes and readers talk ends no thread and leaves no descriptor."""
    wires = {
        "probe-port": {"kind": "probe-serial", "port": str(tmp_path / "probe"), "probes": {"probe": named()}},
        "patrol-port": patrol(tmp_path / "patrol"),
    }
    failed = []
    before = threading.excepthook
    threading.excepthook = failed.append
    try:
        with rehearsed(wires) as rehearsal:
            emitter = rehearsal.compound.rigs["probe-port"]._emitters["probe"]
            talking = threading.Thread(target=lambda: [emitter.emit(50) for _ in range(60)])
            talking.start()
            while talking.is_alive():
                rehearsal.happen("unplug probe", "unplug patrol", "plug probe", "plug patrol")
                time.sleep(0.01)
            talking.join()
    finally:
        threading.excepthook = before
    assert failed == []
