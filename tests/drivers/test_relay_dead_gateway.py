"""A gateway that dies in the middle of a pulse leaves nothing open and nothing sounding."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.sim.modbus_slaves import RelayBoard
from drivers.sim.modbus_wire import SerialBus

CHECKOUT = Path(__file__).resolve().parents[2]
STRIKE, LOWER, SIREN = 0, 2, 3
PULSES = 0x0200
PULSE_MS = 3000
# Everything at once, and then it goes on polling until it is killed.
GATEWAY = """
import sys, time
from drivers.base import Order
from drivers.modbus.bus import ModbusBus
from drivers.modbus.relay_board import RelayStation
from drivers.modbus.wiring import SerialLine
from drivers.said import ContactChanged, OrderDone
from tests.drivers.ear import Ear
from tests.drivers.modbus_compound import BAUD, BOARD, PATIENCE_S, fresh

ears = Ear(PATIENCE_S)
bus = ModbusBus(SerialLine(sys.argv[1], BAUD, answer_s=0.3), [RelayStation(BOARD)])
bus.start(ears.tell)
ears.wait(ContactChanged, device="gate", contact="beam")
bus.open("north", fresh("lock", 5.0), int(sys.argv[2]))
bus.switch("horn", "siren", fresh("siren", 5.0), on=True)
bus.pulse("gate", "lower", fresh("arm", 5.0), 300)
for order in ("lock", "siren", "arm"):
    print(order, ears.wait(OrderDone, order=order).refused, flush=True)
time.sleep(60)
"""


@pytest.fixture
def board():
    board = RelayBoard(7, time.monotonic)
    board.put(2, 1, 1)
    return board


def test_relays_open_by_themselves_when_the_gateway_is_killed_in_the_middle_of_their_pulses(board):
    with SerialBus([board], 38400) as wire:
        with subprocess.Popen(
            [sys.executable, "-c", GATEWAY, wire.port, str(PULSE_MS)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
        ) as gateway:
            confirmed = [gateway.stdout.readline() for _ in range(3)]
            os.kill(gateway.pid, signal.SIGKILL)
            gateway.wait(10)
        assert confirmed == ["lock None\n", "siren None\n", "arm None\n"]
        released, asked = board.closed(STRIKE), wire.asked[7]
        time.sleep(PULSE_MS / 1000)
        assert released
        assert [board.closed(channel) for channel in range(8)] == [False] * 8
        # Nobody was there to end them, and all that was ever switched on was a pulse.
        assert wire.asked[7] == asked
        switched_on = [(w.address, w.value) for w in board.writes if w.value]
        assert switched_on == [
            (PULSES + STRIKE, PULSE_MS // 100),
            (PULSES + SIREN, 10),
            (PULSES + LOWER, 3),
        ]
