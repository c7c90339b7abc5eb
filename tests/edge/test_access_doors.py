"""What holds between doors and people who pass: anti-passback, interlock, restarts, the next one in line."""

import pytest

from drivers.said import DeviceLost, ExitRequested
from edge.access import passing
from edge.access.policy import AntiPassback
from edge.access.register import Card
from edge.access.stepping import Moved
from edge.box_events import ModeSet, OpeningOrdered, PersonPassed
from edge.orders import Open, Signal
from tests.edge.access_site import (
    LI,
    MONDAY_NOON,
    WANG,
    Compound,
    code,
    decision,
    door,
    opened,
    policy,
    reason,
    register,
    visitor_pass,
)

HARD_IN = AntiPassback("hard", "street", "yard")
HARD_OUT = AntiPassback("hard", "yard", "street")


def yard(**wishes):
    at = Compound(policy(door("in", anti_passback=HARD_IN, **wishes), door("out", anti_passback=HARD_OUT)))
    for one in ("in", "out"):
        at.door("closed", one)
    return at


def operator_opens(at, device):
    seen = OpeningOrdered(
        device=device, mono_s=at.clock.mono(), order="o", pulse_s=3.0, by="operator/陈", why="送货"
    )
    return at.observe(seen)


def test_who_went_in_cannot_go_in_again_before_going_out():
    at = yard()
    at.card(1, "in")
    assert at.walk_through("in").memory == (Moved(WANG, "yard", MONDAY_NOON),)
    assert reason(at.card(1, "in")) == "anti_passback"
    at.card(1, "out")
    at.walk_through("out")
    assert reason(at.card(1, "in")) == "granted"


def test_who_did_not_open_the_door_has_not_gone_in():
    at = yard()
    at.card(1, "in")
    at.tick(10)
    assert reason(at.card(1, "in")) == "granted"
    assert at.state.whereabouts == {}


def test_where_nobody_sees_the_door_open_one_has_gone_in_at_once():
    at = yard(has_contact=False)
    assert at.card(1, "in").memory == (Moved(WANG, "yard", MONDAY_NOON),)
    assert reason(at.card(1, "in")) == "anti_passback"


def test_through_a_door_that_stands_open_one_has_gone_in_at_once():
    at = yard()
    at.door("open", "in")
    at.card(1, "in")
    assert reason(at.card(1, "in")) == "anti_passback"


def test_somebody_of_whom_nothing_is_known_may_come_from_anywhere():
    assert reason(yard().card(1, "out")) == "granted"


def test_soft_anti_passback_lets_pass_and_tells():
    at = Compound(policy(door(anti_passback=AntiPassback("soft", "street", "yard"), has_contact=False)))
    assert decision(at.card(1)).notices == ()
    again = decision(at.card(1))
    assert (again.granted, again.notices) == (True, ("soft_anti_passback",))


def test_timed_anti_passback_lets_the_same_person_pass_again_only_after_its_minutes():
    rule = AntiPassback("timed", "street", "yard", minutes=2)
    at = Compound(policy(door(anti_passback=rule, has_contact=False)))
    at.card(1)
    assert reason(at.card(1)) == "passed_lately"
    assert reason(at.card(2)) == "granted"
    at.tick(120)
    assert reason(at.card(1)) == "granted"


@pytest.mark.parametrize("mode", ["hard", "timed"])
def test_anti_passback_never_refuses_somebody_who_is_forced(mode):
    rule = AntiPassback(mode, "street", "yard", minutes=2)
    at = Compound(policy(door(anti_passback=rule, has_contact=False)))
    at.card(1)
    at.register = register(cards={code(1): Card(1, WANG, duress=True)})
    assert reason(at.card(1)) == "granted"


# Interlock


def airlock():
    at = Compound(policy(door("outer", interlocked=frozenset({"inner"})), door("inner")))
    for one in ("outer", "inner"):
        at.door("closed", one)
    return at


def test_of_two_interlocked_doors_only_one_opens():
    at = airlock()
    at.card(1, "outer")
    at.door("open", "outer")
    at.tick(5)
    assert reason(at.card(1, "inner")) == "interlock_open"
    at.door("closed", "outer")
    assert reason(at.card(1, "inner")) == "granted"
    at.tick(5)
    at.door("open", "inner")
    assert reason(at.card(2, "outer")) == "interlock_open"


def test_a_door_that_was_let_go_counts_as_open_until_its_pulse_has_ended():
    at = airlock()
    at.card(1, "outer")
    assert reason(at.card(2, "inner")) == "interlock_open"
    at.tick(4)
    assert reason(at.card(2, "inner")) == "granted"


@pytest.mark.parametrize("let_go", ["exit", "operator"])
def test_whoever_lets_the_other_door_go_the_interlock_holds(let_go):
    at = airlock()
    if let_go == "exit":
        at.observe(ExitRequested(device="outer", mono_s=at.clock.mono()))
    else:
        operator_opens(at, "outer")
    assert reason(at.card(2, "inner")) == "interlock_open"


def test_a_door_of_which_nothing_is_known_is_not_taken_for_closed():
    at = Compound(policy(door("outer", interlocked=frozenset({"inner"})), door("inner")))
    assert reason(at.card(1, "outer")) == "interlock_unknown"
    at = airlock()
    at.observe(
        DeviceLost(device="outer", mono_s=at.clock.mono(), reason="osdp.silent", detail="", silent_s=1.0)
    )
    assert reason(at.card(1, "inner")) == "interlock_unknown"


def test_what_a_controller_buffered_about_a_door_is_not_taken_for_now():
    at = airlock()
    at.door("open", "outer", late_s=5.0)
    assert reason(at.card(1, "inner")) == "granted"


# Restarts


def restarted(at):
    """Go on in another run of the box, with only what was remembered."""
    moved = [one for stepped in at.history for one in stepped.memory]
    again = Compound(at.policy, at.register, clock=at.clock)
    again.state = passing.resume(
        "another",
        {one.visitor: one.uses for one in moved if hasattr(one, "visitor")},
        {one.subject: one.area for one in moved if isinstance(one, Moved)},
        lockdown=at.state.lockdown,
    )
    return again


def test_a_restart_in_the_middle_of_a_passage_lets_nobody_in_twice():
    at = yard()
    at.register = register(passes={5: visitor_pass(doors=("in",))})
    at.policy = policy(
        door("in", {"card"}, {"qr"}, anti_passback=HARD_IN), door("out", anti_passback=HARD_OUT)
    )
    at.card(1, "in")
    at.scan(5, "in")
    again = restarted(at)
    # The door opens for those whom the run before let pass: nobody knows any more for whom.
    assert again.door("open", "in").followed == ()
    again.door("closed", "in")
    assert reason(again.scan(5, "in")) == "pass_used_up"
    assert reason(again.card(1, "in")) == "granted"
    again.walk_through("in")
    assert reason(restarted(again).card(1, "in")) == "anti_passback"


def test_a_lockdown_outlasts_a_restart():
    at = yard()
    came = at.observe(ModeSet(mode="lockdown", on=True, by="陈", why="演练", mono_s=at.clock.mono()))
    assert [(one.mode, one.on, one.by) for one in came.memory] == [("lockdown", True, "陈")]
    assert reason(restarted(at).card(1, "in")) == "lockdown"


def test_a_restarted_box_waits_for_all_that_was_shown_anew():
    at = Compound(policy(door("north", {"card", "pin"})))
    at.card(1)
    assert reason(restarted(at).pin(WANG)) == "another_factor"


def test_no_order_of_another_run_has_the_same_id():
    at = yard()
    first = decision(at.card(1, "in")).order
    assert decision(restarted(at).card(1, "in")).order != first


# One after the other


def test_two_people_let_pass_go_through_one_opening():
    at = Compound()
    at.door("closed")
    at.card(1)
    at.card(2)
    (passed,) = at.door("open").followed
    assert isinstance(passed, PersonPassed)
    assert passed.subjects == (WANG, LI)
    assert at.door("closed").followed == at.door("open").followed == ()


def test_the_camera_of_the_entrance_is_named_with_the_decision():
    at = Compound(policy(door(entrance=("cam", "behind"), face_cameras=frozenset({"other"}))))
    assert decision(at.card(1)).camera == "cam"


def test_a_card_at_a_reader_without_a_door_asks_for_nothing():
    came = Compound().card(1, "patrol point")
    assert came.followed == came.orders == ()


def test_the_state_does_not_grow_with_what_is_over():
    at = Compound(policy(door("north", {"card", "pin"}), door("in", has_contact=False)))
    for number in range(1, 4):
        at.card(number)
        at.card(number, "in")
    at.tick(40)
    state = at.state
    for left in (state.attempts, state.grants, state.released, state.first_of_two, state.openings):
        assert not left
    assert opened(at.card(1, "in")) == ["in"]


def outside(**wishes):
    """A lock on a relay, with a reader elsewhere."""
    return door("north", {"card"}, {"pin"}, readers=frozenset({"post"}), signals=False, **wishes)


def where(stepped):
    return [(order.device, type(order.what)) for order in stepped.orders]


def test_a_card_at_a_doors_reader_opens_the_door_and_the_reader_answers():
    compound = Compound(policy(outside()))
    answer = compound.card(1, at="post")
    assert (decision(answer).device, decision(answer).granted) == ("north", True)
    assert where(answer) == [("north", Open), ("post", Signal)]


def test_a_pin_typed_at_a_doors_reader_is_answered_there():
    answer = Compound(policy(outside())).pin(WANG, reader="post")
    assert where(answer) == [("north", Open), ("post", Signal)]


def test_a_card_at_another_reader_asks_for_nothing():
    assert Compound(policy(outside())).card(1, at="elsewhere").followed == ()


def test_a_door_that_reads_itself_answers_where_the_card_was():
    both = Compound(policy(door("north", {"card"}, readers=frozenset({"post"}))))
    assert where(both.card(9, at="north"))[-1] == ("north", Signal)
    assert where(both.card(8, at="post"))[-1] == ("post", Signal)


def test_wrong_codes_at_its_reader_shut_a_doors_keypad():
    compound = Compound(policy(outside()))
    for _ in range(5):
        compound.pin(WANG, reader="post", problem="wrong_pin")
    assert not decision(compound.pin(WANG, reader="post")).granted
