"""Who may pass, once more and naively: a diary of all that happened, read from its beginning each time.

It shares no code with `edge.access` but the values of policy and register. Slow and obvious on purpose.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

FRESH_S = 3.0
LATE_OPENING_S = 2.0


def is_open(schedule, holidays, zone, wall_s):
    """Lay out every span of three days on the clock's face and look whether one holds the moment."""
    face = datetime.fromtimestamp(wall_s, UTC).astimezone(zone).replace(tzinfo=None)
    for back in (0, 1):
        day = face.date() - timedelta(days=back)
        spans = schedule.holiday if day in holidays else schedule.week[day.weekday()]
        midnight = datetime.combine(day, clock_time())
        for span in spans:
            begin = midnight + timedelta(minutes=span.begin_min)
            end = midnight + timedelta(minutes=span.end_min)
            if end <= begin:
                end += timedelta(days=1)
            if begin <= face < end:
                return True
    return False


@dataclass
class Entry:
    """A line of the diary."""

    what: str
    door: str = ""
    mono_s: float = 0.0
    subject: str | None = None
    factor: str = ""
    good: bool = True
    live: bool = False


@dataclass
class Reference:
    """The diary and the questions to it. A question answers "yes", "no" or "more"."""

    policy: object
    register: object
    doors: dict[str, list[Entry]] = field(default_factory=dict)
    people: dict[str, list[Entry]] = field(default_factory=dict)
    modes: list[bool] = field(default_factory=list)
    wall_s: float = 0.0
    mono_s: float = 0.0
    trusted: bool = True

    def _write(self, what, door, subject=None, factor="", *, good=True, live=False):
        entry = Entry(what, door, self.mono_s, subject, factor, good, live)
        self.doors.setdefault(door, []).append(entry)
        self.people.setdefault(subject, []).append(entry)

    # What happens

    def shown(self, door, factor, subject, *, good, live=False):
        """Somebody shows something: ask, write down what was answered and who was let pass."""
        here = Entry("shown", door, self.mono_s, subject, factor, good, live)
        people = self._people_for(here)
        answer = self._answer(here, people)
        self._write("shown", door, subject, factor, good=good, live=live)
        if factor == "pin" and not good and not self._keypad_stopped(door):
            self._write("wrong", door)
        if answer == "second":
            self._write("first", door, subject)
        if answer == "yes":
            for person in people:
                self._write("granted", door, person)
                if not self.policy.doors[door].has_contact or self._position(door) == "open":
                    self._write("went", door, person)
        if answer != "more":
            self._write("answered", door)
        return {"second": "more"}.get(answer, answer)

    def position(self, door, position):
        """A door is told open, closed or lost."""
        if position == "open" and self._position(door) != "open":
            for person in self._awaited(door):
                self._write("went", door, person)
        self._write(position, door)

    def lockdown(self, on):
        """The site is locked down, or no more."""
        self.modes.append(on)

    # Questions

    def _people_for(self, here):
        """The first of two, where one waits at a two-person door, and who asks now."""
        if not self._asks_for_two(here.door) or here.subject is None:
            return [here.subject]
        first = self._waiting_first(here.door)
        if first is None or first == here.subject:
            return [here.subject]
        return [first, here.subject]

    def _answer(self, here, people):
        everything = self._all_shown(here)
        if self._locked_down_for(here.subject):
            return "no"
        if self._keypad_stopped(here.door) and any(one.factor == "pin" for one in everything):
            return "no"
        if not all(one.good for one in everything):
            return "no"
        if any(one.subject != here.subject for one in everything):
            return "no"
        if self._is_nobody(here.subject) or self._is_barred(here.subject):
            return "no"
        factors = {one.factor for one in everything}
        ways = [set(way) for way in self.policy.doors[here.door].ways]
        if not any(one.live for one in everything):
            ways = [way for way in ways if way != {"face"}]
        if not any(way <= factors for way in ways):
            return "more" if any(way & factors for way in ways) else "no"
        if not self._personally(here.door, here.subject):
            return "no"
        if not self._interlock_free(here.door):
            return "no"
        alone = len(people) < 2 or not self._still(here.door, people[0])
        return "second" if alone and self._asks_for_two(here.door) else "yes"

    def _all_shown(self, here):
        """What was shown there since the last answer, in time, and not pushed aside by another card."""
        door = self.policy.doors[here.door]
        kept = []
        for one in self._at(here.door):
            if one.what in {"answered", "first"}:
                kept = []
            if one.what == "shown":
                kept = self._after(kept, one)
        kept = self._after(kept, here)
        return [one for one in kept if self.mono_s - one.mono_s <= door.within_s]

    def _after(self, kept, one):
        if one.factor in {"card", "qr"}:
            kept = [other for other in kept if other.subject == one.subject]
        return [*(other for other in kept if other.factor != one.factor), one]

    def _locked_down_for(self, subject):
        if not self.modes or not self.modes[-1]:
            return False
        holder = self.register.holders.get(subject)
        return holder is None or holder.kind not in self.policy.lockdown_admits

    def _keypad_stopped(self, door):
        stopped_until, wrong = -1.0, []
        for one in self._at(door):
            if one.what == "wrong":
                wrong = [at for at in wrong if one.mono_s - at < 300] + [one.mono_s]
                if len(wrong) == 5:
                    stopped_until, wrong = one.mono_s + 300, []
        return self.mono_s < stopped_until

    def _is_nobody(self, subject):
        return subject not in self.register.holders and self._pass(subject) is None

    def _pass(self, subject):
        for one in self.register.passes.values():
            if subject == f"visitor/{one.id}":
                return one
        return None

    def _is_barred(self, subject):
        until = self.register.barred.get(subject)
        return until is not None and (not self.trusted or self.wall_s < until)

    def _still(self, door, subject):
        return (
            not self._locked_down_for(subject)
            and not self._is_nobody(subject)
            and not self._is_barred(subject)
            and self._personally(door, subject)
        )

    def _personally(self, door, subject):
        return self._has_right(door, subject) and self._not_passed_back(door, subject)

    def _at(self, door):
        return self.doors.get(door, [])

    def _names(self, door):
        return {door, *self.policy.doors[door].groups}

    def _has_right(self, door, subject):
        visitor = self._pass(subject)
        if visitor is not None:
            used = len([one for one in self.people.get(subject, []) if one.what == "granted"])
            return (
                bool(set(visitor.openings) & self._names(door))
                and not visitor.cancelled
                and self.trusted
                and visitor.from_s <= self.wall_s < visitor.until_s
                and used < visitor.passes
            )
        holder = self.register.holders[subject]
        said = [one for one in holder.allowances if one.opening in self._names(door)]
        in_time = [one for one in said if one.from_s <= self.wall_s < one.until_s]
        if not self.trusted:
            if any(not one.allow for one in said):
                return False
        else:
            if any(not one.allow for one in in_time):
                return False
            if in_time:
                return True
        return any(self._right_holds(right, holder, door) for right in self.policy.rights)

    def _right_holds(self, right, holder, door):
        asks = [
            not right.openings or bool(set(right.openings) & self._names(door)),
            not right.kinds or holder.kind in right.kinds,
            not right.buildings or bool(set(right.buildings) & set(holder.buildings)),
            not right.organisations or bool(set(right.organisations) & set(holder.organisations)),
            right.schedule is None or self._hours(right.schedule),
        ]
        return all(asks)

    def _hours(self, name):
        if not self.trusted:
            return False
        schedule = self.policy.schedules[name]
        return is_open(schedule, self.policy.holidays, self.policy.timezone, self.wall_s)

    def _not_passed_back(self, door, subject):
        rule = self.policy.doors[door].anti_passback
        if rule is None or rule.mode == "soft":
            return True
        gone = [one for one in self.people.get(subject, []) if one.what == "went"]
        if rule.mode == "timed":
            here = [one for one in gone if one.door == door]
            return not here or self.mono_s - here[-1].mono_s >= rule.minutes * 60
        leading = [one for one in gone if self.policy.doors[one.door].anti_passback is not None]
        return not leading or (self.policy.doors[leading[-1].door].anti_passback.to_area == rule.from_area)

    def _position(self, door):
        told = [one.what for one in self._at(door) if one.what in _POSITIONS]
        return told[-1] if told else "lost"

    def _awaited(self, door):
        """Who was let pass there and has not gone through: nobody goes through twice with one grant."""
        pulse_s = self.policy.doors[door].open_ms / 1000
        people = []
        for one in self._at(door):
            if one.what == "granted" and self.mono_s - one.mono_s <= pulse_s + LATE_OPENING_S:
                people.append(one.subject)
            if one.what == "went" and one.subject in people:
                people = [person for person in people if person != one.subject]
        return list(dict.fromkeys(people))

    def _interlock_free(self, door):
        for other in self.policy.doors.values():
            if door not in other.interlocked and other.id not in self.policy.doors[door].interlocked:
                continue
            if self._position(other.id) != "closed":
                return False
            pulse_s = other.open_ms / 1000
            for one in self._at(other.id):
                if one.what == "granted" and self.mono_s - one.mono_s < pulse_s:
                    return False
        return True

    def _asks_for_two(self, door):
        schedule = self.policy.doors[door].two_persons
        return schedule is not None and (not self.trusted or self._hours(schedule))

    def _waiting_first(self, door):
        waiting = None
        for one in self._at(door):
            if one.what == "first":
                waiting = one
            if one.what == "granted":
                waiting = None
        if waiting is None or self.mono_s - waiting.mono_s > 30:
            return None
        return waiting.subject


_POSITIONS = {"open", "closed", "lost"}
