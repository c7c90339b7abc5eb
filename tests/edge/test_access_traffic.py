"""The vehicle gate in sentences: arms, contacts, visits, guards, and what is booked."""

from dataclasses import replace

import pytest

from drivers.said import ContactChanged
from edge.access import traffic
from edge.access.policy import AccessPolicy
from edge.access.stepping import Entered, Left, PassUsed
from edge.access.traffic_state import Arm
from edge.box_events import ModeSet, OpeningOrdered, OrderGiven, StrangeDriver, VehicleOverstays
from edge.orders import Open, Pulse
from tests.edge.lane_scene import (
    GUEST,
    NEIGHBOUR,
    OWN,
    STRANGER,
    WALL,
    Gate,
    car,
    lane,
    policy,
    read,
    register,
    visitor,
)


def gate(*lanes, known=None, **how):
    return Gate(policy=policy(*lanes), register=known or register(), **how).idle()


def blind(**changes):
    """A gate without a presence contact."""
    return gate(lane(presence=None, **changes))


def one_arm(**changes):
    shared = {"barrier": "arm", **changes}
    return gate(lane("in", **shared), lane("out", **shared))


def test_a_registered_plate_raises_the_arm_within_the_life_of_its_read():
    at = gate().reads(age=0.4)
    (order,) = at.orders
    assert (order.device, order.what, order.expires_mono_s) == ("arm-in", Pulse("raise", 700), 1002.6)
    (decided,) = at.decided
    assert (decided.granted, decided.order, decided.lane, decided.asked) == (True, order.id, "in", (OWN,))
    assert decided.camera == "cam-in"
    assert at.followed[-1] == OrderGiven(
        device="arm-in", mono_s=1000.0, order=order.id, what="pulse:raise:700", by="access", why=OWN
    )


def test_a_vehicle_is_booked_when_it_left_the_contact_and_the_arm_comes_down_behind_it():
    at = gate().reads().drives_on().drives_off()
    assert at.passed == []
    at.wait(1)
    (passed,) = at.passed
    assert (passed.plate, passed.lane, passed.direction, passed.inside) == (OWN, "in", "in", 1)
    assert at.moves == ["raise", "lower"]
    assert at.memory == [Entered(OWN, "in", at.wall_s)]


def test_a_car_that_waits_is_let_through_once_however_often_it_is_read():
    at = gate().reads().drives_on()
    for _ in range(3):
        at.wait(5).reads()
    assert at.moves == ["raise"]
    at.drives_off().wait(2).reads(track=1).wait(5).reads(track=1)
    assert at.moves == ["raise", "lower"]
    assert at.reasons == ["registered"]


def test_a_car_that_still_stands_below_after_a_while_has_the_arm_raised_again():
    at = gate().reads().drives_on().wait(19).reads().wait(1).reads()
    assert at.moves == ["raise", "raise"]


def test_a_car_that_comes_back_after_a_while_is_let_through_again():
    at = gate(lane(), lane("out")).reads().drives_on().drives_off().wait(120)
    at.reads(track=9).drives_on().drives_off().wait(2)
    assert at.moves == ["raise", "lower", "raise", "lower"]
    assert at.passed[1].notices == ("entered_twice",)


def test_a_read_that_is_too_old_is_journalled_and_moves_nothing():
    at = gate().reads(age=3.5)
    assert (at.moves, at.reasons, at.state.visits) == ([], ["read_stale"], {})


def test_a_plate_read_once_is_waited_for_and_let_through_when_read_again():
    at = gate().reads(reads=1)
    assert (at.moves, at.reasons) == ([], [])
    assert at.reads(reads=2).moves == ["raise"]


def test_a_second_car_behind_has_the_arm_kept_up_and_is_booked_by_itself():
    at = gate().reads().drives_on().wait(1).reads(NEIGHBOUR, track=2)
    assert at.moves == ["raise", "raise"]
    at.drives_off().wait(3)
    assert at.moves == ["raise", "raise"]
    at.drives_on().drives_off().wait(2)
    assert [one.plate for one in at.passed] == [OWN, NEIGHBOUR]
    assert at.moves == ["raise", "raise", "lower"]


def test_a_second_car_that_left_no_gap_behind_the_first_is_booked_with_it():
    at = gate().reads().drives_on().reads(NEIGHBOUR, track=2).drives_off().wait(22)
    assert [one.plate for one in at.passed] == [OWN, NEIGHBOUR]
    assert at.moves[-1] == "lower"


def test_a_car_that_follows_without_being_let_through_is_told():
    at = gate().reads().drives_on().wait(1).reads(STRANGER, track=2).drives_off().wait(0.9)
    # The gap was shorter than the second after which the arm is sent down, or the arm was still falling.
    at.wait(0.6).loop(True).wait(2).loop(False).wait(2)
    assert [(one.plate, one.notices) for one in at.passed] == [(OWN, ()), (STRANGER, ("unadmitted",))]
    assert at.state.ledger.inside == 2
    assert at.moves == ["raise", "lower", "lower"]


def test_the_arm_never_comes_down_while_a_car_stands_below():
    at = gate().reads().drives_on().drives_off().wait(0.5).loop(True).wait(300)
    assert at.moves == ["raise"]


def test_a_trailer_behind_its_car_is_not_another_vehicle():
    at = gate().reads().drives_on().loop(False).wait(0.4).loop(True).wait(1).loop(False).wait(2)
    assert [one.plate for one in at.passed] == [OWN]


def test_a_car_that_was_let_through_and_never_came_has_the_arm_lowered_after_a_while():
    at = gate().reads().wait(59)
    assert at.moves == ["raise"]
    at.wait(3)
    assert (at.moves, at.passed) == (["raise", "lower"], [])


def test_a_refused_car_that_backs_off_is_not_booked_and_no_arm_moves():
    at = gate()
    at.state = replace(at.state, arms={"arm-in": Arm(up=False)})
    at.reads(STRANGER).drives_on().wait(4).loop(False).wait(3)
    assert (at.passed, at.moves) == ([], [])


def test_without_a_contact_a_car_is_booked_when_it_is_let_through_and_the_box_never_lowers():
    at = blind().reads()
    assert at.passed == []
    at.obeyed()
    assert [one.plate for one in at.passed] == [OWN]
    for _ in range(30):
        at.wait(5).reads()
    assert at.moves == ["raise"]
    assert at.state.ledger.inside == 1


def test_a_barrier_on_a_door_controller_is_opened_and_left_to_close_itself():
    at = gate(lane(opened_by="open", pulse_ms=2000)).reads().drives_on().drives_off().wait(5)
    (order,) = at.orders
    assert order.what == Open(2000)
    ordered = [one for one in at.followed if isinstance(one, OpeningOrdered)]
    assert [(one.order, one.pulse_s, one.by) for one in ordered] == [(order.id, 2.0, "access")]


def test_the_order_ids_of_two_runs_never_meet():
    at = gate().reads()
    again = at.restarted("other-").idle().reads()
    assert {order.id for order in at.orders}.isdisjoint(order.id for order in again.orders)


def test_a_visitor_uses_one_pass_however_long_the_car_waits_at_the_arm():
    at = gate(known=register(passes=[visitor()])).reads(GUEST).drives_on()
    for _ in range(6):
        at.wait(10).reads(GUEST)
    at.drives_off().wait(2)
    assert [one for one in at.memory if isinstance(one, PassUsed)] == [PassUsed(7, 1)]
    assert set(at.moves[:-1]) == {"raise"}
    assert set(at.reasons) == {"visitor"}
    assert at.wait(60).reads(GUEST, track=5).reasons[-1] == "passes_used"


def test_a_visitor_leaves_without_using_another_pass():
    known = register(passes=[visitor()])
    at = gate(lane(), lane("out", free_exit=False), known=known).reads(GUEST).drives_on().drives_off()
    at.wait(60).reads(GUEST, "out").drives_on("out").drives_off("out").wait(2)
    assert [one.plate for one in at.passed] == [GUEST, GUEST]
    assert at.state.uses == {7: 1}
    assert isinstance(at.memory[-1], Left)


def test_a_plate_registered_while_its_car_waits_is_let_through_at_its_next_read():
    at = gate().reads(STRANGER).drives_on()
    at.register = register(car(STRANGER))
    assert at.wait(5).reads(STRANGER).reasons == ["not_registered", "registered"]
    assert at.moves == ["raise"]


def test_a_refusal_is_told_once_and_again_when_its_reason_changes():
    at = gate().reads(STRANGER).wait(5).reads(STRANGER)
    assert at.reasons == ["not_registered"]
    at.register = register(barred_plates={STRANGER: WALL * 2})
    assert at.wait(5).reads(STRANGER).reasons == ["not_registered", "plate_barred"]


def test_a_better_reading_of_the_same_car_counts():
    at = gate().reads(STRANGER).wait(1).reads(OWN)
    assert (at.reasons, at.moves) == (["not_registered", "registered"], ["raise"])
    at.drives_on().drives_off().wait(2)
    assert [one.plate for one in at.passed] == [OWN]


def test_a_car_that_is_read_as_another_after_it_was_let_through_is_booked_as_read_and_told():
    at = gate().reads(OWN).wait(1).reads(STRANGER).drives_on().drives_off().wait(2)
    assert [(one.plate, one.notices) for one in at.passed] == [(STRANGER, ("read_changed",))]
    assert at.moves == ["raise", "lower"]


def test_a_car_of_another_colour_leaves_and_is_told():
    at = gate(lane("out"), known=register(car(colour="green"))).reads(OWN, "out")
    at.drives_on("out").drives_off("out").wait(2)
    assert at.passed[0].notices == ("colour_differs", "left_unseen")


# Two lanes under one arm.


def test_the_camera_that_reads_decides_the_direction_under_one_arm():
    at = one_arm().reads(OWN, "in").drives_on("in").drives_off("in").wait(60)
    at.reads(OWN, "out").drives_on("out").drives_off("out").wait(2)
    assert [one.direction for one in at.passed] == ["in", "out"]
    assert at.state.ledger.inside == 0


def test_the_camera_of_the_other_lane_that_sees_a_car_from_behind_does_not_let_it_out_again():
    at = one_arm().reads(OWN, "in").wait(1).reads(OWN, "out").drives_on("in").reads(OWN, "out")
    at.drives_off("in").wait(2).reads(OWN, "out").wait(10).reads(OWN, "out")
    assert [one.direction for one in at.passed] == ["in"]
    assert (at.reasons, at.moves) == (["registered"], ["raise", "lower"])
    assert at.state.ledger.inside == 1


def test_a_car_that_waited_long_under_the_arm_is_not_let_out_from_behind_either():
    at = one_arm().reads(OWN, "in").drives_on("in").wait(50).drives_off("in").wait(3).reads(OWN, "out")
    assert at.reasons == ["registered"]


def test_one_arm_stays_up_while_a_car_waits_on_its_other_side():
    at = one_arm().reads(OWN, "in").drives_on("in").reads(NEIGHBOUR, "out", track=2)
    at.drives_off("in").wait(5)
    assert "lower" not in at.moves
    at.drives_on("out").drives_off("out").wait(2)
    assert [(one.plate, one.direction) for one in at.passed] == [(OWN, "in"), (NEIGHBOUR, "out")]
    assert at.moves[-1] == "lower"


def test_one_arm_is_not_lowered_while_anything_stands_on_its_other_side():
    at = one_arm().reads(OWN, "in").drives_on("in").loop(True, "out").drives_off("in").wait(10)
    assert "lower" not in at.moves
    at.loop(False, "out").wait(2)
    assert at.moves[-1] == "lower"


def test_two_lanes_may_share_the_contact_too():
    shared = ("board", "loop")
    at = one_arm(presence=shared)
    at.loop(False, contact="loop", first=True)
    at.reads(OWN, "in").drives_on(contact="loop").drives_off(contact="loop").wait(60)
    at.reads(OWN, "out").drives_on(contact="loop").drives_off(contact="loop").wait(2)
    assert [one.direction for one in at.passed] == ["in", "out"]


def test_faces_at_the_wheel_of_another_lane_are_not_at_this_one():
    known = register(car(person="person/1", usual=frozenset({"person/1"})))
    lanes = [lane("out", wheel_cameras=frozenset({"wheel"})), lane(wheel_cameras=frozenset({"other"}))]
    at = gate(*lanes, known=known).face("person/1", camera="other").reads(OWN, "out")
    assert strangers(at.drives_on("out").drives_off("out").wait(30)) == [(OWN, "张三", 0)]


# Operators and guards.


def test_what_the_box_itself_ordered_is_no_operators_opening():
    at = gate().reads(OWN)
    for seen in tuple(at.followed):
        at.see(seen)
    at.obeyed(refused="modbus.silent").drives_on().wait(4)
    assert at.asked == [("arm_failed", OWN)]


def test_an_operator_who_opens_one_arm_lets_him_through_who_waits_and_not_him_who_is_let_through_already():
    lanes = lane("in", barrier="arm"), lane("out", barrier="arm", presence=None, free_exit=False)
    at = gate(*lanes).reads(OWN, "in").drives_on("in").reads(STRANGER, "out", track=2)
    at.operator_raises("arm")
    assert [(one.plate, one.direction) for one in at.passed] == [(STRANGER, "out")]
    at.drives_off("in").wait(2)
    assert [(one.plate, one.notices) for one in at.passed[1:]] == [(OWN, ())]


def test_who_was_let_through_last_does_not_hide_who_waits_from_an_operator():
    lanes = lane("in", barrier="arm"), lane("out", barrier="arm", presence=None, free_exit=False)
    at = gate(*lanes).reads(STRANGER, "out", track=2).wait(1).reads(OWN, "in").drives_on("in")
    at.operator_raises("arm")
    assert [(one.plate, one.direction) for one in at.passed] == [(STRANGER, "out")]


def test_an_operator_who_opens_for_a_car_that_is_let_through_just_then_books_it_once():
    at = blind().reads().operator_raises().done("run-l1", refused=None)
    assert [(one.plate, one.notices) for one in at.passed] == [(OWN, ())]


def test_of_two_cars_the_one_whose_arm_did_not_rise_is_not_booked():
    at = gate().reads().drives_on().reads(NEIGHBOUR, track=2).obeyed(refused="modbus.silent")
    at.drives_off().wait(30)
    assert [one.plate for one in at.passed] == [OWN]


def test_an_arm_that_is_up_for_one_is_up_though_it_did_not_rise_for_another():
    at = one_arm().reads(OWN).drives_on().reads(NEIGHBOUR, track=2).obeyed(refused="modbus.silent")
    at.loop(True, "out").drives_off().wait(40).reads(STRANGER, track=3).drives_on().drives_off().wait(2)
    assert [(one.plate, one.notices) for one in at.passed] == [(OWN, ()), (STRANGER, ("unadmitted",))]


def test_a_guard_is_asked_once_for_a_refused_car_where_there_is_no_contact():
    at = blind().reads(STRANGER).wait(5).reads(STRANGER).wait(5).reads(STRANGER)
    assert at.asked == [("not_registered", STRANGER)]


def test_a_guard_is_asked_for_a_refused_car_that_waits_before_the_contact():
    at = gate().reads(STRANGER).wait(2)
    assert at.asked == []
    at.wait(3).reads(STRANGER).wait(5).reads(STRANGER)
    assert at.asked == [("not_registered", STRANGER)]
    assert at.drives_on().wait(10).reads(STRANGER).asked == [("not_registered", STRANGER)]


def test_no_guard_is_asked_about_a_refused_car_for_which_an_operator_just_opened():
    assert gate().reads(STRANGER).operator_raises().wait(5).reads(STRANGER).asked == []


def test_a_guard_is_asked_for_an_unread_car_before_the_contact_once_no_other_is_in_question():
    at = gate().reads().vehicle(there=True, track=2).drives_on().wait(10)
    assert at.asked == []
    at.drives_off().wait(40)
    assert at.asked == [("unread", None)]
    assert at.wait(60).asked == [("unread", None)]


def test_a_guard_is_asked_at_once_about_an_arm_that_did_not_rise():
    assert gate().reads().obeyed(refused="modbus.silent").asked == [("arm_failed", OWN)]


def test_a_car_that_is_read_after_a_guard_was_asked_is_not_asked_about_again():
    at = gate().drives_on().wait(4).reads(STRANGER).wait(5).reads(STRANGER).wait(5).reads(STRANGER)
    assert at.asked == [("unread", None)]


def test_an_unread_car_behind_a_refused_one_or_on_the_contact_is_not_asked_about_by_itself():
    assert gate().reads(STRANGER).vehicle(there=True, track=2).wait(10).asked == []
    assert gate().vehicle(there=True).drives_on().wait(10).asked == [("unread", None)]


def test_a_guard_is_asked_once_for_a_car_that_rolls_back_and_forth():
    at = gate().drives_on().wait(4).loop(False).wait(0.5).loop(True).wait(4)
    assert at.asked == [("unread", None)]


def test_where_there_is_no_contact_a_car_before_an_arm_that_did_not_rise_is_not_booked():
    at = blind().reads().obeyed(refused="modbus.silent")
    assert (at.passed, at.asked) == ([], [("arm_failed", OWN)])
    at.wait(5).reads().obeyed()
    assert [one.plate for one in at.passed] == [OWN]
    assert at.moves == ["raise", "raise"]


def test_a_barrier_that_never_says_what_became_of_its_order_is_taken_to_have_obeyed():
    at = blind().reads().wait(9)
    assert at.passed == []
    assert [one.plate for one in at.wait(2).passed] == [OWN]
    assert at.wait(60).state.given == {}


def test_a_visitor_for_whom_the_arm_did_not_rise_has_not_used_another_pass():
    at = blind()
    at.register = register(passes=[visitor()])
    at.reads(GUEST).obeyed(refused="modbus.silent").wait(5).reads(GUEST).obeyed()
    assert at.reasons == ["visitor", "visitor"]
    assert at.state.uses == {7: 1}


def test_a_car_whose_arm_did_not_rise_and_that_backs_off_is_not_booked():
    at = gate().reads().obeyed(refused="modbus.silent").drives_on().drives_off().wait(60)
    assert at.passed == []


def test_an_operator_lets_an_unread_car_through_and_it_is_counted():
    at = gate().drives_on().wait(4)
    assert at.asked == [("unread", None)]
    at.operator_raises().drives_off().wait(2)
    assert [(one.plate, one.notices) for one in at.passed] == [(None, ("by_operator",))]
    assert at.state.ledger.inside == 1
    assert at.moves == ["lower"]


def test_an_operator_lets_a_refused_car_through_and_it_is_booked_by_its_plate():
    at = gate().reads(STRANGER).drives_on().wait(4)
    assert at.asked == [("not_registered", STRANGER)]
    at.operator_raises().drives_off().wait(2)
    assert [(one.plate, one.notices) for one in at.passed] == [(STRANGER, ("by_operator",))]


def test_an_operators_order_that_was_not_carried_out_lets_nobody_through():
    at = gate().drives_on().wait(4).operator_raises(refused="modbus.silent").drives_off().wait(2)
    assert at.passed == []


def test_where_there_is_no_contact_an_operators_opening_books_who_waits():
    at = blind().reads(STRANGER)
    assert at.asked == [("not_registered", STRANGER)]
    at.operator_raises()
    assert [(one.plate, one.notices) for one in at.passed] == [(STRANGER, ("by_operator",))]


def test_a_guard_is_asked_once_for_a_car_that_waits():
    at = gate().reads(STRANGER).drives_on().wait(2.5)
    assert at.asked == []
    at.wait(1)
    for _ in range(5):
        at.wait(5).reads(STRANGER)
    assert at.asked == [("not_registered", STRANGER)]
    at.loop(False).wait(40).drives_on().wait(4)
    assert at.asked[1:] == [("unread", None)]


def test_no_guard_is_asked_for_a_car_that_is_let_through_or_for_whom_an_operator_opened():
    assert gate().reads().drives_on().wait(30).asked == []
    assert gate().operator_raises().drives_on().wait(30).asked == []


def test_a_guard_is_asked_when_the_arm_did_not_rise_and_the_next_read_raises_it_again():
    at = gate().reads()
    at.done(at.orders[0].id, refused="modbus.silent").drives_on().wait(4)
    assert at.asked == [("arm_failed", OWN)]
    assert at.wait(1).reads().moves == ["raise", "raise"]


def test_where_there_is_no_contact_a_guard_is_asked_for_a_car_that_is_seen_and_not_read():
    at = blind().vehicle(there=True).wait(5)
    assert at.asked == []
    assert at.wait(2).asked == [("unread", None)]
    assert blind().vehicle(there=True).wait(2).vehicle(there=False).wait(10).asked == []
    assert blind().vehicle(there=True).wait(1).reads().wait(10).asked == []


def test_a_lowering_that_was_refused_is_tried_again_a_few_times():
    at = gate().reads().drives_on().drives_off().wait(1)
    for _ in range(5):
        at.done(at.orders[-1].id, refused="relay.below_unknown").wait(6)
    assert at.moves == ["raise", "lower", "lower", "lower"]


def test_a_lockdown_shuts_the_lanes_until_it_ends():
    at = gate()
    at.see(ModeSet(mode="lockdown", on=True, by="老王", why="演练", mono_s=1.0)).reads()
    assert (at.moves, at.reasons) == ([], ["locked_down"])
    at.see(ModeSet(mode="lockdown", on=False, by="老王", why="演练", mono_s=2.0)).wait(5).reads()
    assert at.moves == ["raise"]


# Restarts, outages, clocks.


def test_after_a_restart_in_the_middle_of_a_passage_the_waiting_car_is_let_through_once_more():
    at = gate().reads().drives_on().restarted().loop(True, first=True).reads().drives_off().wait(2)
    assert at.moves == ["raise", "lower"]
    assert [(one.plate, one.inside) for one in at.passed] == [(OWN, 1)]


def test_a_car_that_stood_below_when_the_box_started_and_drove_on_is_told_and_the_arm_lowered():
    at = gate().reads().drives_on().restarted().loop(True, first=True).drives_off().wait(2)
    assert [(one.plate, one.notices) for one in at.passed] == [(None, ("arm_unknown",))]
    assert at.moves == ["lower"]


def test_after_a_restart_with_nobody_there_no_arm_moves_by_itself():
    assert gate().reads().restarted().idle().wait(300).moves == []


def test_a_restart_between_entry_and_exit_loses_no_stay():
    at = gate(lane(), lane("out")).reads().drives_on().drives_off().wait(60).restarted().idle()
    at.reads(OWN, "out").drives_on("out").drives_off("out").wait(2)
    assert [(one.inside, one.notices) for one in at.passed] == [(0, ())]


def test_a_plate_read_before_the_contact_was_is_booked_once():
    at = Gate().reads().loop(True, first=True).drives_off().wait(2)
    assert [one.plate for one in at.passed] == [OWN]


def test_a_contact_that_is_lost_holds_nobody_up():
    at = gate().reads().drives_on().loses()
    assert [one.plate for one in at.passed] == [OWN]
    at.wait(40).reads(NEIGHBOUR, track=2).obeyed()
    assert [one.plate for one in at.passed] == [OWN, NEIGHBOUR]
    assert at.moves == ["raise", "raise"]


def test_an_arm_that_is_up_when_the_contact_is_read_again_comes_down_over_a_free_lane():
    at = gate().reads().drives_on().loses().wait(10).loop(False, first=True).wait(2)
    assert at.moves == ["raise", "lower"]


def test_a_clock_that_steps_moves_no_arm_and_loses_no_stay():
    at = gate(lane(), lane("out")).reads().drives_on()
    at.wall_s -= 400 * 86_400
    at.drives_off().wait(60).reads(OWN, "out").drives_on("out").drives_off("out").wait(2)
    assert [one.inside for one in at.passed] == [1, 0]
    assert at.moves == ["raise", "lower", "raise", "lower"]


def test_a_site_without_lanes_sees_nothing():
    empty = AccessPolicy(timezone=policy().timezone)
    at = Gate(policy=empty).reads().loop(True).wait(5)
    assert (at.followed, at.orders) == ([], [])


def test_cameras_and_contacts_of_no_lane_are_nobodys():
    at = gate()
    at.see(read(camera="cam-yard", at=at.mono_s)).loop(True, contact="siren").wait(10)
    assert (
        at.see(ContactChanged(device="other", mono_s=1, contact="loop-in", closed=True)).wait(5).asked == []
    )
    assert at.followed == []


# Overstays and strange drivers.


def test_an_overstay_is_told_once_and_again_after_a_day():
    at = gate().reads(STRANGER).operator_raises().drives_on().drives_off().wait(2)
    at.wait(72 * 3600 - 120, step=3600).wait(240, step=10).wait(23 * 3600, step=3600)
    told = [one for one in at.followed if isinstance(one, VehicleOverstays)]
    assert [(one.plate, one.lane, one.device, one.hours) for one in told] == [
        (STRANGER, "in", "arm-in", 72.0)
    ]
    at.wait(2 * 3600, step=600)
    assert len([one for one in at.followed if isinstance(one, VehicleOverstays)]) == 2


def leaving(*, usual=("person/1", "person/2")):
    out = lane("out", wheel_cameras=frozenset({"wheel"}))
    known = register(car(person="person/1", usual=frozenset(usual)))
    return gate(out, known=known)


def strangers(at):
    return [(one.plate, one.owner, one.faces) for one in at.followed if isinstance(one, StrangeDriver)]


def test_a_car_that_leaves_with_none_of_its_usual_faces_at_the_wheel_is_noted():
    at = leaving().face("person/9").wait(3).reads(OWN, "out").face(None, track=2).drives_on("out")
    at.drives_off("out").wait(13)
    assert strangers(at) == [(OWN, "张三", 2)]


@pytest.mark.parametrize(("before", "after"), [(3, 0), (14, 0), (0, 2), (0, 13)])
def test_a_usual_face_shortly_before_or_after_the_read_is_enough(before, after):
    at = leaving()
    if before:
        at.face("person/2").wait(before)
    at.reads(OWN, "out")
    if after:
        at.wait(after).face("person/2")
    assert strangers(at.drives_on("out").drives_off("out").wait(30)) == []


def test_a_usual_face_long_before_or_elsewhere_is_not():
    at = leaving().face("person/1").wait(16).face("person/1", camera="hall").reads(OWN, "out")
    assert strangers(at.drives_on("out").drives_off("out").wait(30)) == [(OWN, "张三", 0)]


def test_nobody_is_strange_where_no_face_of_the_house_is_enrolled():
    at = leaving(usual=()).face(None).reads(OWN, "out").drives_on("out").drives_off("out").wait(30)
    assert strangers(at) == []


def test_the_state_is_a_value_that_earlier_states_do_not_share():
    at = gate()
    before = at.state
    at.reads().drives_on()
    assert before == replace(gate().state, prefix=before.prefix)
    assert traffic.observe(before, at.policy, at.register, read(at=at.mono_s), at.now).state != before
