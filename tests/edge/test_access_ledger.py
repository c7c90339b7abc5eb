"""The ledger of vehicles, in sentences and against a naive one that goes through everything every time."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.access import ledger
from edge.access.ledger import Ledger, Stay
from edge.access.stepping import Entered, Left
from edge.clock import Moment
from tests.edge.lane_scene import GUEST, NEIGHBOUR, OWN, STRANGER, WALL, car, policy, register, visitor

HOUR, DAY = 3600.0, 86_400.0


def entered(*plates, book=None, wall_s=WALL):
    book = book or Ledger()
    for plate in plates:
        book = ledger.enter(book, plate, "in", wall_s).ledger
    return book


def over(book, wall_s, *, known=None, mono_s=1000.0, trusted=True):
    now = Moment(wall_s, mono_s, trusted)
    return ledger.overstaying(book, known or register(), policy(overstay_hours=72.0), now)


def plates(found):
    return [one.plate for one in found]


def test_an_entry_and_an_exit_are_one_stay():
    booked = ledger.leave(entered(OWN, NEIGHBOUR), OWN, "out", WALL + 60)
    assert booked.ledger.inside == 1
    assert booked.notices == ()
    assert booked.memory == (Left(OWN, "out", WALL + 60),)


def test_a_plate_that_enters_twice_is_told_and_is_inside_once():
    booked = ledger.enter(entered(OWN), OWN, "in", WALL + 60)
    assert booked.notices == ("entered_twice",)
    assert booked.ledger.inside == 1
    # The earlier stay ends, through no lane, before the later begins.
    assert booked.memory == (Left(OWN, "", WALL + 60), Entered(OWN, "in", WALL + 60))


def test_a_plate_that_leaves_without_having_come_in_is_told():
    booked = ledger.leave(entered(OWN), STRANGER, "out", WALL)
    assert booked.notices == ("left_unseen",)
    assert booked.ledger.inside == 1
    assert booked.memory == (Left(STRANGER, "out", WALL),)


def test_a_vehicle_that_nobody_read_is_counted_and_leaves_with_the_next_that_was_not_inside():
    book = entered(None, OWN, None)
    assert book.inside == 3
    booked = ledger.leave(book, STRANGER, "out", WALL)
    assert sorted(booked.ledger.stays) == sorted(["?2", OWN])
    assert booked.memory == (Left("?1", "out", WALL), Left(STRANGER, "out", WALL))


def test_a_vehicle_that_leaves_unread_strikes_off_none_that_was_read():
    assert ledger.leave(entered(OWN), None, "out", WALL).ledger.inside == 1
    assert ledger.leave(entered(OWN, None), None, "out", WALL).ledger.inside == 1
    assert ledger.leave(Ledger(), None, "out", WALL).ledger.inside == 0


def test_vehicles_inside_are_counted_by_what_they_may():
    known = register(car(OWN), car(NEIGHBOUR, parking="staff"), passes=[visitor()])
    book = entered(OWN, NEIGHBOUR, GUEST, STRANGER, None)
    assert ledger.occupancy(book, known) == {
        "resident": 1, "staff": 1, "visitor": 1, "unknown": 1, "unread": 1,
    }  # fmt: skip


def test_a_resident_never_stays_for_too_long():
    assert over(entered(OWN), WALL + 1000 * DAY)[1] == ()


def test_a_visitor_may_stay_until_the_visit_ends():
    known = register(passes=[visitor(until_s=WALL + HOUR)])
    assert over(entered(GUEST), WALL + HOUR - 1, known=known)[1] == ()
    (one,) = over(entered(GUEST), WALL + HOUR, known=known)[1]
    assert (one.plate, one.lane, one.hours) == (GUEST, "in", 1.0)


def test_the_visit_of_another_day_lets_nobody_stay():
    yesterday = visitor(from_s=WALL - 2 * DAY, until_s=WALL - DAY)
    assert plates(over(entered(GUEST), WALL + 71 * HOUR, known=register(passes=[yesterday]))[1]) == []
    assert plates(over(entered(GUEST), WALL + 72 * HOUR, known=register(passes=[yesterday]))[1]) == [GUEST]


def test_who_has_no_parking_right_may_stay_for_the_hours_of_the_site():
    for known in (register(car(parking="none")), register(car(until_s=WALL - 1)), register(car(NEIGHBOUR))):
        assert plates(over(entered(OWN), WALL + 71.9 * HOUR, known=known)[1]) == []
        assert plates(over(entered(OWN), WALL + 72 * HOUR, known=known)[1]) == [OWN]


def test_an_overstay_is_told_once_a_day():
    book, first = over(entered(STRANGER), WALL + 4 * DAY)
    book, same_day = over(book, WALL + 5 * DAY, mono_s=1000.0 + DAY - 1)
    book, next_day = over(book, WALL + 5 * DAY, mono_s=1000.0 + DAY)
    assert [plates(found) for found in (first, same_day, next_day)] == [[STRANGER], [], [STRANGER]]


def test_nobody_overstays_by_a_clock_that_is_not_believed():
    assert over(entered(STRANGER), WALL + 400 * DAY, trusted=False)[1] == ()


def test_an_entry_by_a_clock_that_was_wrong_counts_from_now():
    for wrong_s in (5.0, WALL + 3650 * DAY):
        book, found = over(entered(STRANGER, wall_s=wrong_s), WALL)
        assert found == ()
        assert plates(over(book, WALL + 71 * HOUR)[1]) == []
        assert plates(over(book, WALL + 72 * HOUR)[1]) == [STRANGER]


class NaiveLedger:
    """Every passage in a list; the answers are found by going through all of it."""

    def __init__(self):
        self.inside = []  # (plate, entered)
        self.told = {}

    def enter(self, plate, wall_s):
        twice = plate is not None and any(one == plate for one, _ in self.inside)
        if twice:
            self.inside = [one for one in self.inside if one[0] != plate]
        self.inside.append((plate, wall_s))
        self.told.pop(plate, None)
        return twice

    def leave(self, plate):
        known = plate is not None and any(one == plate for one, _ in self.inside)
        wanted = plate if known else None
        gone = next((one for one in self.inside if one[0] == wanted), None)
        if gone is not None:
            self.inside.remove(gone)
        return plate is not None and not known


class LedgerMachine(RuleBasedStateMachine):
    """Cars come and go, read or unread, while the wall clock steps; what is remembered is booked beside."""

    def __init__(self):
        super().__init__()
        self.naive = NaiveLedger()
        self.ledger = Ledger()
        self.rows = []  # what the database holds: [plate, entered, left]
        self.wall_s = WALL

    PLATES = st.sampled_from([OWN, NEIGHBOUR, GUEST, STRANGER, None])

    @rule(plate=PLATES)
    def a_car_comes_in(self, plate):
        booked = ledger.enter(self.ledger, plate, "in", self.wall_s)
        assert ("entered_twice" in booked.notices) == self.naive.enter(plate, self.wall_s)
        self.remember(booked)

    @rule(plate=PLATES)
    def a_car_leaves(self, plate):
        booked = ledger.leave(self.ledger, plate, "out", self.wall_s)
        assert ("left_unseen" in booked.notices) == self.naive.leave(plate)
        self.remember(booked)

    @rule(seconds=st.floats(-400 * DAY, 400 * DAY))
    def the_clock_steps(self, seconds):
        self.wall_s += seconds

    @rule(trusted=st.booleans())
    def overstays_are_looked_for(self, trusted):
        inside = self.ledger.inside
        self.ledger, found = over(self.ledger, self.wall_s, trusted=trusted)
        assert self.ledger.inside == inside
        assert OWN not in plates(found)
        assert all(one.hours >= 72 for one in found)

    @precondition(lambda self: self.ledger.inside)
    @rule()
    def the_box_restarts(self):
        # Only open rows are left, the later of two of one plate.
        stays = {plate: Stay("in", entered_s) for plate, entered_s, left_s in self.rows if left_s is None}
        assert set(stays) == set(self.ledger.stays)
        self.ledger = Ledger(stays)

    def remember(self, booked):
        self.ledger = booked.ledger
        for one in booked.memory:
            if isinstance(one, Entered):
                self.rows.append([one.plate, one.wall_s, None])
                continue
            still = [row for row in self.rows if row[0] == one.plate and row[2] is None]
            if still:
                still[-1][2] = one.wall_s
            else:
                self.rows.append([one.plate, None, one.wall_s])

    @invariant()
    def nobody_is_lost_and_nobody_is_inside_twice(self):
        assert self.ledger.inside == len(self.naive.inside)
        read = {plate for plate, _ in self.naive.inside if plate is not None}
        assert {plate for plate in self.ledger.stays if not plate.startswith("?")} == read

    @invariant()
    def what_is_remembered_is_what_is_known(self):
        still = [plate for plate, _, left_s in self.rows if left_s is None]
        assert sorted(still) == sorted(self.ledger.stays)

    @invariant()
    def occupancy_is_the_number_of_stays(self):
        assert sum(ledger.occupancy(self.ledger, register()).values()) == self.ledger.inside


LedgerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLedgerAgainstANaiveOne = LedgerMachine.TestCase


def test_a_stay_that_was_told_of_is_not_changed_by_another_entry():
    book, _ = over(entered(STRANGER), WALL + 4 * DAY)
    after = entered(OWN, book=book)
    assert after.stays[STRANGER] == replace(book.stays[STRANGER])
