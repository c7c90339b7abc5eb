"""What tests of the Modbus bus share: ears, and two fences with a relay board on one simulated wire."""

import time

from drivers.barriers.arm import BarrierWiring
from drivers.base import Order
from drivers.fences.host import FenceStation, FenceWiring
from drivers.fences.profile_files import load
from drivers.modbus.bus import ModbusBus
from drivers.modbus.relay_board import RelayStation
from drivers.modbus.relay_wiring import Contact, LockWiring, Output, RelayWiring
from drivers.modbus.wiring import Pace, SerialLine, TcpLine
from drivers.sim.modbus_slaves import FenceHost, RelayBoard
from drivers.sim.modbus_wire import SerialBus
from drivers.sounders.limits import SounderWiring
from tests.drivers.ear import Ear

# Fast enough for tests, and still a wire.
BAUD = 115200
PACE = Pace(every_s=0.03, dead_every_s=0.4, dead_apart_s=0.1)
PULSE = load("pulse-fence-4")
# Fences and boards are quick: what is told at all is told within this.
PATIENCE_S = 8.0
LOST_S = 1.0

BOARD = RelayWiring(
    "board-1",
    7,
    outputs={
        "strike": Output(0, longest_ms=5000),
        "up": Output(1),
        "down": Output(2),
        "siren": Output(3),
        "lamp": Output(4, lasting=True),
    },
    contacts={
        "loop": Contact(0),
        "beam": Contact(1, normally_closed=True),
        "door": Contact(2),
    },
    locks=(LockWiring("north", "strike", door_contact="door"),),
    barriers=(BarrierWiring("gate", "up", "down", guards=("loop", "beam"), pulse_ms=300, travel_s=2.0),),
    sounders=(SounderWiring("horn", ("siren",), longest_s=1.0, rest_s=5.0),),
    lost_after_s=LOST_S,
)


class Compound:
    """Two fences and a relay board on one wire."""

    def __init__(self, wire_kind):
        self.hosts = {1: FenceHost(1, PULSE), 2: FenceHost(2, PULSE)}
        self.board = RelayBoard(7, time.monotonic)
        self.contact("beam", closed=False)
        self.wire = wire_kind([*self.hosts.values(), self.board], BAUD)
        self.ears = Ear(PATIENCE_S)

    def contact(self, name, *, closed):
        contact = BOARD.contacts[name]
        self.board.put(contact.function, contact.address, int(closed != contact.normally_closed))

    def line(self):
        if isinstance(self.wire, SerialBus):
            return SerialLine(self.wire.port, BAUD, answer_s=0.06)
        return TcpLine("127.0.0.1", self.wire.port, BAUD, answer_s=0.06)

    def bus(self):
        fences = [FenceStation(FenceWiring(f"fence-{n}", n, PULSE, lost_after_s=LOST_S)) for n in self.hosts]
        return ModbusBus(self.line(), [*fences, RelayStation(BOARD)], PACE, jitter=lambda: 0.5)


def fresh(name="o-1", seconds=2.0):
    return Order(name, time.monotonic() + seconds)
