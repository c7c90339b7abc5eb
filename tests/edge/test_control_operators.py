"""What operators want done, and what takes two of them."""

import asyncio

import pytest

from edge.box_events import ModeSet
from edge.clock import ManualClock
from edge.control.messages import AwaitsSecond, Done, ModeTaken, Opened, OpenEvery, SetMode, not_done
from edge.control.operators import OperatorDesk
from edge.control.two_operators import SECONDED_WITHIN_S
from edge.orders import Open
from edge.refusal import Refused


class Orders:
    """Stands for the desk that gives orders; the south door's device refuses."""

    def __init__(self):
        self.given = []

    async def give(self, asked):
        self.given.append(asked)
        if asked.device == "south":
            return Done("id", "door.refused", 0.1)
        if asked.device == "east":
            return not_done(Refused("door.port_gone", "gone"))
        return Done("id", None, 0.1)


class Box:
    def __init__(self):
        self.clock = ManualClock(1_800_000_000.0, 100.0)
        self.orders = Orders()
        self.reports = []
        self.desk = OperatorDesk(self.orders, ("north", "south", "east"), self.clock, self.reports.append)

    def ask(self, by, why="fire drill"):
        return asyncio.run(self.desk.act(OpenEvery(by, why, self.clock.mono_s)))


@pytest.fixture
def box():
    return Box()


def test_one_operator_alone_opens_no_door(box):
    assert box.ask("li") == AwaitsSecond(SECONDED_WITHIN_S)
    assert box.orders.given == []


def test_two_operators_open_every_door_and_hear_what_became_of_each(box):
    box.ask("li", "smoke in hall 3")
    box.clock.advance(30)
    opened = box.ask("wu", "confirmed")
    assert opened == Opened({"north": None, "south": "door.refused", "east": "door.port_gone"})
    assert [(one.device, one.what, one.by) for one in box.orders.given] == [
        ("north", Open(), "wu"),
        ("south", Open(), "wu"),
        ("east", Open(), "wu"),
    ]
    assert {one.why for one in box.orders.given} == {"confirmed (li: smoke in hall 3)"}


@pytest.mark.parametrize("name", ["li", " Li ", "LI"])
def test_one_operator_under_two_spellings_is_one(box, name):
    box.ask("li")
    assert box.ask(name) == AwaitsSecond(SECONDED_WITHIN_S)
    assert box.orders.given == []


def test_a_second_operator_who_comes_too_late_is_the_first(box):
    box.ask("li")
    box.clock.advance(SECONDED_WITHIN_S + 0.1)
    assert isinstance(box.ask("wu"), AwaitsSecond)
    assert isinstance(box.ask("li"), Opened)


def test_once_opened_it_takes_two_again(box):
    box.ask("li")
    box.ask("wu")
    assert isinstance(box.ask("wu"), AwaitsSecond)


def test_a_mode_is_reported_with_who_and_why(box):
    answer = asyncio.run(box.desk.act(SetMode("lockdown", True, "li", "knife")))
    assert answer == ModeTaken("lockdown", True)
    (report,) = box.reports
    assert report.observation == ModeSet(
        mode="lockdown", on=True, by="operator/li", why="knife", mono_s=100.0
    )


@pytest.mark.parametrize(("by", "why"), [("", "x"), ("li", " "), ("li", "a\x1b[2J")])
def test_nobody_and_no_reason_are_refused(by, why):
    with pytest.raises(ValueError, match="operator"):
        SetMode("lockdown", True, by, why)
    with pytest.raises(ValueError, match="operator"):
        OpenEvery(by, why, 1.0)
