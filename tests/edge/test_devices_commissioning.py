"""What is tried at a device, from the site file alone, and what counts as having happened."""

import typing

import msgspec
import pytest

from drivers.said import (
    CardPresented,
    CodeScanned,
    ContactChanged,
    DensityMeasured,
    DoorChanged,
    ExitRequested,
    PassageLogged,
    PatrolBadge,
    ZoneChanged,
    ZoneState,
)
from edge.control.messages import DeviceStanding, Done, Point
from edge.control.wording import worded
from edge.devices.commissioning import (
    CLIMB_S,
    HAND_S,
    MINUTE_S,
    Heard,
    Online,
    Ordered,
    Watched,
    steps,
)
from edge.devices.walkthrough import walk, within
from edge.orders import Open, Pulse, Signal, Turn
from edge.refusal import Refused
from edge.site.roster import roster
from edge.site.schema import Site

SITE = Site.model_validate(
    {
        "site": {"id": "s", "name": "小区"},
        "cameras": {
            "c": {"name": "c", "place": "c", "source": "b", "roles": ["plate"], "purpose": "security"}
        },
        "wires": {
            "doors": {
                "kind": "osdp", "port": "/dev/a",
                "readers": {
                    "north": {"name": "北门", "place": "p", "address": 0, "key_file": "k"},
                    "bare": {
                        "name": "侧门", "place": "p", "address": 1, "key_file": "k",
                        "door": {"contact_input": None, "exit_input": None},
                    },
                    "post": {"name": "岗亭", "place": "p", "address": 2, "key_file": "k", "door": None},
                },
            },
            "network": {
                "kind": "uhppote", "listen_host": "127.0.0.1",
                "controllers": {"club": {
                    "name": "会所", "place": "p", "serial": 1, "host": "127.0.0.1",
                    "doors": {"club-door": {"name": "会所门", "place": "p", "number": 1}},
                }},
            },
            "bus": {
                "kind": "modbus", "port": "/dev/b",
                "fences": {"fence": {
                    "name": "围栏", "place": "p", "unit": 1, "profile": "generic-16di",
                    "zones": {"1": {"name": "北段"}, "2": {"name": "南段"}},
                }},
                "relay_boards": {"board": {
                    "name": "板", "place": "p", "unit": 2,
                    "outputs": {
                        "l": {"channel": 0}, "m": {"channel": 1}, "up": {"channel": 2},
                        "down": {"channel": 3}, "s": {"channel": 4}, "t": {"channel": 5},
                        "lamp": {"channel": 6, "longest_ms": 400},
                    },
                    "contacts": {
                        "door": {"address": 0}, "loop": {"address": 1, "name": "地感"},
                        "fire": {"address": 2},
                    },
                    "locks": {
                        "side": {"name": "侧门", "place": "p", "output": "l", "door_contact": "door"},
                        "back": {"name": "后门", "place": "p", "output": "m"},
                    },
                    "barriers": {"arm": {
                        "name": "道闸", "place": "p", "raise_output": "up", "lower_output": "down",
                        "guards": ["loop"],
                    }},
                    "sounders": {"horn": {"name": "警号", "place": "p", "outputs": ["s", "t"]}},
                }},
            },
            "blind": {
                "kind": "modbus", "port": "/dev/c",
                "relay_boards": {"other": {
                    "name": "板", "place": "p", "unit": 2,
                    "outputs": {"up": {"channel": 0}, "down": {"channel": 1}},
                    "barriers": {"gate": {
                        "name": "道闸", "place": "p", "raise_output": "up", "lower_output": "down",
                    }},
                }},
            },
            "air": {
                "kind": "probe-udp", "listen_host": "127.0.0.1", "listen_port": 9,
                "probes": {"probe": {"name": "探针", "place": "p"}},
            },
            "patrol": {
                "kind": "patrol-serial", "port": "/dev/d",
                "readers": {"point": {"name": "巡查点", "place": "p"}},
            },
            "codes": {
                "kind": "qr-serial", "port": "/dev/e",
                "scanners": {"scanner": {"name": "扫码器", "place": "p"}},
            },
            "domes": {
                "kind": "onvif",
                "cameras": {"dome": {
                    "name": "球机", "place": "p", "host": "127.0.0.1",
                    "presets": {"lane": {"name": "车道", "preset": "1"}},
                }},
            },
            "theirs": {
                "kind": "extension", "driver": "x", "devices": {"bell": {"name": "锣", "place": "p"}},
            },
        },
        "uplink": {"mqtt": {"host": "127.0.0.1", "tls": False}},
        "storage": {"directory": "."},
    }
)  # fmt: skip
ROSTER = roster(SITE.wires)
AT = {"mono_s": 100.0}


def plan(device):
    return steps(SITE, ROSTER[device])


def in_short(device):
    """Return a plan as its orders, and the names of what is waited for."""
    return [
        step.what if isinstance(step, Ordered) else step.says.key.removeprefix("devices.step_")
        for step in plan(device)
    ]


@pytest.mark.parametrize(
    ("device", "planned"),
    [
        ("north", ["online", "card", Signal("granted"), Open(3000), "open", "close", "exit"]),
        ("bare", ["online", "card", Signal("granted"), Open(3000)]),
        ("post", ["online", "card", Signal("granted")]),
        ("club", ["online"]),
        ("club-door", ["online", "card", Open(3000), "open", "close"]),
        ("fence", ["online", "zone", "mend", "zone", "mend"]),
        # Outputs and contacts of locks, barriers and sounders are tried with these, never as bare relays.
        ("board", ["online", Pulse("lamp", 400), "contact_closed", "contact_open"]),
        ("side", ["online", Open(3000), "open", "close"]),
        ("back", ["online", Open(3000)]),
        ("arm", ["online", Pulse("raise", 700), "contact_closed", "contact_open", Pulse("lower", 700)]),
        # Nobody could tell whether a car stands below: the driver would refuse to lower it.
        ("gate", ["online", Pulse("raise", 700)]),
        ("horn", ["online", Pulse("s", 1000), Pulse("t", 1000)]),
        ("probe", ["online", "probe"]),
        ("point", ["online", "tag"]),
        ("bell", ["online", "extension"]),
        ("dome", ["online", Turn("lane")]),
    ],
)
def test_each_kind_of_device_is_tried_in_all_that_it_has(device, planned):
    assert in_short(device) == planned


def test_every_device_of_a_site_has_a_plan_that_both_languages_tell():
    for device in ROSTER:
        for step in plan(device):
            assert worded(step.says, "zh-CN") != worded(step.says, "en")


def sees(device, key):
    return next(s.sees for s in plan(device) if s.says.key == f"devices.step_{key}")


@pytest.mark.parametrize(
    ("device", "step", "seen", "said"),
    [
        ("north", "card", CardPresented(device="north", bits=26, data=b"\xab", number=7, facility=3, **AT),
         "card 7, facility 3, 26 bits (ab)"),
        ("north", "card", CardPresented(device="north", bits=34, data=b"\xab", number=7, **AT),
         "card 7, 34 bits (ab)"),
        ("north", "card", CardPresented(device="north", bits=5, data=b"\xa8", **AT),
         "a card of 5 bits (a8), of a format that is not known"),
        ("north", "card", ExitRequested(device="north", **AT), None),
        ("north", "exit", ExitRequested(device="north", **AT), "exit button pressed"),
        ("north", "open", DoorChanged(device="north", position="open", **AT), "open"),
        ("north", "open", DoorChanged(device="north", position="closed", **AT), None),
        ("north", "open", DoorChanged(device="north", position="unknown", **AT), None),
        ("north", "close", DoorChanged(device="north", position="closed", **AT), "closed"),
        ("club-door", "card",
         PassageLogged(device="club-door", index=1, card=7, granted=True, reason="", **AT),
         "card 7, let through"),
        ("arm", "contact_closed", ContactChanged(device="arm", contact="loop", closed=True, **AT),
         "地感 closed"),
        ("arm", "contact_closed", ContactChanged(device="arm", contact="loop", closed=False, **AT), None),
        ("board", "contact_closed", ContactChanged(device="board", contact="loop", closed=True, **AT), None),
        ("point", "tag", PatrolBadge(device="point", tag="0A", **AT), "tag 0A"),
        ("scanner", "scan", CodeScanned(device="scanner", text="MW1.x", **AT), "a code, which is not shown"),
        ("scanner", "scan", PatrolBadge(device="scanner", tag="0A", **AT), None),
    ],
)  # fmt: skip
def test_what_is_waited_for_is_known_when_it_comes(device, step, seen, said):
    told = sees(device, step)(seen)
    assert (None if told is None else worded(told, "en")) == said


@pytest.mark.parametrize("state", typing.get_args(ZoneState))
def test_a_zone_is_tried_by_any_state_that_is_not_right_and_mended_by_the_right_one_only(state):
    seen = ZoneChanged(device="fence", zone="1", state=state, **AT)
    other = ZoneChanged(device="fence", zone="2", state=state, **AT)
    neither = state in {"bypassed", "unknown"}
    assert (sees("fence", "zone")(seen) is not None) == (not neither and state != "normal")
    assert (sees("fence", "mend")(seen) is not None) == (state == "normal")
    assert sees("fence", "zone")(other) is sees("fence", "mend")(other) is None


def test_waits_are_as_long_as_things_take_and_may_all_be_given():
    waits = {type(s): s.within_s for d in ("point", "probe") for s in plan(d) if not isinstance(s, Online)}
    assert waits == {Watched: HAND_S, Heard: MINUTE_S}
    assert {s.within_s for s in plan("fence") if isinstance(s, Watched)} == {CLIMB_S}
    for device in ROSTER:
        for step in within(plan(device), 5.0):
            if isinstance(step, Watched | Heard):
                assert step.within_s == 5.0
                assert getattr(step, "before", None) is None or step.before.within_s == 5.0
    untouched = plan("north")
    assert within(untouched, None) == untouched


class Play:
    """A box and a person that follow a script, on a clock that only they turn."""

    def __init__(self, device, says=(), answers=(), points=(), online=True, words=(0,), orders=()):
        self.now_s = 100.0
        self.says = list(says)
        self.answers = list(answers)
        self.words = list(words)
        self.orders = list(orders)
        self.given = []
        self.heard = []
        self.stands = DeviceStanding(
            device=device, name="北门", place="p", kind="reader", wire="doors", online=online,
            last_word_age_s=0.1, words=0, malformed=0, reconnects=0,
            reason=None if online else "door.silent", detail="OSDP 0", condition=None,
            points=tuple(Point(point=p, name="", state=s, since_wall_s=None) for p, s in points),
        )  # fmt: skip

    def mono(self):
        return self.now_s

    def standing(self):
        words = self.words.pop(0) if len(self.words) > 1 else self.words[0]
        return msgspec.structs.replace(self.stands, words=words)

    def order(self, what):
        self.given.append(what)
        became = self.orders.pop(0) if self.orders else None
        if isinstance(became, Exception):
            raise became
        return Done("o", became, 0.1)

    def next(self, within_s):
        if not self.says:
            self.now_s += within_s
            return None
        after_s, seen = self.says.pop(0)
        self.now_s += after_s
        # What is written down for another moment keeps it.
        return msgspec.structs.replace(seen, mono_s=self.now_s) if seen.mono_s == AT["mono_s"] else seen

    def told(self, says, within_s):
        self.heard.append(says.key.removeprefix("devices.step_"))

    def asked(self, says):
        self.heard.append(says.key.removeprefix("devices.step_"))
        return self.answers.pop(0)

    def walk(self, *plan):
        return list(walk(plan, self, self, self.mono))


def of(device, *names):
    return [s for s in plan(device) if s.says.key.removeprefix("devices.step_") in names]


OPENED = DoorChanged(device="north", position="open", **AT)
CLOSED = DoorChanged(device="north", position="closed", **AT)


def test_what_happens_in_time_has_passed_with_the_time_it_took():
    play = Play("north", says=[(2.5, CLOSED), (1.0, OPENED)])
    (result,) = play.walk(*of("north", "open"))
    assert (result.passed, result.took_s) == (True, 3.5)


def test_what_does_not_happen_in_time_has_not_passed():
    play = Play("north")
    (result,) = play.walk(*of("north", "open"))
    assert (result.passed, result.took_s) == (False, HAND_S)
    assert worded(result.seen, "en") == "nothing within 30 s"


@pytest.mark.parametrize(
    "stale",
    [
        DoorChanged(device="north", position="open", mono_s=99.0),
        DoorChanged(device="north", position="open", mono_s=101.0, first=True),
        DoorChanged(device="north", position="open", mono_s=101.0, late_s=60.0),
    ],
)
def test_what_happened_before_or_was_only_read_is_not_what_is_waited_for(stale):
    (result,) = Play("north", says=[(1.0, stale)]).walk(*of("north", "open"))
    assert not result.passed


def test_what_a_controller_fetched_a_moment_later_counts():
    seen = PassageLogged(
        device="club-door", index=1, card=7, granted=False, reason="", mono_s=103.0, late_s=4.0
    )
    (result,) = Play("club-door", says=[(3.0, seen)]).walk(*of("club-door", "card"))
    assert result.passed


@pytest.mark.parametrize(
    ("points", "heard"),
    [
        ([("position", "open")], ["close", "open"]),
        ([("position", "closed")], ["open"]),
        ([], ["open"]),
    ],
)
def test_a_door_that_stands_open_is_closed_before_it_is_opened(points, heard):
    play = Play("north", says=[(1.0, CLOSED), (1.0, OPENED)], points=points)
    assert all(result.passed for result in play.walk(*of("north", "open")))
    assert play.heard == heard


def test_a_device_that_is_not_heard_has_not_passed_and_says_why():
    (fine,) = Play("north").walk(Online())
    (lost,) = Play("north", online=False).walk(Online())
    assert (fine.passed, lost.passed) == (True, False)
    assert "北门 does not answer (OSDP 0)" in worded(lost.seen, "en")


@pytest.mark.parametrize("answer", [True, False])
def test_whether_it_did_is_for_the_person_to_say(answer):
    play = Play("north", answers=[answer])
    (result,) = play.walk(*of("north", "lock"))
    assert (result.passed, play.given) == (answer, [Open(3000)])


def test_once_more_gives_the_order_once_more():
    play = Play("north", answers=[None, None, True])
    (result,) = play.walk(*of("north", "lock"))
    assert (result.passed, play.given) == (True, [Open(3000)] * 3)


def test_nobody_is_asked_about_an_order_that_was_not_carried_out():
    play = Play("north", orders=["door.no_answer", Refused("control.not_able", "{device}", device="north")])
    lock = of("north", "lock")
    unconfirmed, refused = play.walk(*lock, *lock)
    assert (unconfirmed.passed, refused.passed, play.heard) == (False, False, [])
    assert "did not confirm" in worded(unconfirmed.seen, "en")
    assert worded(refused.seen, "en") == "north cannot do that"


def test_a_reason_that_the_catalogue_lacks_is_told_by_its_key():
    play = Play("north", orders=["gong.cracked", Refused("gong.gone", "{x}", x=1)])
    lock = of("north", "lock")
    for result in play.walk(*lock, *lock):
        assert worded(result.seen, "zh-CN").startswith("gong.")


def test_a_daemon_that_ended_ends_the_test():
    play = Play("north", orders=[Refused("control.gone", "gone")])
    with pytest.raises(Refused, match="gone"):
        play.walk(*of("north", "lock"))


def test_a_probe_passes_by_its_minute_or_by_any_word():
    minute = DensityMeasured(device="probe", minute_s=0, devices=9, near=2, frames=30, **AT)
    (by_minute,) = Play("probe", says=[(0.5, minute)]).walk(*of("probe", "probe"))
    (by_word,) = Play("probe", words=[5, 5, 5, 8]).walk(*of("probe", "probe"))
    (silent,) = Play("probe", words=[5]).walk(*of("probe", "probe"))
    assert worded(by_minute.seen, "en") == "9 devices in a minute, 2 of them near"
    assert worded(by_word.seen, "en") == "3 words"
    assert (by_minute.passed, by_word.passed, silent.passed) == (True, True, False)
    assert silent.took_s == MINUTE_S
