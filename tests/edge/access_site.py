"""A small compound for tests of doors: people, doors, a clock turned by hand, a hand for every event."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from drivers.said import CardPresented, DoorChanged, OrderDone
from edge import catalogue
from edge.access import passing
from edge.access.passing import Passing
from edge.access.policy import AccessPolicy, DoorPolicy, Right, Schedule
from edge.access.register import AccessRegister, Card, Holder, Pin, VisitorPass
from edge.access.showing import code_of
from edge.access.stepping import Stepped
from edge.box_events import FaceProven, PassageDecided, PassScanned, PinTyped
from edge.clock import ManualClock, Moment
from edge.events import Box as PictureBox
from edge.events import FaceSeen
from edge.linkage.hours import parse_hours
from edge.orders import Open, Signal

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=ZONE).timestamp()

WANG, LI, ZHAO, GUARD = "person/1", "person/2", "person/3", "person/9"
EVERYBODY = Right(frozenset(), frozenset(), frozenset(), frozenset(), None)


def weekly(name, *hours, holiday=()):
    """Return a schedule with the same hours on every weekday."""
    day = tuple(parse_hours(text) for text in hours)
    return Schedule(name, name, (day,) * 7, tuple(parse_hours(text) for text in holiday))


def door(name="north", *ways, **wishes):
    ways = ways or (frozenset({"card"}),)
    return DoorPolicy(id=name, name=name, place="北门", ways=tuple(map(frozenset, ways)), **wishes)


def policy(*doors, **wishes):
    wishes.setdefault("rights", (EVERYBODY,))
    return AccessPolicy(timezone=ZONE, doors={one.id: one for one in doors or (door(),)}, **wishes)


def holder(subject, kind="resident", **more):
    return Holder(subject, subject, kind, **more)


def card_at(device, number, mono_s=0.0, **more):
    return CardPresented(
        device=device, mono_s=mono_s, bits=26, data=b"\0\0\0\0", facility=1, number=number, **more
    )


def code(number):
    return code_of(card_at("any", number))


def register(**more):
    """Three people with a card each (numbered as they are) and a PIN; a guard; whatever `more` says."""
    people = {s: holder(s) for s in (WANG, LI, ZHAO)} | {GUARD: holder(GUARD, "official")}
    cards = {code(int(s.split("/")[1])): Card(int(s.split("/")[1]), s) for s in people}
    pins = {s: (Pin(int(s.split("/")[1]), "hash"), Pin(100, "hash", duress=True)) for s in people}
    known = AccessRegister(holders=people, cards=cards, pins=pins)
    for name, values in more.items():
        known = replace(known, **{name: {**getattr(known, name), **values}})
    return known


def visitor_pass(number=5, doors=("north",), passes=1, hours=2.0, **more):
    return VisitorPass(
        number, "访客", frozenset(doors), MONDAY_NOON - 3600, MONDAY_NOON + hours * 3600, passes, **more
    )


@dataclass
class Compound:
    """Doors in use. What a call brings is returned; everything that ever came is in `history`."""

    policy: AccessPolicy = field(default_factory=policy)
    register: AccessRegister = field(default_factory=register)
    state: Passing = field(default_factory=lambda: Passing("t"))
    clock: ManualClock = field(default_factory=lambda: ManualClock(MONDAY_NOON, 1000.0))
    trusted: bool = True
    history: list[Stepped[Passing]] = field(default_factory=list)

    @property
    def now(self):
        return Moment(self.clock.wall(), self.clock.mono(), self.trusted)

    def observe(self, seen):
        return self._took(passing.observe(self.state, self.policy, self.register, seen, self.now))

    def tick(self, seconds=0.0):
        """Let time run on in steps of a second, as the daemon does; return what all of them brought."""
        brought = []
        for _ in range(max(1, round(seconds))):
            self.clock.advance(min(seconds, 1.0))
            brought.append(self.tick_once())
        return Stepped(
            self.state,
            followed=tuple(f for one in brought for f in one.followed),
            orders=tuple(o for one in brought for o in one.orders),
            memory=tuple(m for one in brought for m in one.memory),
        )

    def tick_once(self):
        return self._took(passing.tick(self.state, self.policy, self.register, self.now))

    def card(self, number, at="north", **more):
        return self.observe(card_at(at, number, self.clock.mono(), **more))

    def pin(self, subject, at="north", credential=None, **more):
        number = None if subject is None else int(subject.split("/")[1])
        credential = None if more.get("problem") else (credential or number)
        return self.observe(
            PinTyped(device=at, mono_s=self.clock.mono(), subject=subject, credential=credential, **more)
        )

    def scan(self, visitor, at="north", **more):
        return self.observe(PassScanned(device=at, mono_s=self.clock.mono(), visitor=visitor, **more))

    def face(self, subject, camera="cam", similarity=0.9, frames=5):
        return self.observe(
            FaceSeen(
                camera=camera,
                mono_s=self.clock.mono(),
                track=1,
                subject=subject,
                similarity=similarity,
                frames_agreed=frames,
                face_px=80,
                box=PictureBox(0, 0, 1, 1),
            )
        )

    def proven(self, subject, at="north", by="terminal"):
        return self.observe(FaceProven(device=at, mono_s=self.clock.mono(), subject=subject, by=by))

    def door(self, position, at="north", **more):
        return self.observe(DoorChanged(device=at, mono_s=self.clock.mono(), position=position, **more))

    def done(self, order, at="north", refused=None):
        return self.observe(
            OrderDone(device=at, mono_s=self.clock.mono(), order=order, refused=refused, took_s=0.1)
        )

    def walk_through(self, at="north"):
        """Open the door and close it again."""
        opened = self.door("open", at)
        self.clock.advance(1)
        self.door("closed", at)
        return opened

    def _took(self, stepped):
        self.state = stepped.state
        for told in stepped.followed:
            if isinstance(told, PassageDecided):
                explained(told)
        self.history.append(stepped)
        return stepped


def explained(told):
    """Return a decision in both languages; nothing is decided that a guard could not be told."""
    return [
        [
            catalogue.text(f"access.reason_{told.reason}", language),
            *(catalogue.text(f"access.notice_{notice}", language) for notice in told.notices),
            *(catalogue.text(f"access.check_{check.name}", language, **check.values) for check in told.trace),
        ]
        for language in ("zh-CN", "en")
    ]


def decision(stepped):
    """Return the one decision that came."""
    (found,) = [one for one in stepped.followed if isinstance(one, PassageDecided)]
    return found


def reason(stepped):
    return decision(stepped).reason


def opened(stepped):
    """Return the doors that were ordered to open."""
    return [order.device for order in stepped.orders if isinstance(order.what, Open)]


def signals(stepped):
    return [order.what.answer for order in stepped.orders if isinstance(order.what, Signal)]
