"""Orders from people: each is journalled with a name and a reason, given while fresh, and answered."""

import asyncio
import logging

import pytest

from drivers.base import Misconfigured
from drivers.said import DoorChanged, OrderDone
from edge.box_events import DoorAlarmed, OpeningOrdered, OrderGiven
from edge.clock import ManualClock, Moment
from edge.control import orders
from edge.control.messages import Done, GiveOrder, NotDone
from edge.control.orders import GOOD_FOR_S, OrderDesk
from edge.linkage import rules
from edge.linkage.knowledge import Knowledge
from edge.linkage.policy import policy_of
from edge.linkage.rules import Linkage
from edge.orders import Arm, Bypass, Open, Pulse, Show, Signal, Switch, Turn
from edge.site.roster import roster
from edge.site.schema import Site

SITE = Site.model_validate(
    {
        "site": {"id": "s", "name": "小区"},
        "cameras": {
            "lane": {"name": "车", "place": "南", "source": "b", "roles": ["plate"], "purpose": "security"}
        },
        "wires": {
            "doors": {
                "kind": "osdp", "port": "/dev/doors",
                "readers": {
                    "north": {"name": "北门", "place": "北门", "address": 0, "key_file": "k"},
                    "post": {"name": "岗亭", "place": "北门", "address": 1, "key_file": "k", "door": None},
                },
            },
            "domes": {
                "kind": "onvif",
                "cameras": {"dome": {
                    "name": "球机", "place": "p", "host": "127.0.0.1",
                    "presets": {"lane": {"name": "车道", "preset": "1"}},
                }},
            },
            "bus": {
                "kind": "modbus", "port": "/dev/bus",
                "fences": {"fence": {
                    "name": "围栏", "place": "东墙", "unit": 1, "profile": "generic-16di",
                    "zones": {"1": {"name": "北段"}},
                }},
                "relay_boards": {"board": {
                    "name": "板", "place": "车道", "unit": 2, "outputs": {"strike": {"channel": 0}},
                    "locks": {"side": {"name": "侧门", "place": "车道", "output": "strike"}},
                }},
            },
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
        "storage": {"directory": "."},
    }
)  # fmt: skip
ROSTER = roster(SITE.wires)


class Recorder:
    """A driver that can do everything, and writes down what it is told to."""

    def __init__(self, fails=None):
        self.told = []
        self.fails = fails

    def _note(self, *call):
        if self.fails:
            raise self.fails
        self.told.append(call)

    def open(self, device, order, pulse_ms):
        self._note("open", device, order, pulse_ms)

    def pulse(self, device, output, order, pulse_ms):
        self._note("pulse", device, order, output, pulse_ms)

    def switch(self, device, output, order, *, on):
        self._note("switch", device, order, output, on)

    def arm(self, device, order, *, armed):
        self._note("arm", device, order, armed)

    def bypass(self, device, zone, order, *, bypassed):
        self._note("bypass", device, order, zone, bypassed)

    def go_to_preset(self, device, preset, order):
        self._note("turn", device, order, preset)

    def show(self, device, order, text, seconds):
        self._note("show", device, order, text, seconds)

    def signal(self, device, order, what):
        self._note("signal", device, order, what)


class Deaf:
    """A driver that takes no orders, as a probe's."""


class Box:
    """A desk, the drivers behind it, what was journalled, and a clock turned by hand."""

    def __init__(self, driver=None):
        self.clock = ManualClock(1_800_000_000.0, 1000.0)
        self.wire = driver or Recorder()
        self.reports = []
        self.desk = OrderDesk(self, ROSTER, self.clock, self.reports.append, new_id=lambda: "o-1")

    def driver(self, device):
        if isinstance(self.wire, Exception):
            raise self.wire
        return self.wire

    @property
    def journalled(self):
        return [report.observation for report in self.reports]

    def give(self, what, device="north", age_s=0.5, confirmed=True, refused=None):
        """Give an order that was asked for `age_s` ago, and let its driver say what became of it."""
        asked = GiveOrder(device, what, "李四", "送货", self.clock.mono() - age_s)

        async def main():
            answer = asyncio.ensure_future(self.desk.give(asked))
            await asyncio.sleep(0)
            if confirmed:
                self.desk.heard(
                    OrderDone(device=device, mono_s=1.0, order="o-1", refused=refused, took_s=0.2)
                )
            return await answer

        return asyncio.run(main())


@pytest.mark.parametrize(
    ("device", "what", "told", "journalled"),
    [
        ("north", Open(3000), ("open", 3000), None),
        ("side", Open(1500), ("open", 1500), None),
        ("board", Pulse("siren", 500), ("pulse", "siren", 500), "pulse:siren:500"),
        ("board", Switch("lamp", on=False), ("switch", "lamp", False), "switch:lamp:off"),
        ("fence", Arm(armed=True), ("arm", True), "arm"),
        ("fence", Arm(armed=False), ("arm", False), "disarm"),
        ("fence", Bypass("1", bypassed=True), ("bypass", "1", True), "bypass:1"),
        ("fence", Bypass("1", bypassed=False), ("bypass", "1", False), "restore:1"),
        ("post", Signal("refused"), ("signal", "refused"), "signal:refused"),
        ("post", Show("TURN LEFT", 6), ("show", "TURN LEFT", 6.0), "show:TURN LEFT:6"),
        ("dome", Turn("lane"), ("turn", "lane"), "turn:lane"),
    ],
)
def test_an_order_is_journalled_with_name_and_reason_and_given_to_its_driver(device, what, told, journalled):
    box = Box()
    assert box.give(what, device) == Done("o-1", None, 0.2)
    ((verb, at, order, *rest),) = box.wire.told
    assert (verb, *rest) == told
    assert (at, order.id) == (device, "o-1")
    (record,) = box.journalled
    assert (record.device, record.order, record.by, record.why) == (device, "o-1", "operator/李四", "送货")
    if journalled is None:
        assert isinstance(record, OpeningOrdered)
        assert record.pulse_s == what.pulse_ms / 1000
    else:
        assert isinstance(record, OrderGiven)
        assert record.what == journalled


def test_it_is_journalled_before_the_driver_can_say_anything():
    box = Box()
    seen = []
    box.wire.open = lambda *call: seen.append(len(box.reports))
    box.give(Open())
    assert seen == [1]


def test_what_the_device_made_of_it_is_the_answer():
    assert Box().give(Open(), refused="door.refused_by_device") == Done("o-1", "door.refused_by_device", 0.2)


def test_an_order_expires_seconds_after_it_was_asked_for_not_after_it_arrived():
    box = Box()
    box.give(Open(), age_s=3.0)
    assert box.wire.told[0][2].expires_mono_s == box.clock.mono() - 3.0 + GOOD_FOR_S


@pytest.mark.parametrize("age_s", [GOOD_FOR_S, 600.0, -0.5, float("inf")])
def test_an_order_that_got_stuck_or_is_of_another_boot_moves_nothing_and_is_journalled(age_s):
    box = Box()
    answer = box.give(Open(), age_s=age_s, confirmed=False)
    assert (answer.key, answer.values) == ("control.late", {"device": "north"})
    assert box.wire.told == []
    ordered, done = box.journalled
    assert isinstance(ordered, OpeningOrdered)
    assert (done.device, done.order, done.refused) == ("north", "o-1", "control.late")


def test_a_device_that_the_site_does_not_name_is_refused():
    box = Box()
    answer = box.give(Open(), device="ghost", confirmed=False)
    assert (answer.key, answer.sentence) == (
        "devices.unknown",
        "the site file names no device ghost: correct its id",
    )
    assert box.journalled == box.wire.told == []


@pytest.mark.parametrize(
    ("driver", "device", "what", "key"),
    [
        (Misconfigured("door.no_key", "no key"), "north", Open(), "door.no_key"),
        (Deaf(), "north", Open(), "control.not_able"),
        (Deaf(), "fence", Arm(armed=True), "control.not_able"),
        (Deaf(), "dome", Turn("lane"), "control.not_able"),
        # A reader without a door, a fence, a board: none of them is opened.
        (Recorder(), "post", Open(), "control.not_able"),
        (Recorder(), "fence", Open(), "control.not_able"),
        (Recorder(), "board", Open(), "control.not_able"),
        # A lock that is pulsed as a relay would let somebody in as if the door were forced.
        (Recorder(), "side", Pulse("strike", 3000), "control.not_able"),
        (Recorder(), "side", Switch("strike", on=False), "control.not_able"),
        (
            Recorder(Misconfigured("relay.no_such_output", "{device} {output}", device="b", output="x")),
            "board", Pulse("x", 100), "relay.no_such_output",
        ),
        (Recorder(RuntimeError("theirs")), "north", Open(), "control.driver_failed"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_its_reason_and_journalled(driver, device, what, key, caplog):
    box = Box(driver)
    with caplog.at_level(logging.CRITICAL):
        answer = box.give(what, device, confirmed=False)
    assert isinstance(answer, NotDone)
    assert answer.key == key
    ordered, done = box.journalled
    assert isinstance(ordered, OpeningOrdered | OrderGiven)
    assert (done.refused, done.order) == (key, "o-1")
    assert not getattr(driver, "told", [])


def test_a_driver_that_never_answers_is_said_to(monkeypatch):
    monkeypatch.setattr(orders, "ANSWERED_WITHIN_S", 0.05)
    box = Box()
    assert box.give(Open(), confirmed=False).key == "control.unanswered"
    # What it says much later finds nobody waiting.
    box.desk.heard(OrderDone(device="north", mono_s=1.0, order="o-1", refused=None, took_s=9.0))


def test_other_words_of_drivers_are_none_of_its_business():
    box = Box()
    box.desk.heard(DoorChanged(device="north", mono_s=1.0, position="open"))
    box.desk.heard(OrderDone(device="north", mono_s=1.0, order="unknown", refused=None, took_s=0.1))
    assert box.journalled == []


@pytest.mark.parametrize(("refused", "alarms"), [(None, []), ("door.no_answer", ["forced"])])
def test_a_door_that_was_ordered_open_is_not_forced_unless_the_order_failed(refused, alarms):
    box = Box()
    box.give(Open(3000), refused=refused)
    done = OrderDone(device="north", mono_s=1001.0, order="o-1", refused=refused, took_s=0.2)
    closed = DoorChanged(device="north", mono_s=1000.0, position="closed", first=True)
    opens = DoorChanged(device="north", mono_s=1002.0, position="open")
    state, raised = Linkage(policy_of(SITE), Knowledge()), []
    for seen in (closed, *box.journalled, done, opens):
        stepped = rules.step(state, seen, Moment(seen.mono_s + 1_800_000_000, seen.mono_s))
        state = stepped.state
        raised += [followed.alarm for followed in stepped.followed if isinstance(followed, DoorAlarmed)]
    assert raised == alarms
