"""PTZ cameras driven at PyPI's ipycam, in a network of its own, with a cable between it and the box."""

import time

import pytest

from drivers.base import Denied, Order
from drivers.cameras import onvif_faults
from drivers.cameras.onvif_wiring import OnvifWiring
from drivers.cameras.ptz import PtzCameras
from drivers.cameras.ptz_wiring import PtzNetworkWiring, PtzWiring
from drivers.cameras.reconnecting import Patience
from drivers.said import DeviceFound, DeviceLost, OrderDone
from tests.drivers.ear import Ear
from tests.drivers.onvif_peer_network import CAMERA, Peer, cable, require_ipycam
from tests.drivers.ptz_gate import QUICK, until

USER, PASSWORD = "guard", "p@ss:w/rd%"
HOW = {
    "local_ip": CAMERA,
    "onvif_port": 8000,
    "username": USER,
    "password": PASSWORD,
    "presets": {"p1": ["Barrier", 0.5, -0.25, 0.5]},
}
IDENTITY = "PythonCam VirtualCam-1 PY-000001"
LOST_AFTER_S = 3.0


@pytest.fixture(scope="module")
def wired():
    require_ipycam()
    with cable() as joined:
        yield joined


@pytest.fixture
def site(wired, tmp_path):
    """Return functions that start ipycam and our driver, which lives in the network of the box."""
    peers, drivers = [], []

    def peer(**more):
        peers.append(Peer(wired.camera, tmp_path, HOW | more))
        return peers[-1]

    def driver(password=PASSWORD, patience=QUICK):
        where = OnvifWiring(CAMERA, 8000, USER, password)
        presets = {"lane": "Barrier", "home": "home", "roof": "Roof"}
        wiring = PtzWiring("dome", where, presets, poll_s=1.0, lost_after_s=LOST_AFTER_S)
        drivers.append(PtzCameras(PtzNetworkWiring((wiring,)), time.monotonic, patience))
        ear = Ear()
        wired.box.run(lambda: drivers[-1].start(ear.tell))
        return drivers[-1], ear

    yield peer, driver
    for each in (*drivers, *peers):
        each.stop()
    wired.plug()


def pointing(peer):
    state = peer.state()
    return state["pan"], state["tilt"], state["zoom"]


def test_the_camera_is_found_and_told_lost_and_found_once_each_as_its_plug_goes_out_and_in(wired, site):
    peer, driver = site
    peer()
    driven, ear = driver()
    first = ear.wait(DeviceFound)
    assert (first.identity, first.firmware, first.away_s) == (IDENTITY, "1.3.0", None)
    wired.pull()
    pulled_s = time.monotonic()
    lost = ear.wait(DeviceLost)
    assert lost.mono_s - pulled_s < LOST_AFTER_S + 3.0
    assert lost.silent_s > LOST_AFTER_S
    assert lost.reason in {"onvif.silent", "onvif.unreachable"}
    wired.plug()
    again = ear.wait(DeviceFound, after=ear.said.index(lost))
    assert (again.identity, again.away_s > lost.silent_s) == (IDENTITY, True)
    words = driven.health()[0].words
    assert until(lambda: driven.health()[0].words > words + 1)
    assert len(ear.all(DeviceFound)) == 2
    assert len(ear.all(DeviceLost)) == 1


def test_the_camera_turns_to_the_presets_of_the_site_file_and_to_no_other(site):
    peer, driver = site
    camera = peer(mended=True)
    driven, ear = driver()
    for number, (preset, where, refused) in enumerate(
        (
            ("lane", (0.5, -0.25, 0.5), None),
            ("roof", (0.5, -0.25, 0.5), onvif_faults.ORDER_NO_PRESET),
            ("home", (0.0, 0.0, 0.0), None),
        )
    ):
        driven.go_to_preset("dome", preset, Order(f"o{number}", time.monotonic() + 20))
        assert ear.wait(OrderDone, order=f"o{number}").refused == refused
        assert pointing(camera) == where


def test_presets_that_the_camera_writes_as_no_xml_leave_an_order_unanswered(site):
    peer, driver = site
    camera = peer()
    driven, ear = driver()
    before = pointing(camera)
    driven.go_to_preset("dome", "lane", Order("o", time.monotonic() + 20))
    assert ear.wait(OrderDone).refused == onvif_faults.ORDER_UNANSWERED
    assert pointing(camera) == before


def test_a_wrong_password_is_tried_once_though_orders_come(site):
    peer, driver = site
    camera = peer()
    driven, ear = driver(password="wr0ng-secret", patience=Patience(denied_s=900.0))
    assert ear.wait(DeviceLost).reason == "onvif.denied"
    for number in range(2):
        driven.go_to_preset("dome", "lane", Order(f"o{number}", time.monotonic() + 20))
        assert ear.wait(OrderDone, order=f"o{number}").refused == onvif_faults.ORDER_DENIED
    assert camera.state()["wrong"] == 1


def test_a_probe_tells_who_the_camera_is_or_that_the_password_is_wrong(wired, site):
    peer, _ = site
    peer()
    wiring = PtzWiring("dome", OnvifWiring(CAMERA, 8000, USER, PASSWORD))
    wrong = PtzWiring("dome", OnvifWiring(CAMERA, 8000, USER, "x"))
    who = wired.box.run(lambda: PtzCameras(PtzNetworkWiring((wiring,)), time.monotonic).probe("dome"))
    assert (who.maker, who.serial, 0 < who.latency_s < 10) == ("PythonCam", "PY-000001", True)
    with pytest.raises(Denied):
        wired.box.run(lambda: PtzCameras(PtzNetworkWiring((wrong,)), time.monotonic).probe("dome"))
