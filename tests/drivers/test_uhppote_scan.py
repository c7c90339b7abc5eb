"""Controllers are looked for on this machine's network, and by broadcast over a cable to another one."""

import socket
import threading
import time

import pytest

from drivers.base import Misconfigured, Transient
from drivers.doors.uhppote_scan import FoundController, find_controllers
from drivers.sim.uhppote_controller import UhppoteController
from tests.drivers.onvif_peer_network import BOX, CAMERA, cable
from tests.drivers.uhppote_gate import SERIAL, box

FIRMWARE = "v8.92"


@pytest.fixture
def controller():
    one = box()
    one.start()
    yield one
    one.stop()


def asking(controller, seconds=0.4):
    return find_controllers("127.0.0.1", seconds, to=("127.0.0.1", controller.port))


def test_a_controller_tells_its_serial_number_and_its_firmware(controller):
    scan = asking(controller)
    assert scan.controllers == (FoundController(SERIAL, "127.0.0.1", controller.port, FIRMWARE),)
    assert scan.malformed == 0
    assert "00:66:19" not in repr(scan)


def test_a_controller_that_answers_twice_is_one_and_one_whose_answers_get_lost_is_asked_again(controller):
    controller.duplicate(3)
    assert len(asking(controller).controllers) == 1
    controller.duplicate(1)
    asked = []
    genuine = controller.wire._answer

    def answer(packet):
        asked.append(packet)
        return genuine(packet) if len(asked) == 3 else None

    controller.wire._answer = answer
    assert len(asking(controller, 1.0).controllers) == 1
    assert len(set(map(bytes, asked))) == 1


def test_an_unplugged_controller_is_not_found_and_the_time_is_kept(controller):
    controller.unplug()
    began = time.monotonic()
    assert asking(controller, 0.3).controllers == ()
    assert 0.3 <= time.monotonic() - began < 5


@pytest.fixture
def stranger():
    """Something on the port that answers whatever it is told to: returns a function that sets it."""
    said, stopping = [], threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        link.settimeout(0.05)

        def answer():
            while not stopping.is_set():
                try:
                    _, sender = link.recvfrom(2048)
                except TimeoutError:
                    continue
                for packet in said:
                    link.sendto(packet, sender)

        thread = threading.Thread(target=answer)
        thread.start()
        yield said, link.getsockname()
        stopping.set()
        thread.join()


def test_what_is_no_answer_is_counted_and_nobody(stranger):
    said, at = stranger
    status = b"\x17\x20" + bytes(62)
    said += [b"", b"\x17\x94", bytes(64), b"\xff" * 64, status, b"\x17\x94" + bytes(62), bytes(1500)]
    scan = find_controllers("127.0.0.1", 0.4, to=at)
    assert scan.controllers == ()
    assert scan.malformed >= len(said)


@pytest.mark.parametrize("address", ["192.0.2.250", "0.0.0.0", "gate.example", "::1", "", "300.1.1.1"])
def test_an_address_that_is_none_of_this_box_is_refused(address):
    with pytest.raises(Misconfigured) as refused:
        find_controllers(address, 0.5)
    assert refused.value.key == "scan.not_our_address"
    assert address in str(refused.value)


@pytest.fixture(scope="module")
def wired():
    with cable() as joined:
        yield joined


def test_a_controller_on_the_cable_hears_the_broadcast(wired):
    """It listens on every address in a network of its own: nothing of it leaves this machine."""
    far = UhppoteController(SERIAL, mono=time.monotonic, wall=time.time, host="0.0.0.0", port=60000)
    wired.camera.run(far.start)
    try:
        scan = wired.box.run(lambda: find_controllers(BOX, 0.8))
    finally:
        far.stop()
    assert scan.controllers == (FoundController(SERIAL, CAMERA, 60000, FIRMWARE),)


def test_a_network_that_cannot_be_reached_is_told(wired):
    with pytest.raises(Transient, match=rf"{BOX} \(Network is unreachable\)") as down:
        wired.box.run(lambda: find_controllers(BOX, 0.5, to=("203.0.113.1", 60000)))
    assert down.value.key == "scan.network_down"
