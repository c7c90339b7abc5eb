"""Simulated PTZ cameras of a site file, and the real driver before them."""

import contextlib
import socket
import time

import pytest

from drivers.base import Order
from drivers.cameras.ptz import PtzCameras
from drivers.cameras.ptz_wiring import PtzNetworkWiring
from drivers.cameras.reconnecting import Patience
from drivers.said import DeviceFound, DeviceLost, OrderDone
from edge import catalogue
from edge.clock import SystemClock
from edge.devices.building import build
from edge.refusal import Refused
from edge.simulation.compound import SimulatedCompound
from edge.site.schema import Site
from tests.drivers.ear import Ear

SECRET = {"MENWEI_DOME": "密码"}
ASKED_AGAIN = Patience(first_s=0.2, cap_s=0.5, denied_s=1.0, misconfigured_s=1.0, settled_s=0.0)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def site(host="127.0.0.1"):
    def camera():
        return {
            "name": "球机",
            "place": "花园",
            "host": host,
            "port": free_port(),
            "username": "menwei",
            "password": {"environment": "MENWEI_DOME"},
            "presets": {
                "lane": {"name": "车道", "preset": "1"},
                "gate": {"name": "大门", "preset": "2"},
            },
            "poll_s": 1.0,
            "lost_after_s": 3.0,
        }

    return Site.model_validate(
        {
            "site": {"id": "s", "name": "小区"},
            "cameras": {
                "view": {
                    "name": "v",
                    "place": "p",
                    "source": "v.mp4",
                    "roles": ["overview"],
                    "purpose": "security",
                }
            },
            "wires": {"heads": {"kind": "onvif", "cameras": {"dome": camera(), "lane-dome": camera()}}},
            "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
            "storage": {"directory": "."},
        }
    )


@contextlib.contextmanager
def rehearsal():
    made = site()
    (built,) = build(made, SystemClock(), SECRET)
    # Denied is asked again sooner than on a site.
    driver = PtzCameras(PtzNetworkWiring(built.driver.wiring.cameras), time.monotonic, ASKED_AGAIN)
    ear = Ear()
    with SimulatedCompound(made, SECRET) as compound:
        driver.start(ear.tell)
        try:
            for device in ("dome", "lane-dome"):
                ear.wait(DeviceFound, device=device)
            yield compound, driver, ear
        finally:
            driver.stop()


def words(compound, device):
    return [catalogue.text(w.key, "en", **w.values) for w in compound.states()[device]]


@pytest.mark.parametrize(
    ("breaks", "mends", "word", "reason"),
    [
        ("unplug dome", "plug dome", "unplugged", "onvif.unreachable"),
        ("stall dome", "resume dome", "stalled", "onvif.silent"),
        ("wrong key dome", "right key dome", "wrong key", "onvif.denied"),
    ],
)
def test_every_fault_of_a_camera_begins_and_ends_by_its_verb(breaks, mends, word, reason):
    with rehearsal() as (compound, _, ear):
        mark = ear.mark()
        compound.tell(breaks)
        assert words(compound, "dome") == [word]
        assert ear.wait(DeviceLost, after=mark).reason == reason
        compound.tell(mends)
        ear.wait(DeviceFound, after=mark, device="dome")
        assert words(compound, "dome") == []
        assert ear.all(DeviceLost, after=mark, device="lane-dome") == []


def test_a_camera_points_where_it_was_turned_until_it_is_restarted_and_another_one_is_told():
    with rehearsal() as (compound, driver, ear):
        driver.go_to_preset("dome", "gate", Order("o", time.monotonic() + 20))
        assert ear.wait(OrderDone).refused is None
        assert words(compound, "dome") == ["points at 大门"]
        assert words(compound, "lane-dome") == []
        compound.tell("restart dome")
        assert words(compound, "dome") == []
        mark = ear.mark()
        compound.tell("swap dome")
        assert ear.wait(DeviceFound, after=mark).identity.endswith("SIM-dome-2")
        mark = ear.mark()
        compound.tell("swap dome")
        assert ear.wait(DeviceFound, after=mark).identity.endswith("SIM-dome")


def test_the_whole_network_is_unplugged_by_its_own_name():
    with rehearsal() as (compound, _, ear):
        compound.tell("unplug heads")
        for device in ("dome", "lane-dome"):
            ear.wait(DeviceLost, device=device)
        compound.tell("plug heads")
        for device in ("dome", "lane-dome"):
            assert ear.wait(DeviceFound, device=device, after=2).away_s > 0


def test_what_a_camera_cannot_do_is_refused_and_what_is_not_here_is_not_simulated():
    with rehearsal() as (compound, _, _):
        with pytest.raises(Refused) as refused:
            compound.tell("tamper dome")
        assert refused.value.key == "simulate.cannot"
        assert "swap dome" in str(refused.value)
        assert [place for _, device, place in compound.places() if device == "dome"] == [
            f"http://127.0.0.1:{compound.rigs['heads']._wired['dome'].port}"
        ]
    with pytest.raises(Refused) as refused:
        SimulatedCompound(site("192.0.2.5"), SECRET)
    assert refused.value.key == "simulate.not_loopback"


def test_a_port_that_another_program_has_is_named():
    made = site()
    with socket.create_server(("127.0.0.1", made.wires["heads"].cameras["lane-dome"].port)) as taken:
        with pytest.raises(Refused) as refused, SimulatedCompound(made, SECRET):
            pass
        assert refused.value.values["address"] == f"127.0.0.1:{taken.getsockname()[1]}"
