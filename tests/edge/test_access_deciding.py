"""Who may pass a door, when, and with what: a sentence for every policy."""

from edge.access.register import Card
from edge.box_events import OpeningOrdered, PersonPassed
from edge.orders import Open
from tests.edge.access_site import (
    WANG,
    Compound,
    code,
    decision,
    opened,
    reason,
    register,
    signals,
)


def test_a_card_with_rights_opens_its_door_and_says_so_at_the_reader():
    came = Compound().card(1)
    assert (reason(came), opened(came), signals(came)) == ("granted", ["north"], ["granted"])
    (ordered,) = [one for one in came.followed if isinstance(one, OpeningOrdered)]
    assert ordered.order == decision(came).order == came.orders[0].id
    assert came.orders[0].what == Open(3000)


def test_who_opens_the_door_that_was_granted_has_passed():
    at = Compound()
    at.door("closed")
    at.card(1)
    assert at.door("open").followed == (PersonPassed(device="north", mono_s=1000.0, subjects=(WANG,)),)


def test_a_card_of_nobody_is_refused():
    came = Compound().card(77)
    assert (reason(came), opened(came), signals(came)) == ("unknown_card", [], ["refused"])


def test_a_lost_or_blocked_card_is_refused():
    for status in ("lost", "blocked"):
        at = Compound(register=register(cards={code(1): Card(1, WANG, status)}))
        assert reason(at.card(1)) == f"card_{status}"


def test_no_two_orders_bear_the_same_id():
    at = Compound()
    ids = [order.id for _ in range(3) for number in (1, 77) for order in at.card(number).orders]
    assert len(set(ids)) == len(ids) == 9
