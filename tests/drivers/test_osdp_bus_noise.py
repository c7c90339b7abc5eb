"""A wire that is not to be trusted: noise, echoes and forgeries. Nothing is told that did not happen."""

import time
from itertools import pairwise

from drivers.doors.osdp_frames import Command, Frame, Reply
from drivers.doors.wiegand import Card, encode
from drivers.said import (
    CardPresented,
    DeviceFound,
    DeviceLost,
    DoorChanged,
    ExitRequested,
    KeysPressed,
    PowerChanged,
    TamperChanged,
)
from tests.drivers.osdp_gate import NAMES, Gate, running

FORGED = 31_337


def test_with_every_fifth_frame_broken_nothing_is_told_that_did_not_happen(tmp_path):
    with running(Gate(tmp_path, baud=9600, seed=3)) as gate:
        gate.settle()
        mark, held = gate.mark(), {name: [] for name in NAMES}
        gate.line.noise(0.2)
        until_s, number, is_open = time.monotonic() + 3, 0, False
        while time.monotonic() < until_s:
            is_open = not is_open
            for facility, name in enumerate(NAMES):
                number += 1
                held[name].append((facility, number))
                gate.readers[name].card(26, encode(26, Card(facility, number)))
                gate.readers[name].contact(is_open=is_open)
            time.sleep(0.5)
        gate.line.noise(0.0)
        for name in NAMES:
            gate.readers[name].contact(is_open=False)
            gate.readers[name].card(26, encode(26, Card(0, 60_000)))
        for name in NAMES:
            gate.wait(CardPresented, mark, device=name, number=60_000)
            told = [(s.facility, s.number) for s in gate.all(CardPresented, mark, device=name)[:-1]]
            assert told == [card for card in held[name] if card in told]
            assert len(told) > len(held[name]) // 4
            doors = gate.all(DoorChanged, device=name)
            assert all(is_now.first or was.position != is_now.position for was, is_now in pairwise(doors))
            assert doors[-1].position == "closed"
            assert all(h.online for h in gate.bus.health())
        for kind in (ExitRequested, KeysPressed):
            assert gate.all(kind) == []
        assert {s.tampered for s in gate.all(TamperChanged)} == {False}
        assert {s.power for s in gate.all(PowerChanged)} == {"mains"}
        reasons = {s.reason for s in gate.all(DeviceLost)}
        assert reasons <= {"door.disturbed", "door.silent"}


def test_an_adapter_that_hears_itself_changes_nothing(tmp_path):
    gate = Gate(tmp_path, 2)
    gate.line.echo()
    with running(gate):
        gate.settle()
        gate.readers["south"].card(26, encode(26, Card(1, 5)))
        gate.wait(CardPresented, device="south", number=5)
        assert gate.open("north").refused is None
        assert gate.all(DeviceLost) == []


def forgery(security, mac=b""):
    """A reply to a poll with a card that nobody held, as somebody on the wire would put it in."""
    data = bytes([0, 1, 26, 0]) + encode(26, Card(9, FORGED))
    return lambda frame: Frame(
        frame.address,
        reply=True,
        sequence=frame.sequence,
        code=Reply.RAW,
        data=data,
        security=security,
        mac=mac,
    )


def forging(reader, forgeries):
    """Let the next answers to polls be replaced on the wire, while a session is open."""
    genuine = reader.answer

    def answer(frame):
        reply = genuine(frame)
        if reply is not None and frame.code == Command.POLL and frame.mac and forgeries:
            return forgeries.pop()(frame)
        return reply

    reader.answer = answer


def test_a_card_that_the_session_does_not_vouch_for_is_never_told(tmp_path):
    # Outside of any session, as part of a handshake, and with a code that only looks like one.
    forgeries = {
        "north": [forgery(b""), forgery(b"\x16", b"1234")],
        "south": [forgery(b"\x12\x01"), forgery(b"\x18", b"1234")],
        "garage": [forgery(b"\x14\x01")],
    }
    with running(Gate(tmp_path)) as gate:
        gate.settle()
        for name, cards in forgeries.items():
            forging(gate.readers[name], cards)
        until_s = time.monotonic() + 30
        while any(forgeries.values()):
            assert time.monotonic() < until_s
            time.sleep(0.01)
        for number, name in enumerate(NAMES):
            gate.readers[name].card(26, encode(26, Card(1, number)))
            gate.wait(CardPresented, device=name, number=number)
        assert gate.all(CardPresented, number=FORGED) == []
        assert gate.all(DeviceLost) == []
        assert len(gate.all(DeviceFound)) == len(NAMES)
