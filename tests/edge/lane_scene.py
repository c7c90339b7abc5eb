"""A gate in words: cars are read, stand on the contact, drive through; what the box does is gathered."""

from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from drivers.said import ContactChanged, DeviceLost, OrderDone
from edge.access import traffic
from edge.access.policy import AccessPolicy, LanePolicy
from edge.access.register import AccessRegister, Holder, Vehicle, VisitorPass
from edge.access.request import Order
from edge.access.stepping import Memory
from edge.access.traffic import Traffic
from edge.box_events import GuardAsked, OrderGiven, PassageDecided, VehiclePassed
from edge.clock import Moment
from edge.events import Box, FaceSeen, Observation, PlateRead, PresenceBegan, PresenceEnded

WALL = 1_795_000_000.0  # a Wednesday noon in November 2026
OWN, NEIGHBOUR, STRANGER, GUEST = "鄂F12345", "鄂F67890", "鄂A99999", "鄂B55555"
ADMITS = frozenset({"resident", "rented", "staff", "service"})


def lane(name="in", **changes):
    lane = LanePolicy(
        id=name, name=f"{name} lane", place="南门", cameras=frozenset({f"cam-{name}"}),
        barrier=f"arm-{name}", direction="out" if name == "out" else "in", admits=ADMITS,
        presence=("board", f"loop-{name}"),
    )  # fmt: skip
    return replace(lane, **changes)


def policy(*lanes, **changes):
    return AccessPolicy(
        timezone=ZoneInfo("Asia/Shanghai"), lanes={one.id: one for one in lanes or (lane(),)}, **changes
    )


def visitor(number=7, plate=GUEST, **changes):
    one = VisitorPass(
        id=number, name="来客", openings=frozenset({"in", "out"}), from_s=WALL - 3600, until_s=WALL + 3600,
        passes=1, plate=plate,
    )  # fmt: skip
    return replace(one, **changes)


def register(*vehicles, passes=(), holders=(), **changes):
    known = vehicles or (car(OWN, person="person/1"), car(NEIGHBOUR))
    return AccessRegister(
        holders={one.subject: one for one in (Holder("person/1", "张三", "resident"), *holders)},
        vehicles={one.plate: one for one in known},
        passes={one.id: one for one in passes},
        visiting_plates={
            plate: tuple(one.id for one in passes if one.plate == plate)
            for plate in {one.plate for one in passes}
        },
        **changes,
    )


def car(plate=OWN, **changes):
    return replace(Vehicle(id=1, plate=plate, owner="张三"), **changes)


def read(plate=OWN, *, at=0.0, camera="cam-in", track=1, reads=3, colour="blue", kind="civil"):
    return PlateRead(
        camera=camera, mono_s=at, track=track, text=plate, plate_type=kind, colour=colour, confidence=0.97,
        exact_reads=reads, box=Box(0.4, 0.4, 0.1, 0.1),
    )  # fmt: skip


@dataclass
class Gate:
    """The state of the lanes, the clock, and everything that came of what happened."""

    policy: AccessPolicy = field(default_factory=policy)
    register: AccessRegister = field(default_factory=register)
    state: Traffic = field(default_factory=lambda: traffic.resume("run-", {}, {}))
    mono_s: float = 1000.0
    wall_s: float = WALL
    trusted: bool = True
    followed: list[Observation] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)

    @property
    def now(self):
        return Moment(self.wall_s, self.mono_s, self.trusted)

    def see(self, observation):
        return self._take(traffic.observe(self.state, self.policy, self.register, observation, self.now))

    def wait(self, seconds, step=0.5):
        """Let time pass as the daemon does: in ticks."""
        until = self.mono_s + seconds
        while self.mono_s < until - 1e-9:
            past = min(step, until - self.mono_s)
            self.mono_s += past
            self.wall_s += past
            self._take(traffic.tick(self.state, self.policy, self.register, self.now))
        return self

    def reads(self, plate=OWN, lane="in", **how):
        age = how.pop("age", 0.1)
        return self.see(read(plate, at=self.mono_s - age, camera=f"cam-{lane}", **how))

    def loop(self, closed, lane="in", **how):
        contact = how.pop("contact", f"loop-{lane}")
        return self.see(
            ContactChanged(device="board", mono_s=self.mono_s, contact=contact, closed=closed, **how)
        )

    def idle(self, *lanes):
        """Let the contacts be read for the first time, with nobody there."""
        for name in lanes or self.policy.lanes:
            self.loop(False, name, first=True)
        return self

    def drives_on(self, lane="in", **how):
        return self.wait(1).loop(True, lane, **how)

    def drives_off(self, lane="in", **how):
        return self.wait(2).loop(False, lane, **how)

    def operator_raises(self, barrier="arm-in", order="hand-1", refused=None):
        what = {"what": "pulse:raise:700", "by": "operator/老王", "why": "送货"}
        self.see(OrderGiven(device=barrier, mono_s=self.mono_s, order=order, **what))
        return self.done(order, barrier, refused)

    def done(self, order, barrier="arm-in", refused=None):
        return self.see(
            OrderDone(device=barrier, mono_s=self.mono_s, order=order, refused=refused, took_s=0.1)
        )

    def obeyed(self, refused=None):
        """Have the barrier say what became of the last order."""
        return self.done(self.orders[-1].id, self.orders[-1].device, refused)

    def loses(self, device="board"):
        return self.see(
            DeviceLost(device=device, mono_s=self.mono_s, reason="modbus.silent", detail="", silent_s=3.0)
        )

    def face(self, subject, camera="wheel", track=1):
        return self.see(
            FaceSeen(
                camera=camera, mono_s=self.mono_s, track=track, subject=subject, similarity=0.6,
                frames_agreed=3, face_px=70, box=Box(0.4, 0.4, 0.1, 0.1),
            )
        )  # fmt: skip

    def vehicle(self, *, there, camera="cam-in", track=1):
        if there:
            return self.see(
                PresenceBegan(
                    camera=camera, mono_s=self.mono_s, track=track, what="vehicle", zone=None,
                    box=Box(0, 0, 1, 1),
                )
            )  # fmt: skip
        return self.see(
            PresenceEnded(
                camera=camera, mono_s=self.mono_s, track=track, what="vehicle", zone=None, lasted_s=5.0
            )
        )

    def restarted(self, prefix="next-"):
        """Return the gate as it is after the daemon was killed: only what is remembered is left."""
        inside = {plate: (stay.lane, stay.entered_wall_s) for plate, stay in self.state.ledger.stays.items()}
        state = traffic.resume(prefix, inside, self.state.uses, lockdown=self.state.lockdown)
        return replace(self, state=state, followed=[], orders=[], memory=[])

    @property
    def moves(self):
        """What the arms were told, in order: `raise`, `lower`."""
        return [getattr(order.what, "output", "open") for order in self.orders]

    @property
    def decided(self):
        return [one for one in self.followed if isinstance(one, PassageDecided)]

    @property
    def reasons(self):
        return [one.reason for one in self.decided]

    @property
    def passed(self):
        return [one for one in self.followed if isinstance(one, VehiclePassed)]

    @property
    def asked(self):
        return [(one.reason, one.plate) for one in self.followed if isinstance(one, GuardAsked)]

    def _take(self, stepped):
        self.state = stepped.state
        self.followed += stepped.followed
        self.orders += stepped.orders
        self.memory += stepped.memory
        return self
