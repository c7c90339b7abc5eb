"""More people go through a door than it was opened for; the same person under a new number is not more."""

from drivers.said import ExitRequested
from edge.box_events import OpeningOrdered, TailgatingSeen
from edge.events import Box, PresenceBegan, PresenceEnded
from tests.edge.access_site import Compound, door, policy, weekly

BOX = Box(0, 0, 1, 1)


def entrance(**wishes):
    at = Compound(policy(door(entrance=("cam", "behind"), **wishes)))
    at.door("closed")
    return at


def comes(at, track=1, camera="cam", zone="behind", what="person", mono_s=None):
    began = PresenceBegan(
        camera=camera,
        mono_s=at.clock.mono() if mono_s is None else mono_s,
        track=track,
        what=what,
        zone=zone,
        box=BOX,
    )
    return at.observe(began).followed


def goes(at, track=1):
    at.observe(
        PresenceEnded(
            camera="cam", mono_s=at.clock.mono(), track=track, what="person", zone="behind", lasted_s=1.0
        )
    )


def let_in(at, *cards):
    for number in cards or (1,):
        at.card(number)
    at.door("open")


def test_a_second_person_with_one_grant_is_told_once():
    at = entrance()
    let_in(at)
    assert comes(at, 1) == ()
    assert comes(at, 2) == (TailgatingSeen(device="north", mono_s=1000.0, camera="cam", people=2, granted=1),)
    assert comes(at, 3) == ()


def test_two_people_with_two_grants_are_as_they_should_be():
    at = entrance()
    let_in(at, 1, 2)
    assert comes(at, 1) == comes(at, 2) == ()
    assert len(comes(at, 3)) == 1


def test_the_same_card_twice_is_one_person():
    at = entrance()
    let_in(at, 1, 1)
    comes(at, 1)
    assert len(comes(at, 2)) == 1


def test_who_shows_a_card_while_the_door_stands_open_is_granted_too():
    at = entrance()
    let_in(at)
    comes(at, 1)
    at.card(2)
    assert comes(at, 2) == ()


def test_a_track_that_goes_on_under_a_new_number_is_the_same_person():
    at = entrance()
    let_in(at)
    comes(at, 1)
    goes(at, 1)
    at.clock.advance(0.9)
    assert comes(at, 2) == ()
    at.clock.advance(0.05)
    assert len(comes(at, 3)) == 1


def test_who_comes_long_after_another_left_the_zone_is_somebody_else():
    at = entrance()
    let_in(at)
    comes(at, 1)
    goes(at, 1)
    at.clock.advance(1.1)
    assert len(comes(at, 2)) == 1


def test_each_opening_is_counted_by_itself():
    at = entrance()
    for _ in range(2):
        let_in(at)
        comes(at, 1)
        assert len(comes(at, 2)) == 1
        at.door("closed")
        at.tick(10)


def test_eyes_that_are_slower_than_the_door_still_count():
    at = entrance()
    let_in(at)
    seen_s = at.clock.mono()
    at.clock.advance(1)
    at.door("closed")
    at.tick(1)
    comes(at, 1, mono_s=seen_s)
    assert len(comes(at, 2, mono_s=seen_s)) == 1
    assert comes(at, 3) == ()


def test_nobody_is_counted_elsewhere_or_who_is_no_person():
    at = entrance()
    let_in(at)
    comes(at, 1)
    assert comes(at, 2, camera="other") == comes(at, 3, zone="street") == comes(at, 4, zone=None) == ()
    assert comes(at, 5, what="vehicle") == ()


def test_where_anybody_may_go_through_nobody_is_counted():
    at = entrance()
    at.observe(ExitRequested(device="north", mono_s=at.clock.mono()))
    let_in(at)
    assert comes(at, 1) == comes(at, 2) == ()
    at = entrance()
    at.observe(OpeningOrdered(device="north", mono_s=1000.0, order="o", pulse_s=3, by="operator/a", why="b"))
    at.door("open")
    assert comes(at, 1) == comes(at, 2) == ()


def test_at_a_door_that_is_kept_unlocked_nobody_is_counted():
    at = entrance(unlocked="day", first_person=False)
    at.policy = policy(*at.policy.doors.values(), schedules={"day": weekly("day", "08:00-18:00")})
    at.tick(1)
    let_in(at)
    assert comes(at, 1) == comes(at, 2) == ()
