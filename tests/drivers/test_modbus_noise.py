"""A line on which every fifth byte is garbled: frame by frame, nothing that did not happen is ever told.

MENWEI_FUZZ_FRAMES says how many answers each test garbles; a soak gives a million.
"""

import os
from dataclasses import dataclass, field

import numpy as np
import pytest

from drivers.base import Malformed
from drivers.fences.host import FenceStation, FenceWiring
from drivers.fences.profile_files import load
from drivers.modbus import presence
from drivers.modbus.frames import Rejected, decode, encode
from drivers.modbus.presence import Presence
from drivers.said import ArmedChanged, PowerChanged, TamperChanged, ZoneChanged
from drivers.sim.modbus_frames import crc16, parse
from drivers.sim.modbus_slaves import FenceHost

FRAMES = int(os.environ.get("MENWEI_FUZZ_FRAMES", "20000"))
SHARE = 0.2
EVERY_S, LOST_S = 0.03, 3.0
BATCH = 10_000
UNIT = 5
NORMAL_V, STEP_V = 8000.0, 500.0
PROFILES = {name: load(name) for name in ("generic-16di", "pulse-fence-4")}
ALL_IS_WELL = {ZoneChanged: {"state": "normal"}, TamperChanged: {"tampered": False},
               PowerChanged: {"power": "mains"}, ArmedChanged: {"armed": True}}  # fmt: skip


def garbled(frame, count, luck, *, always):
    """Yield the frame `count` times with a share of its bytes turned into others; `always` at least one."""
    for begin in range(0, count, BATCH):
        size = (min(BATCH, count - begin), len(frame))
        masks = luck.integers(1, 256, size, dtype=np.uint8)
        hit = luck.random(size) < SHARE
        if always:
            hit[np.arange(size[0]), luck.integers(0, size[1], size[0])] |= ~hit.any(axis=1)
        yield from (row.tobytes() for row in np.frombuffer(frame, np.uint8) ^ (masks * hit))


@dataclass
class Poll:
    """The bus' path from bytes to news, on a clock of its own: decode, presence, station."""

    profile: str
    said: list = field(default_factory=list)
    passed: int = 0
    lost: int = 0

    def __post_init__(self):
        self.host = FenceHost(UNIT, PROFILES[self.profile])
        wiring = FenceWiring("fence", UNIT, PROFILES[self.profile], voltage_step_v=STEP_V)
        self.station = FenceStation(wiring)
        (self.read,) = self.station.reads
        self.request = encode(UNIT, self.read)
        self.answer = self.host.answer(parse(self.request).asked)
        self._presence, self._now_s = Presence(0.0), 0.0

    def take(self, received):
        self._now_s += EVERY_S
        try:
            answer = decode(UNIT, self.read, received)
        except Malformed:
            answer = Rejected(0)
        if isinstance(answer, Rejected):
            self.station.doubt()
        else:
            self.passed += received != self.answer
            self._presence, _ = presence.heard(self._presence, self._now_s)
            self.said += self.station.look([(self.read, answer)], self._now_s).said
        self._presence, lost = presence.judged(self._presence, self._now_s, LOST_S)
        if lost is not None:
            self.lost += 1
            self.station.forget()

    def untrue(self):
        """Return what was told and is not so: all is well, and stays so."""
        return [
            said
            for said in self.said
            if any(getattr(said, name) != value for name, value in ALL_IS_WELL[type(said)].items())
            or abs((getattr(said, "voltage_v", None) or NORMAL_V) - NORMAL_V) >= STEP_V
        ]


@pytest.fixture
def luck():
    return np.random.default_rng(20)


def report(what, poll, of):
    print(f"{what}: {poll.passed} of {of} garbled answers passed as good, lost {poll.lost} times")


@pytest.mark.parametrize("profile", PROFILES)
def test_garbled_answers_are_no_event_and_true_ones_still_are(profile, luck):
    poll = Poll(profile)
    for received in garbled(poll.answer, FRAMES, luck, always=False):
        poll.take(received)
    report(f"{profile}, every fifth byte", poll, FRAMES)
    assert poll.untrue() == []
    assert {s.zone for s in poll.said if isinstance(s, ZoneChanged)} == set(PROFILES[profile].zones)
    poll.host.climb("2")
    poll.said.clear()
    answer = poll.host.answer(parse(poll.request).asked)
    for received in garbled(answer, 20_000, luck, always=False):
        poll.take(received)
    told = {(s.zone, s.state) for s in poll.said if isinstance(s, ZoneChanged)}
    assert ("2", "alarm") in told
    assert {zone for zone, state in told if state != "normal"} == {"2"}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_station_of_which_nothing_but_garbled_answers_come_is_lost_and_tells_nothing(profile, luck):
    poll = Poll(profile)
    for received in garbled(poll.answer, FRAMES, luck, always=True):
        assert received != poll.answer
        poll.take(received)
    report(f"{profile}, never a good one", poll, FRAMES)
    assert poll.said == []
    assert poll.lost > 0


@pytest.mark.parametrize("profile", PROFILES)
def test_a_checksum_that_misses_many_times_more_than_by_chance_lets_no_event_through(profile, luck):
    """One garbled answer in 2 000 passes: thirty and more times as many as CRC-16 lets pass by chance."""
    poll = Poll(profile)
    chances = luck.random(FRAMES)
    for received, chance in zip(garbled(poll.answer, FRAMES, luck, always=False), chances, strict=True):
        body = received[:-2]
        forged = chance < 1 / 2000 and body != poll.answer[:-2] and body[:3] == poll.answer[:3]
        poll.take(body + crc16(body) if forged else received)
    report(f"{profile}, forged", poll, FRAMES)
    assert poll.passed > 0
    assert poll.untrue() == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_garbled_request_that_a_station_answers_all_the_same_is_no_event(profile, luck):
    poll = Poll(profile)
    answered = 0
    for request in garbled(poll.request, FRAMES, luck, always=False):
        asked = parse(request).asked
        if asked is None or asked.unit != UNIT:
            poll.take(b"")
            continue
        answered += request != poll.request
        poll.take(poll.host.answer(asked))
    print(f"{profile}: {answered} of {FRAMES} garbled requests were answered")
    assert poll.untrue() == []
    assert poll.said != []
