"""Every wire at work beside the others: what one driver does wrong stays its own."""

import logging
import sys
import threading
import time

import pytest

from drivers.base import DeviceHealth, Misconfigured
from drivers.said import DeviceLost, PatrolBadge
from edge.clock import SystemClock
from edge.devices import hub as hub_module
from edge.devices.building import Built, build
from edge.devices.hub import Hub
from edge.site.schema import Site

FAKE_DRIVER = '''
"""A driver as another package brings it."""

from drivers.base import DeviceHealth, Identity, Misconfigured
from drivers.said import DeviceFound


class Gong:
    def __init__(self, devices, settings, clocks):
        if "port" not in settings:
            raise Misconfigured("gong.port", "name a {what}", what="port")
        self.devices = tuple(devices)
        self.settings, self.clocks = dict(settings), clocks

    def deadline_s(self, device):
        return 5.0

    def start(self, tell):
        for device in self.devices:
            tell(DeviceFound(
                device=device, mono_s=self.clocks.mono(), identity="gong", firmware="1", away_s=None
            ))

    def stop(self):
        pass

    def health(self):
        return tuple(
            DeviceHealth(d, online=True, last_word_age_s=0.0, words=1, malformed=0, reconnects=0)
            for d in self.devices
        )

    def probe(self, device):
        return Identity("Gong Works", "G1", "7", "1", 0.001)


def brittle(devices, settings, clocks):
    raise RuntimeError("no luck {today}")
'''


class Steady:
    """A driver that does as it is told, or fails where a test wants it to."""

    def __init__(self, device, *, fails=(), stop_s=0.0, error=None):
        self.devices = (device,)
        self.fails, self.error = frozenset(fails), error or RuntimeError("broken on purpose")
        self.stop_s = stop_s
        self.tell = None
        self.stops = 0

    def deadline_s(self, device):
        return 5.0

    def start(self, tell):
        self.tell = tell
        if "start" in self.fails:
            raise self.error

    def stop(self):
        self.stops += 1
        time.sleep(self.stop_s)
        if "stop" in self.fails:
            raise self.error

    def health(self):
        if "health" in self.fails:
            raise self.error
        (device,) = self.devices
        return (DeviceHealth(device, online=True, last_word_age_s=0.1, words=3, malformed=0, reconnects=0),)

    def probe(self, device):
        raise NotImplementedError


def built(driver, wire):
    return Built(wire, driver.devices, driver)


def hub_of(*drivers):
    return Hub([built(d, f"wire-{n}") for n, d in enumerate(drivers)], time.monotonic)


def site(**wires):
    return Site.model_validate(
        {
            "site": {"id": "s", "name": "小区"},
            "cameras": {
                "lane": {
                    "name": "车道", "place": "南门", "source": "b", "roles": ["plate"], "purpose": "security",
                }
            },
            "wires": wires,
            "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
            "storage": {"directory": "."},
        }
    )  # fmt: skip


def extension(driver, device, **settings):
    named = {device: {"name": "锣", "place": "门房"}}
    return {"kind": "extension", "driver": driver, "devices": named, "settings": settings}


@pytest.fixture
def gong(tmp_path, monkeypatch):
    """An installed package that brings two drivers, and one entry point whose module is gone."""
    folder = tmp_path / "site-packages"
    info = folder / "gong-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "gong_driver.py").write_text(FAKE_DRIVER, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gong\nVersion: 1.0\n", "utf-8")
    points = ("gong = gong_driver:Gong", "brittle = gong_driver:brittle", "ghost = gone_driver:Gone")
    (info / "entry_points.txt").write_text("\n".join(("[menwei.drivers]", *points)), "utf-8")
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop("gong_driver", None)


def test_a_driver_that_cannot_be_started_is_told_lost_and_the_others_run(caplog):
    refused = Misconfigured("door.bad_wiring", "{device}: {detail}", device="south", detail="no key")
    broken, denied, steady = (
        Steady("east", fails={"start"}),
        Steady("south", fails={"start"}, error=refused),
        Steady("north"),
    )
    hub, said = hub_of(broken, denied, steady), []
    with caplog.at_level(logging.ERROR, "menwei.devices"):
        hub.start(said.append)
    assert [(s.device, s.reason) for s in said if isinstance(s, DeviceLost)] == [
        ("east", "devices.driver_failed"),
        ("south", "door.bad_wiring"),
    ]
    assert "broken on purpose" in said[0].detail
    assert said[1].detail == "no key"
    assert said[0].silent_s is None
    assert "wire-0" in caplog.text
    steady.tell(PatrolBadge(device="north", mono_s=1.0, tag="A"))
    assert said[-1].device == "north"
    assert hub.driver("north") is steady
    with pytest.raises(Misconfigured, match="no key"):
        hub.driver("south")


def test_a_driver_that_failed_at_its_start_is_stopped_and_its_wire_freed():
    broken = Steady("east", fails={"start"})
    hub = hub_of(broken)
    hub.start(lambda said: None)
    assert broken.stops == 1


def test_a_driver_that_fails_while_it_tells_its_health_leaves_the_others_told():
    hub = hub_of(Steady("east", fails={"health"}), Steady("north"))
    hub.start(lambda said: None)
    health = hub.health()
    assert (health["east"].online, health["east"].reason) == (False, "devices.driver_failed")
    assert (health["north"].online, health["north"].words) == (True, 3)


def test_a_device_whose_wire_stayed_out_is_not_online_and_says_why():
    hub = hub_of(Steady("east", fails={"start"}))
    hub.start(lambda said: None)
    health = hub.health()["east"]
    assert (health.online, health.reason, health.words) == (False, "devices.driver_failed", 0)
    assert "broken on purpose" in health.detail


def test_a_driver_that_fails_while_it_is_stopped_does_not_keep_the_others_from_it(caplog):
    broken, steady = Steady("east", fails={"stop"}), Steady("north")
    hub = hub_of(broken, steady)
    hub.start(lambda said: None)
    with caplog.at_level(logging.ERROR, "menwei.devices"):
        hub.stop()
    assert (broken.stops, steady.stops) == (1, 1)
    assert "wire-0" in caplog.text


def test_stopping_may_be_asked_for_twice_and_before_any_start():
    steady = Steady("north")
    hub = hub_of(steady)
    hub.stop()
    hub.start(lambda said: None)
    hub.stop()
    hub.stop()
    assert steady.stops == 3
    Hub([], time.monotonic).stop()


def test_drivers_that_hang_cost_one_deadline_together_and_hold_up_neither_the_rest_nor_the_end(
    caplog, monkeypatch
):
    monkeypatch.setattr(hub_module, "STOPPED_WITHIN_S", 1.0)
    hanging = [Steady(f"east-{n}", stop_s=4.0) for n in range(3)]
    steady = Steady("north")
    hub = hub_of(*hanging, steady)
    began_s = time.monotonic()
    with caplog.at_level(logging.ERROR, "menwei.devices"):
        hub.stop()
    assert time.monotonic() - began_s < 3.5
    assert steady.stops == 1
    assert caplog.text.count("did not stop") == 3
    # The interpreter waits for threads that are no daemons: the box would never restart.
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("stop-"))


def test_an_id_that_no_wire_has_is_refused():
    with pytest.raises(Misconfigured, match="no device ghost"):
        hub_of(Steady("north")).driver("ghost")


def test_a_driver_of_another_package_is_built_with_its_settings_and_runs(gong):
    hub = Hub(build(site(tower=extension("gong", "bell", port=7)), SystemClock(), {}), time.monotonic)
    said = []
    hub.start(said.append)
    assert [(s.device, s.identity) for s in said] == [("bell", "gong")]
    assert hub.driver("bell").settings == {"port": 7}
    assert hub.health()["bell"].online
    hub.stop()


@pytest.mark.parametrize(
    ("driver", "settings", "reason", "detail"),
    [
        ("nobody", {}, "extension.missing", "no installed package brings the driver nobody"),
        ("ghost", {}, "extension.broken", "gone_driver"),
        ("brittle", {}, "devices.driver_failed", "no luck {today}"),
        ("gong", {}, "gong.port", "name a port"),
    ],
)
def test_a_driver_that_cannot_be_had_keeps_its_wire_out_alone(gong, driver, settings, reason, detail):
    wires = site(broken=extension(driver, "lost", **settings), tower=extension("gong", "bell", port=7))
    hub = Hub(build(wires, SystemClock(), {}), time.monotonic)
    said = []
    hub.start(said.append)
    lost = [s for s in said if isinstance(s, DeviceLost)]
    assert [(s.device, s.reason) for s in lost] == [("lost", reason)]
    assert detail in lost[0].detail
    assert [s.device for s in said if s not in lost] == ["bell"]
    assert (hub.health()["lost"].reason, hub.health()["bell"].online) == (reason, True)
    hub.stop()


def test_a_secret_that_is_missing_keeps_out_its_own_wire_only(gong):
    probes = {
        "kind": "probe-http", "listen_host": "127.0.0.1", "listen_port": 18099,
        "token": {"environment": "NO_SUCH_TOKEN"}, "probes": {"p": {"name": "探针", "place": "门房"}},
    }  # fmt: skip
    wires = site(air=probes, tower=extension("gong", "bell", port=7))
    hub = Hub(build(wires, SystemClock(), {}), time.monotonic)
    assert hub.health()["p"].reason == "site.secret_unset"
    with pytest.raises(Misconfigured, match="NO_SUCH_TOKEN is not set"):
        hub.driver("p")
