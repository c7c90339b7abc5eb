"""Who may pass a door, when, and with what: a sentence for every policy."""

import ast
import re
from pathlib import Path

import pytest

from edge import catalogue
from edge.access import passing
from edge.access.deciding import Situation, decide
from edge.access.passing import Passing
from edge.access.policy import ALWAYS, Right
from edge.access.register import Allowance, Card, Pin
from edge.access.request import Request, Shown
from edge.access.stepping import PassUsed
from edge.box_events import ModeSet, OpeningOrdered, PersonPassed
from edge.clock import Moment
from edge.orders import Open
from tests.edge.access_site import (
    GUARD,
    LI,
    MONDAY_NOON,
    WANG,
    Compound,
    card_at,
    code,
    decision,
    door,
    holder,
    opened,
    policy,
    reason,
    register,
    signals,
    visitor_pass,
    weekly,
)

CHECKOUT = Path(__file__).resolve().parents[2]
WORD = re.compile("[a-z]+(_[a-z]+)*")
CARD_PIN = frozenset({"card", "pin"})
CARD_FACE = frozenset({"card", "face"})
HOUR = 3600.0


def right(kinds=(), buildings=(), organisations=(), openings=(), schedule=None):
    return Right(*map(frozenset, (kinds, buildings, organisations, openings)), schedule)


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


def test_who_comes_too_late_for_the_pulse_has_not_passed():
    at = Compound()
    at.door("closed")
    at.card(1)
    at.clock.advance(6)
    assert at.door("open").followed == ()


def test_whom_the_device_refused_to_open_for_has_not_passed():
    at = Compound()
    at.door("closed")
    order = decision(at.card(1)).order
    at.done(order, refused="modbus.silent")
    assert at.door("open").followed == ()


def test_a_card_of_nobody_is_refused():
    came = Compound().card(77)
    assert (reason(came), opened(came), signals(came)) == ("unknown_card", [], ["refused"])


def test_a_reader_that_shows_nothing_is_told_nothing():
    at = Compound(policy(door(signals=False)))
    assert signals(at.card(1)) == signals(at.card(77)) == []


@pytest.mark.parametrize("status", ["lost", "blocked"])
def test_a_lost_or_blocked_card_is_refused(status):
    at = Compound(register=register(cards={code(1): Card(1, WANG, status)}))
    assert reason(at.card(1)) == f"card_{status}"


@pytest.mark.parametrize(
    ("from_h", "until_h", "expected"),
    [(-1, 1, "granted"), (1, 2, "card_not_yet"), (-2, -1, "card_expired"), (-2, 0, "card_expired")],
)
def test_a_card_is_good_from_its_begin_until_before_its_end(from_h, until_h, expected):
    card = Card(1, WANG, "active", MONDAY_NOON + from_h * HOUR, MONDAY_NOON + until_h * HOUR)
    assert reason(Compound(register=register(cards={code(1): card})).card(1)) == expected


def test_a_card_of_somebody_who_is_registered_no_more_is_refused():
    assert reason(Compound(register=register(cards={code(50): Card(50, "person/50")})).card(50)) == (
        "unknown_person"
    )


def test_no_two_orders_bear_the_same_id():
    at = Compound()
    ids = [order.id for _ in range(3) for number in (1, 77) for order in at.card(number).orders]
    assert len(set(ids)) == len(ids) == 9


def test_what_was_asked_more_than_three_seconds_ago_is_noted_and_opens_nothing():
    at = Compound()
    shown = at.clock.mono()
    at.clock.advance(3.1)
    came = at.observe(card_at("north", 1, shown))
    assert (reason(came), came.orders) == ("too_late", ())


def test_what_a_controller_buffered_opens_nothing_however_young_it_is():
    came = Compound().card(1, late_s=0.1)
    assert (reason(came), came.orders) == ("too_late", ())


def test_a_request_from_the_future_opens_nothing():
    request = Request("north", (Shown("card", WANG, "card/1", 2000.0),), 2000.0)
    now = Moment(MONDAY_NOON, 1000.0)
    assert decide(Situation(policy(), register(), Passing()), request, now).reason == "too_late"


def test_a_door_that_the_site_does_not_name_is_not_opened():
    request = Request("nowhere", (Shown("card", WANG, "card/1", 1000.0),), 1000.0)
    now = Moment(MONDAY_NOON, 1000.0)
    assert decide(Situation(policy(), register(), Passing()), request, now).reason == "unknown_door"


# Ways


def test_card_and_pin_of_one_person_open():
    at = Compound(policy(door("north", CARD_PIN)))
    came = at.card(1)
    assert (reason(came), opened(came), signals(came)) == ("another_factor", [], ["wait"])
    assert opened(at.pin(WANG)) == ["north"]


def test_a_card_and_somebody_elses_pin_do_not():
    at = Compound(policy(door("north", CARD_PIN)))
    at.card(1)
    assert reason(at.pin(LI)) == "different_persons"
    assert reason(at.pin(WANG)) == "another_factor"


def test_the_second_factor_must_come_in_time():
    at = Compound(policy(door("north", CARD_PIN, within_s=10.0)))
    at.card(1)
    at.clock.advance(11)
    assert reason(at.pin(WANG)) == "another_factor"


def test_a_decision_itself_looks_at_nothing_that_was_shown_too_long_ago():
    shown = (Shown("card", WANG, "card/1", 989.0), Shown("pin", WANG, "pin/1", 1000.0))
    at = Situation(policy(door("north", CARD_PIN, within_s=10.0)), register(), Passing())
    decided = decide(at, Request("north", shown, 1000.0), Moment(MONDAY_NOON, 1000.0))
    assert (decided.reason, decided.await_more) == ("another_factor", True)


def test_another_card_begins_anew():
    at = Compound(policy(door("north", CARD_PIN)))
    at.card(1)
    at.card(2)
    assert opened(at.pin(LI)) == ["north"]


def test_what_one_request_used_counts_for_no_other():
    at = Compound(policy(door("north", CARD_PIN)))
    at.card(1)
    at.pin(WANG)
    assert reason(at.card(1)) == "another_factor"


def test_a_factor_that_the_door_does_not_take_is_refused():
    assert reason(Compound().pin(WANG)) == "not_this_way"


@pytest.mark.parametrize("problem", ["wrong_pin", "pin_without_person", "too_many_codes"])
def test_a_code_that_fits_nobody_is_refused(problem):
    at = Compound(policy(door("north", {"pin"})))
    assert reason(at.pin(WANG, problem=problem)) == problem


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        (Pin(1, "h", "blocked"), "pin_blocked"),
        (Pin(1, "h", "lost"), "pin_lost"),
        (Pin(1, "h", "active", None, MONDAY_NOON), "pin_expired"),
        (Pin(1, "h", "active", MONDAY_NOON + 1), "pin_not_yet"),
        (Pin(2, "h"), "wrong_pin"),
    ],
)
def test_a_pin_must_be_good_when_it_is_typed(pin, expected):
    at = Compound(policy(door("north", {"pin"})), register(pins={WANG: (pin,)}))
    assert reason(at.pin(WANG, credential=1)) == expected


def test_five_wrong_codes_stop_the_keypad_for_five_minutes_but_not_the_cards():
    at = Compound(policy(door("north", {"pin"}, {"card"})))
    told = [decision(at.pin(WANG, problem="wrong_pin")).notices for _ in range(5)]
    assert told == [(), (), (), (), ("guessing",)]
    assert reason(at.pin(WANG)) == "locked_out"
    assert reason(at.card(1)) == "granted"
    at.tick(301)
    assert reason(at.pin(WANG)) == "granted"


def test_wrong_codes_are_forgotten_after_five_minutes():
    at = Compound(policy(door("north", {"pin"})))
    for _ in range(4):
        at.pin(WANG, problem="wrong_pin")
    at.tick(301)
    assert decision(at.pin(WANG, problem="wrong_pin")).notices == ()


# Faces


def face_door(**wishes):
    return policy(door("north", CARD_FACE, face_cameras=frozenset({"cam"}), **wishes))


def test_a_card_and_the_face_of_its_owner_open_in_either_order():
    at = Compound(face_door())
    assert at.face(WANG).followed == ()
    assert opened(at.card(1)) == ["north"]
    at = Compound(face_door())
    assert reason(at.card(1)) == "another_factor"
    assert opened(at.face(WANG)) == ["north"]


def test_faces_of_others_who_stand_there_neither_help_nor_hinder():
    at = Compound(face_door())
    at.face(LI)
    assert reason(at.card(1)) == "another_factor"
    assert at.face(LI).followed == ()
    assert opened(at.face(WANG)) == ["north"]


@pytest.mark.parametrize("seen", [{"similarity": 0.49}, {"frames": 2}, {"camera": "other"}])
def test_a_face_counts_only_where_the_site_looks_and_only_when_it_is_sure(seen):
    at = Compound(face_door())
    at.card(1)
    assert at.face(WANG, **seen).followed == ()


def test_a_face_alone_opens_where_the_door_says_so_and_only_once_it_is_proven_live():
    one = door("north", {"face"}, face_cameras=frozenset({"cam"}), liveness=frozenset({"terminal"}))
    at = Compound(policy(one))
    assert at.face(WANG).followed == ()
    assert reason(at.proven(WANG, by="challenge")) == "face_alone"
    assert opened(at.proven(WANG, by="terminal")) == ["north"]


def test_a_live_face_that_was_used_counts_for_no_other_request():
    one = door("north", {"face"}, face_cameras=frozenset({"cam"}), liveness=frozenset({"terminal"}))
    at = Compound(policy(one))
    at.proven(WANG)
    assert at.face(WANG).followed == ()


def test_a_face_alone_opens_nothing_where_only_a_second_factor_stands_for_its_life():
    one = door("north", {"face"}, {"card"}, face_cameras=frozenset({"cam"}))
    at = Compound(policy(one))
    for by in ("terminal", "challenge"):
        assert reason(at.proven(WANG, by=by)) == "face_alone"
    assert opened(at.card(1)) == ["north"]


def test_a_live_face_alone_opens_nothing_where_the_door_asks_for_more():
    at = Compound(face_door(liveness=frozenset({"terminal"})))
    assert reason(at.proven(WANG)) == "another_factor"


def test_where_only_a_terminal_proves_life_a_second_factor_does_not():
    at = Compound(face_door(liveness=frozenset({"terminal"})))
    at.card(1)
    assert reason(at.face(WANG)) == "face_not_live"
    assert reason(at.proven(WANG, by="challenge")) == "face_not_live"
    assert opened(at.proven(WANG, by="terminal")) == ["north"]


def test_a_live_face_of_somebody_else_proves_nothing():
    at = Compound(face_door(liveness=frozenset({"terminal"})))
    at.card(1)
    at.face(WANG)
    assert reason(at.proven(LI)) == "another_factor"
    assert reason(at.face(WANG)) == "face_not_live"


def test_a_face_that_is_not_needed_needs_no_proof():
    at = Compound(
        policy(
            door(
                "north",
                CARD_FACE,
                {"card"},
                face_cameras=frozenset({"cam"}),
                liveness=frozenset({"terminal"}),
            )
        )
    )
    at.face(WANG)
    assert opened(at.card(1)) == ["north"]


# Rights


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ((), "no_right"),
        ((right(kinds=["staff"]),), "no_right"),
        ((right(kinds=["staff"]), right(kinds=["resident"])), "granted"),
        ((right(buildings=["3"]),), "granted"),
        ((right(buildings=["4"]),), "no_right"),
        ((right(organisations=["物业"]),), "no_right"),
        ((right(openings=["north"]),), "granted"),
        ((right(openings=["gates"]),), "granted"),
        ((right(openings=["south"]),), "no_right"),
        ((right(kinds=["resident"], buildings=["4"]),), "no_right"),
        ((right(schedule="morning"),), "outside_hours"),
        ((right(schedule="day"),), "granted"),
        ((right(schedule="morning"), right(schedule="day")), "granted"),
        ((right(schedule="unheard of"),), "outside_hours"),
        ((right(schedule=ALWAYS),), "granted"),
    ],
)
def test_a_right_asks_for_kind_building_organisation_opening_and_hour(rights, expected):
    schedules = {"morning": weekly("morning", "06:00-12:00"), "day": weekly("day", "08:00-18:00")}
    people = {WANG: holder(WANG, buildings=frozenset({"3"}))}
    at = Compound(
        policy(door(groups=frozenset({"gates"})), rights=rights, schedules=schedules),
        register(holders=people),
    )
    assert reason(at.card(1)) == expected


@pytest.mark.parametrize(
    ("allowances", "rights", "expected"),
    [
        ([("north", True, -1, 1)], (), "granted"),
        ([("gates", True, -1, 1)], (), "granted"),
        ([("north", True, 1, 2)], (), "no_right"),
        ([("north", True, -1, 0)], (), "no_right"),
        ([("north", False, -1, 1)], (right(),), "denied"),
        ([("north", False, -1, 1), ("north", True, -1, 1)], (right(),), "denied"),
        ([("south", False, -1, 1)], (right(),), "granted"),
        ([("north", False, -2, -1)], (right(),), "granted"),
    ],
)
def test_a_personal_exception_goes_before_rights_and_no_before_yes(allowances, rights, expected):
    exceptions = tuple(
        Allowance(opening, allow, MONDAY_NOON + from_h * HOUR, MONDAY_NOON + until_h * HOUR)
        for opening, allow, from_h, until_h in allowances
    )
    at = Compound(
        policy(door(groups=frozenset({"gates"})), rights=rights),
        register(holders={WANG: holder(WANG, allowances=exceptions)}),
    )
    assert reason(at.card(1)) == expected


@pytest.mark.parametrize(
    ("rights", "allowances", "expected"),
    [
        ((right(),), [], "granted"),
        ((right(schedule="day"),), [], "clock_untrusted"),
        ((), [True], "clock_untrusted"),
        ((right(),), [False], "clock_untrusted"),
        ((), [], "no_right"),
    ],
)
def test_while_nobody_believes_the_clock_only_what_is_unlimited_holds(rights, allowances, expected):
    exceptions = tuple(Allowance("north", allow, 0, MONDAY_NOON * 2) for allow in allowances)
    at = Compound(
        policy(rights=rights, schedules={"day": weekly("day", "08:00-18:00")}),
        register(holders={WANG: holder(WANG, allowances=exceptions)}),
        trusted=False,
    )
    assert reason(at.card(1)) == expected


def test_a_card_with_an_end_is_no_good_while_nobody_believes_the_clock():
    at = Compound(register=register(cards={code(1): Card(1, WANG, until_s=MONDAY_NOON * 2)}), trusted=False)
    assert reason(at.card(1)) == "clock_untrusted"


@pytest.mark.parametrize(
    ("until_s", "trusted", "expected"),
    [
        (MONDAY_NOON + 1, True, "barred"),
        (MONDAY_NOON, True, "granted"),
        (MONDAY_NOON, False, "barred"),
    ],
)
def test_whom_the_watch_list_bars_is_refused_until_the_entry_ends(until_s, trusted, expected):
    at = Compound(register=register(barred={WANG: until_s}), trusted=trusted)
    assert reason(at.card(1)) == expected


# Visitors


def visitors_door(**wishes):
    return policy(door("north", {"qr"}, {"card"}, groups=frozenset({"gates"}), **wishes), rights=())


def test_a_visitors_pass_opens_as_often_as_it_says_and_that_is_remembered_at_once():
    at = Compound(visitors_door(), register(passes={5: visitor_pass(passes=2)}))
    came = at.scan(5)
    assert (opened(came), came.memory) == (["north"], (PassUsed(5, 1),))
    at.tick(10)
    assert at.scan(5).memory == (PassUsed(5, 2),)
    at.tick(10)
    assert reason(at.scan(5)) == "pass_used_up"


def test_a_code_that_is_held_on_before_the_scanner_is_one_passage():
    at = Compound(visitors_door(), register(passes={5: visitor_pass(passes=2)}))
    at.scan(5)
    at.clock.advance(1)
    assert at.scan(5).followed == ()
    assert at.state.uses == {5: 1}


def test_a_pass_that_was_used_before_the_box_died_stays_used():
    at = Compound(visitors_door(), register(passes={5: visitor_pass()}))
    (used,) = at.scan(5).memory
    at.state = passing.resume("u", {used.visitor: used.uses}, {}, lockdown=False)
    assert reason(at.scan(5)) == "pass_used_up"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"doors": ("south",)}, "pass_other_door"),
        ({"doors": ("gates",)}, "granted"),
        ({"hours": -0.5}, "pass_expired"),
        ({"cancelled": True}, "pass_cancelled"),
    ],
)
def test_a_pass_is_for_its_doors_and_its_time(changes, expected):
    at = Compound(visitors_door(), register(passes={5: visitor_pass(**changes)}))
    assert reason(at.scan(5)) == expected


def test_a_pass_is_no_good_before_its_time_or_while_nobody_believes_the_clock():
    at = Compound(visitors_door(), register(passes={5: visitor_pass()}))
    at.clock.step_wall(-7200)
    assert reason(at.scan(5)) == "pass_not_yet"
    at.trusted = False
    assert reason(at.scan(5)) == "clock_untrusted"


def test_a_code_of_nobody_is_refused():
    at = Compound(visitors_door())
    assert reason(at.scan(None)) == reason(at.scan(8)) == "pass_unknown"
    assert reason(at.scan(None, problem="pass_cancelled")) == "pass_cancelled"


# Two people


def two_person_policy(**wishes):
    return policy(door(two_persons="day"), schedules={"day": weekly("day", "08:00-18:00")}, **wishes)


def test_two_different_people_open_together_what_neither_opens_alone():
    at = Compound(two_person_policy())
    first = at.card(1)
    assert (reason(first), opened(first), signals(first)) == ("second_person", [], ["wait"])
    second = at.card(2)
    assert opened(second) == ["north"]
    assert decision(second).subjects == (WANG, LI)


def test_the_same_person_twice_is_not_two():
    at = Compound(two_person_policy())
    at.card(1)
    assert reason(at.card(1)) == "second_person"


def test_the_second_must_come_within_half_a_minute():
    at = Compound(two_person_policy())
    at.card(1)
    at.clock.advance(31)
    assert reason(at.card(2)) == "second_person"


def test_a_first_who_has_lost_the_right_meanwhile_does_not_count():
    at = Compound(two_person_policy())
    at.card(1)
    at.register = register(barred={WANG: MONDAY_NOON * 2})
    assert reason(at.card(2)) == "second_person"


def test_outside_the_hours_one_is_enough_and_without_a_clock_never():
    at = Compound(two_person_policy())
    at.clock.step_wall(8 * HOUR)
    assert opened(at.card(1)) == ["north"]
    at.trusted = False
    assert reason(at.card(1)) == "second_person"


# Duress and lockdown


def test_a_duress_card_opens_as_usual_and_nothing_at_the_door_tells():
    usual = Compound().card(1)
    at = Compound(register=register(cards={code(1): Card(1, WANG, duress=True)}))
    came = at.card(1)
    assert came.orders == usual.orders
    assert decision(came).duress


def test_a_duress_pin_opens_as_usual():
    at = Compound(policy(door("north", CARD_PIN)))
    at.card(1)
    came = at.pin(WANG, credential=100, duress=True)
    assert opened(came) == ["north"]
    assert decision(came).duress


def lock_down(at, on=True):
    return at.observe(ModeSet(mode="lockdown", on=on, by="陈", why="演练", mono_s=at.clock.mono()))


def test_in_a_lockdown_only_those_pass_whom_the_site_lets():
    at = Compound(visitors_door(), register(passes={5: visitor_pass()}))
    at.policy = policy(door("north", {"qr"}, {"card"}))
    lock_down(at)
    assert [reason(one) for one in (at.card(1), at.card(9), at.scan(5))] == [
        "lockdown",
        "granted",
        "lockdown",
    ]
    lock_down(at, on=False)
    assert reason(at.card(1)) == "granted"
    assert decision(at.card(9)).subjects == (GUARD,)


DOORS = (
    "factors",
    "rights",
    "visiting",
    "anti_passback",
    "interlock",
    "deciding",
    "showing",
    "case",
    "granting",
)
# What keypads and scanners find before a door is asked.
JUDGED = {
    "wrong_pin",
    "pin_without_person",
    "too_many_codes",
    "pass_forged",
    "pass_replaced",
    "pass_unknown",
    "pass_key_unusable",
}
OF_CREDENTIALS = {
    f"{kind}_{why}" for kind in ("card", "pin") for why in ("lost", "blocked", "expired", "not_yet")
}


def syntax():
    for name in DOORS:
        yield from ast.walk(ast.parse((CHECKOUT / "edge/access" / f"{name}.py").read_text("utf-8")))


def words(nodes):
    """Return every literal that may be a reason."""
    literals = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return {one for one in literals if isinstance(one, str) and WORD.fullmatch(one)}


def reasons_given():
    """Return every reason that the code gives: the second argument of a finding, or a reason by name."""
    given = []
    for node in syntax():
        if isinstance(node, ast.Call):
            given += node.args[1:2] if getattr(node.func, "id", "") == "Finding" else []
            given += [one.value for one in node.keywords if one.arg == "reason"]
    return words(n for one in given for n in ast.walk(one))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_reason_that_the_doors_give_has_its_sentence_and_no_sentence_is_idle(language):
    begin = "access.reason_"
    told = {key.removeprefix(begin) for key in catalogue.sentences(language) if key.startswith(begin)}
    assert reasons_given() | JUDGED | OF_CREDENTIALS <= told
    assert told <= words(syntax()) | JUDGED | OF_CREDENTIALS
