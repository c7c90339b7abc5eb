"""Devices through the controller: journalled, remembered over a restart, alerted in one transaction."""

import pytest

from drivers.said import DoorChanged, ExitRequested, KeysPressed, ZoneChanged
from edge.alerts.book import Raised, Settled
from edge.box_events import DoorAlarmed
from edge.clock import ManualClock
from edge.controller import Controller
from edge.events import Report
from edge.linkage.knowledge import Knowledge
from edge.site.schema import Site
from edge.store import device_states, journal, outbox
from edge.store.store import Store

SITE = Site.model_validate(
    {
        "site": {"id": "s", "name": "小区"},
        "cameras": {
            "c": {"name": "c", "place": "p", "source": "b.mp4", "roles": ["plate"], "purpose": "security"}
        },
        "wires": {
            "fence-bus": {
                "kind": "modbus",
                "port": "/dev/fence",
                "fences": {
                    "fence": {
                        "name": "围栏",
                        "place": "东墙",
                        "unit": 1,
                        "profile": "generic-16di",
                        "zones": {"1": {"name": "北段"}},
                    }
                },
            },
            "door-bus": {
                "kind": "osdp",
                "port": "/dev/doors",
                "readers": {"north": {"name": "北门", "place": "北门", "address": 0, "key_file": "k"}},
            },
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
        "storage": {"directory": "."},
    }
)


@pytest.fixture
def clock():
    return ManualClock(1_800_000_000.0, 1000.0)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "store")
    yield opened
    opened.close()


def resumed(store, clock, boot="b"):
    return Controller.resume(site=SITE, store=store, clock=clock, boot=boot, knowledge=Knowledge())


def zone(state, clock, *, first=False):
    return Report(ZoneChanged(device="fence", mono_s=clock.mono(), zone="1", state=state, first=first))


def door(position, clock, *, first=False):
    return Report(DoorChanged(device="north", mono_s=clock.mono(), position=position, first=first))


def kinds(store):
    return [type(row.observation).__name__ for row in journal.read(store.connection)]


def test_a_fence_alarm_is_journalled_alerted_and_queued_at_once(store, clock):
    outcome = resumed(store, clock).observe([zone("alarm", clock)])
    (raised,) = outcome.changes
    assert isinstance(raised, Raised)
    assert (raised.alert.device, raised.alert.zone) == ("fence", "1")
    assert kinds(store) == ["ZoneChanged"]
    assert len(list(outbox.waiting(store.connection, "alerts", 10))) == 1
    assert device_states.read(store.connection).states == {("fence", "zone:1"): "alarm"}


def test_a_state_read_again_after_a_restart_is_neither_journalled_nor_alerted(store, clock):
    resumed(store, clock).observe([zone("normal", clock, first=True), door("closed", clock, first=True)])
    again = resumed(store, clock, boot="c")
    outcome = again.observe([zone("normal", clock, first=True), door("closed", clock, first=True)])
    assert (outcome.journalled, outcome.changes) == ((), ())


def test_what_changed_while_the_box_was_down_is_reported_once(store, clock):
    resumed(store, clock).observe([zone("normal", clock, first=True), door("closed", clock, first=True)])
    clock.advance(600.0)
    again = resumed(store, clock, boot="c")
    found = [zone("open_wire", clock, first=True), door("open", clock, first=True)]
    raised = [change.alert.kind for change in again.observe(found).changes if isinstance(change, Raised)]
    assert raised == ["fence_open_wire", "changed_while_away"]
    clock.advance(5.0)
    third = resumed(store, clock, boot="d")
    outcome = third.observe([zone("open_wire", clock, first=True), door("open", clock, first=True)])
    assert (outcome.journalled, outcome.changes) == ((), ())


def test_an_alarm_that_ended_while_the_box_was_down_is_settled_when_the_zone_is_read(store, clock):
    resumed(store, clock).observe([zone("alarm", clock)])
    again = resumed(store, clock, boot="c")
    again.observe([zone("normal", clock, first=True)])
    clock.advance(120.0)
    assert [type(change) for change in again.tick().changes] == [Settled]


def test_a_forced_door_is_journalled_with_the_alarm_that_followed(store, clock):
    controller = resumed(store, clock)
    controller.observe([door("closed", clock, first=True)])
    outcome = controller.observe([door("open", clock)])
    assert kinds(store) == ["DoorChanged", "DoorChanged", "DoorAlarmed"]
    (raised,) = [change.alert for change in outcome.changes if isinstance(change, Raised)]
    assert raised.cause_seq == 3


def test_a_door_held_open_is_alerted_by_time_alone(store, clock):
    controller = resumed(store, clock)
    exit_pressed = Report(ExitRequested(device="north", mono_s=clock.mono()))
    controller.observe([door("closed", clock, first=True), exit_pressed, door("open", clock)])
    clock.advance(29.0)
    assert controller.tick().changes == ()
    clock.advance(2.0)
    outcome = controller.tick()
    assert [row.observation for row in outcome.journalled] == [
        DoorAlarmed(device="north", mono_s=clock.mono(), alarm="held")
    ]
    assert [change.alert.kind for change in outcome.changes] == ["door_held"]


def test_a_code_typed_at_a_door_never_reaches_the_disk(store, clock, tmp_path):
    resumed(store, clock).observe(
        [Report(KeysPressed(device="north", mono_s=1.0, keys="4711#")), door("closed", clock)]
    )
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert kinds(store) == ["DoorChanged"]
    files = [file for file in (tmp_path / "store").rglob("*") if file.is_file()]
    assert files
    assert not any(b"4711" in file.read_bytes() for file in files)


def test_states_are_not_remembered_when_the_observation_could_not_be_written(store, clock):
    controller = resumed(store, clock)
    store.connection.execute("DROP TABLE device_state")
    with pytest.raises(Exception, match="device_state"):
        controller.observe([zone("alarm", clock)])
    assert kinds(store) == []
    assert controller.state.linkage.held.states == {}
