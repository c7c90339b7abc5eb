"""`menwei run` killed as by a power cut and started again: what changed meanwhile is reported once."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from drivers.said import (
    ArmedChanged,
    CardPresented,
    ContactChanged,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    PassageLogged,
    PowerChanged,
    TamperChanged,
    ZoneChanged,
)
from edge.alerts.alert import Alert
from edge.box_events import DoorAlarmed
from tests.faults.device_gate import Gate, gate
from tests.faults.device_rounds import FOUND_SO, STATES
from tests.faults.device_site import DEADLINES_S

pytestmark = pytest.mark.timeout(300)

# What changes while the daemon is down: words, what is read afterwards, and the kind of alert that tells it.
CHANGES = (
    ("open south-door", DoorChanged, {"device": "south-door", "position": "open"}, "changed_while_away"),
    ("open side-door", DoorChanged, {"device": "side-door", "position": "open"}, "changed_while_away"),
    (
        "contact fire closed of yard-board",
        ContactChanged,
        {"device": "yard-board", "closed": True},
        "changed_while_away",
    ),
    ("disarm hill-fence", ArmedChanged, {"device": "hill-fence", "armed": False}, "changed_while_away"),
    ("cut zone 2 of west-fence", ZoneChanged, {"device": "west-fence", "zone": "2"}, "fence_open_wire"),
    ("climb zone 3 of east-fence", ZoneChanged, {"device": "east-fence", "zone": "3"}, "fence_alarm"),
    ("tamper north-door", TamperChanged, {"device": "north-door", "tampered": True}, "device_tampered"),
    ("power battery lake-fence", PowerChanged, {"device": "lake-fence", "power": "battery"}, "power_lost"),
)
REPORTED = sorted((str(values["device"]), alert) for _, _, values, alert in CHANGES)
BACKLOG = (
    "card 501 at east-door",
    "exit at east-door",
    "open east-door",
    "close east-door",
    "card 502 at east-door",
    "card 503 at yard-door",
    "card 504 at east-door",
)
DOORS = {
    "north-door": CardPresented,
    "south-door": CardPresented,
    "east-door": PassageLogged,
    "yard-door": PassageLogged,
}
BUSES = ("fence-bus", "remote-bus")
# More questions than it takes to read a station twice, which is when its states are believed.
QUESTIONS = 12


@dataclass(frozen=True)
class Start:
    """What a daemon journalled after it was started anew, and the alerts of devices that it raised."""

    rows: tuple[object, ...] = field(repr=False)
    raised: tuple[Alert, ...] = field(repr=False)

    def read(self) -> list[object]:
        """Return the states that were read at the start and journalled, because they were news."""
        return [row for row in self.rows if isinstance(row, STATES) and row.first]

    def all(self, kind: type, **values: object) -> list:
        """Return the observations of a kind with these values."""
        found = [row for row in self.rows if isinstance(row, kind)]
        return [row for row in found if all(getattr(row, name) == v for name, v in values.items())]


def started(site: Gate, began: int) -> Start:
    """Start the daemon, wait until it has read every state, and return all that it told until then.

    Nothing tells of a state that is what it was. But of each door a card comes after its states, twice over
    for readers, whose states are asked for when they are secure; and a bus counts its questions.
    """
    asked = {bus: site.compound.rigs[bus]._bus.asked.copy() for bus in BUSES}
    site.up()
    for card in (601, 602):
        site.tell(*(f"card {card} at {door}" for door in DOORS))
        for door, kind in DOORS.items():
            number = "number" if kind is CardPresented else "card"
            site.wait(kind, began, within_s=60.0, device=door, **{number: card})
    for bus in BUSES:
        now = site.compound.rigs[bus]._bus.asked
        site.until(lambda bus=bus, now=now: all(now[u] - asked[bus][u] >= QUESTIONS for u in asked[bus]))
    rows = tuple(row.observation for row in site.rows(began))
    return Start(rows, tuple(alert for alert in site.alerts(began) if alert.device is not None))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """A gate with an alarm that stands; its daemon was killed."""
    with gate(tmp_path_factory.mktemp("gate")) as made:
        made.up()
        for device in DEADLINES_S:
            made.wait(DeviceFound, within_s=60.0, device=device)
        for device in ("north-door", "south-door", "east-door", "yard-door", "side-door"):
            made.wait(DoorChanged, device=device)
        for device in ("north-door", "lake-fence"):
            made.wait(PowerChanged, device=device)
        made.wait(ArmedChanged, device="west-fence")
        made.wait(ContactChanged, device="yard-board")
        made.tell("climb zone 1 of lake-fence")
        made.alert(kind="fence_alarm", device="lake-fence")
        made.killed()
        yield made


@pytest.fixture(scope="module")
def changed(site: Gate) -> Start:
    """The daemon is started after much has changed."""
    began = site.mark()
    site.tell(*(words for words, *_ in CHANGES), *BACKLOG)
    return started(site, began)


@pytest.fixture(scope="module")
def unchanged(site: Gate, changed: Start) -> Start:
    """The daemon is killed and started once more, and nothing has changed since."""
    site.killed()
    return started(site, site.mark())


def test_after_a_power_cut_every_state_is_read_again_and_each_change_is_journalled_once(changed):
    told = {words: len(changed.all(kind, first=True, **values)) for words, kind, values, _ in CHANGES}
    assert told == dict.fromkeys(told, 1)


def test_after_a_power_cut_what_did_not_change_is_not_told_again(changed):
    # The button that was pressed a moment before may still release the lock.
    read = [state for state in changed.read() if getattr(state, "lock", None) != "unlocked"]
    assert len(read) == len(CHANGES), read
    assert changed.all(DeviceFound) + changed.all(DeviceLost) == []


def test_after_a_power_cut_each_change_is_one_alert_that_says_nobody_saw_it_happen(changed):
    assert sorted((alert.device, alert.kind) for alert in changed.raised) == REPORTED
    for alert in changed.raised:
        assert FOUND_SO in [why.en for why in alert.why], alert


def test_an_alarm_that_stands_through_a_power_cut_is_not_alerted_again(changed, site):
    (alert,) = site.alerts(kind="fence_alarm", device="lake-fence")
    assert alert.state == "open"
    assert changed.all(ZoneChanged, device="lake-fence") == []


def test_a_second_power_cut_without_a_change_reports_nothing(unchanged):
    # The button that was pressed before no longer releases the lock.
    assert [state for state in unchanged.read() if getattr(state, "device", None) != "east-door"] == []
    assert unchanged.raised == ()


def test_passages_while_the_daemon_was_down_are_journalled_in_order_and_late(changed):
    east = [row for row in changed.all(PassageLogged, device="east-door") if row.card < 600]
    assert [row.card for row in east] == [501, 502, 504]
    assert [row.index for row in east] == sorted(row.index for row in east)
    (yard,) = [row for row in changed.all(PassageLogged, device="yard-door") if row.card < 600]
    (pressed,) = changed.all(ExitRequested, device="east-door")
    assert [row for row in (*east, yard, pressed) if row.late_s <= 0.0] == []


def test_passages_while_the_daemon_was_down_raise_no_door_alarm(changed):
    assert changed.all(DoorAlarmed) == []
    assert changed.all(DoorChanged, device="east-door", position="open") == []


def test_an_exit_that_is_told_late_lets_nobody_through(changed, unchanged, site):
    site.killed()
    began = site.mark()
    site.tell("exit at yard-door")
    site.up()
    late = site.wait(ExitRequested, began, within_s=60.0, device="yard-door")
    assert late.late_s > 0.0
    site.tell("open yard-door")
    site.alert(began, kind="door_forced", device="yard-door")


def test_the_daemon_ends_in_good_order_after_all_of_it(changed, unchanged, site):
    assert site.down() == 0, site.log()
    assert "Traceback" not in site.log()
