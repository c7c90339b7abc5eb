"""A compound with a door for every policy, for random walks and for a simulated day."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from edge.access.policy import AntiPassback, Right
from edge.access.register import Allowance, Card
from edge.box_events import ModeSet
from tests.edge.access_reference import Reference
from tests.edge.access_site import (
    ZONE,
    Compound,
    code,
    decision,
    door,
    holder,
    policy,
    register,
    signals,
    visitor_pass,
    weekly,
)

HOLIDAY = date(2026, 11, 25)
# Tuesday, the eve of the holiday.
EVE = datetime(2026, 11, 24, 20, tzinfo=ZONE).timestamp()
GATES = frozenset({"gates"})
DOORS = (
    door("in", {"card"}, {"qr"}, groups=GATES, anti_passback=AntiPassback("hard", "street", "yard")),
    door("out", {"card"}, {"qr"}, groups=GATES, anti_passback=AntiPassback("hard", "yard", "street")),
    door(
        "side",
        {"card"},
        groups=GATES,
        anti_passback=AntiPassback("soft", "street", "yard"),
        has_contact=False,
    ),
    door("terminal", {"face"}, {"card"}, liveness=frozenset({"terminal"})),
    door("lock1", {"card"}, interlocked=frozenset({"lock2"})),
    door("lock2", {"card"}),
    door("vault", {"card", "pin"}, two_persons="day"),
    door("office", {"pin"}, {"card", "pin"}, anti_passback=AntiPassback("timed", "yard", "yard", minutes=5)),
)
SCHEDULES = {
    "day": weekly("day", "08:00-18:00"),
    "night": weekly("night", "22:00-06:00", holiday=("10:00-12:00", "23:00-01:00")),
}
RIGHTS = (
    Right(frozenset({"resident"}), frozenset(), frozenset(), frozenset(), None),
    Right(frozenset({"staff"}), frozenset(), frozenset(), frozenset({"gates", "lock1"}), "night"),
    Right(frozenset({"staff"}), frozenset(), frozenset(), frozenset({"vault", "office"}), "day"),
    Right(frozenset({"official"}), frozenset(), frozenset(), frozenset(), None),
)
POLICY = policy(*DOORS, rights=RIGHTS, schedules=SCHEDULES, holidays=frozenset({HOLIDAY}))


def people(count, night_owls=2):
    """Return so many people, the last of them staff, with a card and a PIN each."""
    known = register()
    subjects = [f"person/{number}" for number in range(1, count + 1)]
    staff = set(subjects[-night_owls:])
    holders = {s: holder(s, "staff" if s in staff else "resident") for s in subjects}
    forbidden = Allowance("gates", allow=False, from_s=EVE + 3600, until_s=EVE + 7200)
    allowed = Allowance("gates", allow=True, from_s=EVE, until_s=EVE + 1800)
    holders[subjects[0]] = replace(holders[subjects[0]], allowances=(forbidden,))
    holders[subjects[-1]] = replace(holders[subjects[-1]], allowances=(allowed,))
    cards = {code(number): Card(number, f"person/{number}") for number in range(1, count + 1)}
    passes = {
        number: replace(
            visitor_pass(number, ("gates",), passes=1 + number % 3), from_s=EVE, until_s=EVE + 14_400
        )
        for number in range(1, 6)
    }
    pins = {s: known.pins[known_as] for s, known_as in zip(subjects, [*known.pins] * count, strict=False)}
    return replace(
        known,
        holders=holders,
        cards=cards,
        passes=passes,
        pins=pins,
        barred={subjects[1]: EVE + 5400},
    )


class Pair:
    """The doors and the reference, side by side: everything happens to both, every answer is compared."""

    def __init__(self, count=4):
        self.doors = Compound(POLICY, people(count))
        self.doors.clock.wall_s = EVE
        self.naive = Reference(POLICY, self.doors.register)
        self.reasons = Counter()
        self._agree_on_time()

    def card(self, at, number):
        known = code(number) in self.doors.register.cards
        came = self.doors.card(number, at)
        self._compare(came, at, "card", f"person/{number}" if known else None, good=known)

    def pin(self, at, number, *, right=True):
        subject = f"person/{number}"
        pin = self.doors.register.pins[subject][0]
        came = self.doors.pin(subject, at, pin.id, problem=None if right else "wrong_pin")
        self._compare(came, at, "pin", subject, good=right)

    def face(self, at, number, by):
        came = self.doors.proven(f"person/{number}", at, by)
        self._compare(came, at, "face", f"person/{number}", good=True, live=by == "terminal")

    def scan(self, at, visitor):
        came = self.doors.scan(visitor, at)
        if not came.followed:
            return  # held on before the scanner: nobody asked anew
        known = visitor in self.doors.register.passes
        self._compare(came, at, "qr", f"visitor/{visitor}", good=known)

    def position(self, at, position):
        self.naive.position(at, "lost" if position == "unknown" else position)
        self.doors.door(position, at)

    def lockdown(self, on):
        self.naive.lockdown(on)
        self.doors.observe(ModeSet(mode="lockdown", on=on, by="a", why="b", mono_s=self.doors.clock.mono()))

    def is_inside(self, number):
        return self.doors.state.whereabouts.get(f"person/{number}") == "yard"

    def wait(self, seconds):
        self.doors.clock.advance(seconds)
        self.doors.tick_once()
        self._agree_on_time()

    def step_clock(self, seconds):
        self.doors.clock.step_wall(seconds)
        self._agree_on_time()

    def trust(self, trusted):
        self.doors.trusted = self.naive.trusted = trusted

    def _agree_on_time(self):
        self.naive.wall_s, self.naive.mono_s = self.doors.clock.wall(), self.doors.clock.mono()

    def _compare(self, came, at, factor, subject, *, good, live=False):
        told = decision(came)
        ours = "yes" if told.granted else ("more" if "wait" in signals(came) else "no")
        naive = self.naive.shown(at, factor, subject, good=good, live=live)
        assert (ours, told.reason) == (naive, told.reason), (at, factor, subject)
        self.reasons[told.reason] += 1
