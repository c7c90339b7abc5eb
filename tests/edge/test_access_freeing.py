"""Doors that stay unlocked by schedule, for the first person of the day and by fire; and lockdown."""

import pytest

from drivers.said import ContactChanged, DeviceFound, DeviceLost
from edge.access.freeing import END_PULSE_MS, PULSE_MS, is_renewal
from edge.access.register import Card
from edge.box_events import DoorFreed, DoorNotFreed, DoorSecured, ModeSet, OpeningOrdered
from edge.orders import Open
from tests.edge.access_site import (
    WANG,
    Compound,
    code,
    decision,
    door,
    opened,
    policy,
    reason,
    register,
    signals,
    visitor_pass,
    weekly,
)

FIRE = ("board", "fire")
HOUR = 3600.0
DAY = {"day": weekly("day", "08:00-18:00", holiday=())}


def freed(stepped):
    return [(one.device, one.by) for one in stepped.followed if isinstance(one, DoorFreed)]


def secured(stepped):
    return [(one.device, one.by) for one in stepped.followed if isinstance(one, DoorSecured)]


def pulses(stepped):
    return [(one.device, one.what.pulse_ms) for one in stepped.orders if isinstance(one.what, Open)]


def fire(at, closed=True, **more):
    contact = ContactChanged(device=FIRE[0], mono_s=at.clock.mono(), contact=FIRE[1], closed=closed, **more)
    return at.observe(contact)


def lock_down(at, on=True):
    return at.observe(ModeSet(mode="lockdown", on=on, by="陈", why="演练", mono_s=at.clock.mono()))


def scheduled(first_person=False, **wishes):
    one = door("north", unlocked="day", first_person=first_person)
    return Compound(policy(one, schedules=DAY, **wishes))


def test_a_scheduled_door_is_unlocked_in_its_hours_and_locked_after_them():
    at = scheduled()
    at.clock.step_wall(-5 * HOUR)
    assert at.tick(1).followed == ()
    at.clock.step_wall(5 * HOUR)
    came = at.tick(1)
    assert (freed(came), pulses(came)) == ([("north", "schedule")], [("north", PULSE_MS)])
    at.clock.step_wall(6 * HOUR)
    assert secured(at.tick(1)) == [("north", "schedule")]


def test_a_freed_door_is_kept_open_by_pulses_that_overlap():
    at = scheduled()
    at.tick(1)
    held_until_s = at.clock.mono() + PULSE_MS / 1000
    for _ in range(120):
        for _, pulse_ms in pulses(at.tick(1)):
            held_until_s = at.clock.mono() + pulse_ms / 1000
        assert at.clock.mono() < held_until_s
    given = [one for stepped in at.history for one in stepped.orders]
    assert 6 <= len(given) <= 8
    assert [is_renewal(one.id) for one in given] == [False, *[True] * (len(given) - 1)]


def test_every_pulse_of_a_freed_door_is_told_so_that_nobody_takes_it_for_forced():
    at = scheduled()
    at.tick(60)
    told = [one for stepped in at.history for one in stepped.followed if isinstance(one, OpeningOrdered)]
    given = [one for stepped in at.history for one in stepped.orders]
    assert [one.order for one in told] == [one.id for one in given]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_wall_clock_that_nobody_believes_unlocks_nothing(trusted):
    at = scheduled()
    at.trusted = trusted
    assert bool(freed(at.tick(1))) is trusted


def test_a_door_for_the_first_person_stays_locked_until_somebody_has_come():
    at = scheduled(first_person=True)
    at.door("closed")
    assert freed(at.tick(60)) == []
    at.card(1)
    came = at.door("open")
    assert freed(came) == [("north", "first_person")]
    assert [one.subject for one in came.followed if isinstance(one, DoorFreed)] == [WANG]
    at.clock.step_wall(8 * HOUR)
    assert secured(at.tick(1)) == [("north", "first_person")]
    at.clock.step_wall(16 * HOUR)
    assert freed(at.tick(1)) == []


def test_who_is_refused_unlocks_nothing():
    at = scheduled(first_person=True)
    at.door("closed")
    at.card(77)
    assert freed(at.door("open")) == []


def test_neither_a_visitor_nor_who_is_forced_unlocks_the_day():
    at = scheduled(first_person=True)
    at.policy = policy(door("north", {"card"}, {"qr"}, unlocked="day"), schedules=DAY)
    at.register = register(passes={5: visitor_pass()}, cards={code(1): Card(1, WANG, duress=True)})
    at.door("closed")
    at.scan(5)
    assert freed(at.door("open")) == []
    at.door("closed")
    at.card(1)
    assert freed(at.door("open")) == []


def test_who_shows_a_card_at_a_freed_door_is_let_pass_without_a_pulse_that_would_lock_it():
    at = scheduled()
    at.tick(1)
    came = at.card(1)
    assert (reason(came), opened(came), signals(came)) == ("granted", [], ["granted"])
    assert decision(came).order is None


def test_an_operators_opening_of_a_freed_door_does_not_leave_it_locked():
    at = scheduled()
    at.tick(1)
    at.observe(
        OpeningOrdered(
            device="north", mono_s=at.clock.mono(), order="o", pulse_s=3.0, by="operator/陈", why="送货"
        )
    )
    assert pulses(at.tick(3)) == [("north", PULSE_MS)]


# Fire


def burning(**wishes):
    doors = (
        door("north"),
        door("stairs", unlocked="day", first_person=False),
        door("safe", opens_on_fire=False),
    )
    return Compound(policy(*doors, schedules=DAY, fire=frozenset({FIRE}), **wishes))


def test_fire_opens_every_door_that_should_until_it_is_over():
    at = burning()
    came = fire(at)
    assert freed(came) == [("north", "fire"), ("stairs", "fire")]
    assert pulses(came) == [("north", PULSE_MS), ("stairs", PULSE_MS)]
    assert pulses(at.tick(20)) == pulses(came)
    over = fire(at, closed=False)
    assert secured(over) == [("north", "fire"), ("stairs", "fire")]
    assert freed(over) == [("stairs", "schedule")]
    assert pulses(over) == [("north", END_PULSE_MS), ("stairs", PULSE_MS)]


def test_fire_that_is_found_at_the_start_opens_too():
    assert freed(fire(burning(), first=True)) == [("north", "fire"), ("stairs", "fire")]


def test_fire_told_late_opens_nothing():
    assert fire(burning(), late_s=10.0).orders == ()


def test_any_other_contact_is_no_fire():
    at = burning()
    seen = ContactChanged(device="board", mono_s=at.clock.mono(), contact="loop", closed=True)
    assert at.observe(seen).orders == ()


def test_two_fires_must_both_be_over():
    other = ("board", "fire2")
    at = Compound(policy(door("north"), fire=frozenset({FIRE, other})))
    fire(at)
    at.observe(ContactChanged(device="board", mono_s=at.clock.mono(), contact="fire2", closed=True))
    assert secured(fire(at, closed=False)) == []


def test_a_fire_contact_that_is_lost_leaves_the_doors_open():
    at = burning()
    fire(at)
    lost = DeviceLost(device="board", mono_s=at.clock.mono(), reason="modbus.silent", detail="", silent_s=1)
    assert secured(at.observe(lost)) == []
    assert secured(at.tick(60)) == []


def test_a_door_that_comes_back_in_a_fire_is_opened_at_once():
    at = burning()
    fire(at)
    at.tick(5)
    back = DeviceFound(device="north", mono_s=at.clock.mono(), identity="x", firmware="1", away_s=4.0)
    assert pulses(at.observe(back)) == [("north", PULSE_MS)]


def test_a_door_that_does_not_take_its_order_in_a_fire_is_told_with_what_its_lock_does_without_power():
    at = burning()
    order = fire(at).orders[0]
    (told,) = at.done(order.id, refused="osdp.silent").followed
    assert told == DoorNotFreed(
        device="north", mono_s=1000.0, order=order.id, refused="osdp.silent", fail="secure"
    )


def test_a_reader_that_does_not_show_an_answer_in_a_fire_is_no_door_that_stays_shut():
    at = burning()
    fire(at)
    (signal,) = at.card(1).orders
    assert at.done(signal.id, refused="osdp.silent").followed == ()


def test_a_door_that_does_not_take_its_order_by_schedule_is_not():
    at = scheduled()
    order = at.tick(1).orders[0]
    assert at.done(order.id, refused="osdp.silent").followed == ()


def test_fire_needs_no_clock():
    at = burning()
    at.trusted = False
    assert freed(fire(at)) == [("north", "fire"), ("stairs", "fire")]


# Lockdown


def test_lockdown_locks_what_was_free_at_once_and_its_end_frees_it_again():
    at = scheduled()
    at.tick(1)
    came = lock_down(at)
    assert (secured(came), pulses(came)) == ([("north", "lockdown")], [("north", END_PULSE_MS)])
    assert at.tick(60).orders == ()
    assert freed(lock_down(at, on=False)) == [("north", "schedule")]


def test_a_lock_that_takes_no_short_pulse_is_locked_by_its_shortest():
    at = Compound(policy(door(shortest_ms=1000), fire=frozenset({FIRE})))
    fire(at)
    assert pulses(fire(at, closed=False)) == [("north", 1000)]


def test_after_a_lockdown_the_day_needs_its_first_person_again():
    at = scheduled(first_person=True)
    at.door("closed")
    at.card(1)
    at.walk_through()
    assert secured(lock_down(at)) == [("north", "lockdown")]
    assert freed(lock_down(at, on=False)) == []


def test_fire_goes_before_lockdown_whichever_came_first():
    at = burning()
    lock_down(at)
    assert freed(fire(at)) == [("north", "fire"), ("stairs", "fire")]
    at = burning()
    fire(at)
    assert secured(lock_down(at)) == []
    assert secured(fire(at, closed=False)) == [("north", "fire"), ("stairs", "fire")]
    assert freed(at.tick(60)) == []
