"""Passing through the controller: written before it is carried out, and remembered over a restart."""

import pytest

from drivers.base import Transient
from drivers.said import CardPresented, ContactChanged, DoorChanged, OrderDone
from edge.access.register import AccessRegister, Card, Holder, Vehicle, VisitorPass
from edge.box_events import ModeSet, OpeningOrdered, PassageDecided, PassScanned, PersonPassed, VehiclePassed
from edge.clock import ManualClock
from edge.controller import Controller
from edge.events import Box as Rectangle
from edge.events import PlateRead, PresenceBegan, Report
from edge.linkage.knowledge import Knowledge
from edge.orders import Open, Pulse
from edge.site.schema import Site
from edge.store import journal, passing
from edge.store.store import Store

WALL_S = 1_800_000_000.0
SITE = Site.model_validate_json("""{
  "site": {"id": "s", "name": "小区"},
  "cameras": {
    "lane-view": {"name": "车道", "place": "南门", "source": "b.mp4", "roles": ["plate"], "purpose": "access"}
  },
  "wires": {
    "readers": {"kind": "osdp", "port": "p", "readers": {
      "in-door": {"name": "进门", "place": "北门", "address": 0, "key_file": "k"},
      "out-door": {"name": "出门", "place": "北门", "address": 1, "key_file": "k"}}},
    "bus": {"kind": "modbus", "port": "m", "relay_boards": {"board": {
      "name": "板", "place": "南门", "unit": 1,
      "outputs": {"up": {"channel": 0}, "down": {"channel": 1}}, "contacts": {"loop": {"address": 0}},
      "barriers": {"arm": {"name": "道闸", "place": "南门", "raise_output": "up", "lower_output": "down",
        "guards": ["loop"]}}}}}
  },
  "access": {
    "rights": [{"kinds": ["resident"], "openings": ["all"]}],
    "doors": {
      "in-door": {"ways": [["card"], ["qr"]], "fail": "secure",
        "anti_passback": {"mode": "hard", "from_area": "street", "to_area": "yard"}},
      "out-door": {"ways": [["card"]], "fail": "safe", "entrance": "lane-view/gate",
        "anti_passback": {"mode": "hard", "from_area": "yard", "to_area": "street"}}},
    "lanes": {"in": {"name": "入口", "place": "南门", "cameras": ["lane-view"], "barrier": "arm",
      "direction": "in", "presence": "arm/loop"}}
  },
  "uplink": {"mqtt": {"host": "127.0.0.1", "tls": false}},
  "storage": {"directory": "."}
}""")
REGISTER = AccessRegister(
    holders={"person/1": Holder("person/1", "李强", "resident")},
    cards={"7:1042": Card(1, "person/1")},
    passes={3: VisitorPass(3, "客", frozenset({"in-door"}), 0.0, WALL_S + 9e5, passes=1)},
    vehicles={"鄂A12345": Vehicle(1, "鄂A12345", "李强")},
)


class Box:
    """One controller at a time on one store."""

    def __init__(self, folder):
        self.clock = ManualClock(WALL_S, 1000.0)
        self.store = Store.open(folder)
        self.up()

    def up(self):
        self.controller = Controller.resume(
            site=SITE, store=self.store, clock=self.clock, boot="b", knowledge=Knowledge(), register=REGISTER
        )

    def observe(self, kind, *, aged_s=0.0, **values):
        self.clock.advance(0.1)
        seen = kind(mono_s=self.clock.mono_s - aged_s, **values)
        return self.controller.observe([Report(seen)])

    def card(self, door="in-door", **further):
        return self.observe(CardPresented, device=door, bits=26, data=b"", facility=7, number=1042, **further)

    def goes_through(self, door, outcome):
        (order,) = opened(outcome)
        self.observe(OrderDone, device=door, order=order.id, refused=None, took_s=0.1)
        self.observe(DoorChanged, device=door, position="open")
        return self.observe(DoorChanged, device=door, position="closed")

    def journalled(self, kind):
        rows = journal.read(self.store.connection, 0, 10_000)
        return [row.observation for row in rows if isinstance(row.observation, kind)]


def opened(outcome):
    return [order for order in outcome.orders if isinstance(order.what, Open)]


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path / "store")
    for door in ("in-door", "out-door"):
        box.observe(DoorChanged, device=door, position="closed", first=True)
    yield box
    box.store.close()


def test_a_granted_card_is_journalled_with_its_reason_and_its_order(box):
    outcome = box.card()
    (order,) = opened(outcome)
    assert order.device == "in-door"
    assert order.expires_mono_s <= box.clock.mono_s + 3.0
    (decided,) = box.journalled(PassageDecided)
    assert (decided.granted, decided.subjects, decided.order) == (True, ("person/1",), order.id)
    assert all(check.passed for check in decided.trace)
    (ordered,) = box.journalled(OpeningOrdered)
    assert (ordered.order, ordered.by) == (order.id, "access")


def test_nothing_is_opened_that_could_not_be_written(box):
    box.store.connection.execute("ALTER TABLE journal RENAME TO away")
    with pytest.raises(Transient):
        box.card()
    box.store.connection.execute("ALTER TABLE away RENAME TO journal")
    assert len(opened(box.card())) == 1


@pytest.mark.parametrize("how", [{"aged_s": 3.2}, {"late_s": 60.0}])
def test_an_old_request_is_journalled_and_opens_nothing(box, how):
    assert opened(box.card(**how)) == []
    assert len(box.journalled(CardPresented)) == 1
    assert not any(decided.granted for decided in box.journalled(PassageDecided))


def test_two_runs_never_give_two_orders_one_id(box):
    first = opened(box.card())[0].id
    box.up()
    box.clock.advance(10)
    assert opened(box.card())[0].id != first


def test_a_one_time_pass_is_used_up_by_its_grant_whatever_happens_then(box):
    def scan():
        return box.observe(PassScanned, device="in-door", visitor=3)

    assert len(opened(scan())) == 1
    box.up()
    box.clock.advance(10)
    assert opened(scan()) == []
    assert box.journalled(PassageDecided)[-1].reason == "pass_used_up"


def test_who_is_inside_stays_inside_over_a_restart(box):
    box.goes_through("in-door", box.card())
    assert box.journalled(PersonPassed)[-1].subjects == ("person/1",)
    box.up()
    for door in ("in-door", "out-door"):
        box.observe(DoorChanged, device=door, position="closed", first=True)
    box.clock.advance(10)
    assert opened(box.card()) == []
    assert box.journalled(PassageDecided)[-1].reason == "anti_passback"
    assert len(opened(box.card("out-door"))) == 1


def test_a_passage_that_a_restart_cuts_in_two_never_counts_as_gone_through(box):
    (order,) = opened(box.card())
    box.up()
    box.observe(OrderDone, device="in-door", order=order.id, refused=None, took_s=0.1)
    box.observe(DoorChanged, device="in-door", position="open", first=True)
    assert passing.read(box.store.connection).whereabouts == {}
    box.observe(DoorChanged, device="in-door", position="closed")
    box.clock.advance(10)
    assert len(opened(box.card())) == 1


def test_a_lockdown_lasts_over_a_restart(box):
    box.observe(ModeSet, mode="lockdown", on=True, by="operator/li", why="knife")
    box.up()
    assert opened(box.card()) == []
    box.observe(ModeSet, mode="lockdown", on=False, by="operator/li", why="over")
    box.up()
    assert len(opened(box.card())) == 1


def test_a_registered_car_raises_the_arm_and_is_inside_over_a_restart(box):
    box.observe(ContactChanged, device="arm", contact="loop", closed=False, first=True)
    outcome = box.observe(
        PlateRead, camera="lane-view", track=1, text="鄂A12345", plate_type="civil", colour="blue",
        confidence=0.99, exact_reads=2, box=Rectangle(0, 0, 1, 1),
    )  # fmt: skip
    (order,) = outcome.orders
    assert (order.device, order.what) == ("arm", Pulse("raise", 700))
    for closed in (True, False):
        box.observe(ContactChanged, device="arm", contact="loop", closed=closed)
    box.clock.advance(1.0)
    box.controller.tick()
    (passed,) = box.journalled(VehiclePassed)
    assert (passed.plate, passed.direction, passed.inside) == ("鄂A12345", "in", 1)
    box.up()
    assert list(passing.read(box.store.connection).inside) == ["鄂A12345"]


def test_a_forced_door_is_shown_by_the_camera_that_sees_its_entrance(box):
    came = PresenceBegan(
        camera="lane-view",
        mono_s=box.clock.mono_s,
        track=4,
        what="person",
        zone=None,
        box=Rectangle(0, 0, 1, 1),
    )
    box.controller.observe([Report(came, b"who came")])
    outcome = box.observe(DoorChanged, device="out-door", position="open")
    (raised,) = [c for c in outcome.changes if c.alert.kind == "door_forced"]
    assert raised.alert.camera == "lane-view"
    assert box.store.evidence.read(raised.alert.picture.path) == b"who came"
