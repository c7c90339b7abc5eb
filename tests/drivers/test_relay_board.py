"""A relay board looked at and ordered without a wire: contacts, locks, arms, sirens, and what is refused."""

import pytest

from drivers.barriers.arm import BarrierWiring
from drivers.base import Misconfigured, Order
from drivers.modbus.commands import Arm, Bypass, Pulse, Switch
from drivers.modbus.frames import PulseCoil, Read, WriteCoil
from drivers.modbus.relay_board import RelayStation, tenths
from drivers.modbus.relay_wiring import Contact, LockWiring, Output, RelayWiring
from drivers.said import ContactChanged, DoorChanged
from drivers.sounders.limits import SounderWiring

ORDER = Order("o-1", 1000.0)
TRAVEL_S = 6.0
UP, DOWN = PulseCoil(1, 7), PulseCoil(2, 7)
UP_OFF, DOWN_OFF = WriteCoil(1, on=False), WriteCoil(2, on=False)


def wiring(**changed):
    return RelayWiring(
        **{
            "id": "board",
            "unit": 7,
            "outputs": {
                "strike": Output(0, longest_ms=5000),
                "up": Output(1),
                "down": Output(2),
                "siren": Output(3),
                "strobe": Output(4),
                "lamp": Output(5, lasting=True),
                "spare": Output(6, longest_ms=2000),
            },
            "contacts": {
                "loop": Contact(0),
                "beam": Contact(1, normally_closed=True),
                "door": Contact(2),
                "fire": Contact(5),
            },
            "locks": (LockWiring("north", "strike", "door"),),
            "barriers": (BarrierWiring("gate", "up", "down", ("loop", "beam"), travel_s=TRAVEL_S),),
            "sounders": (SounderWiring("horn", ("siren", "strobe"), longest_s=60.0, rest_s=10.0),),
        }
        | changed
    )


class Board:
    """Builder: contacts closed and opened by name, looked at every 0.1 s."""

    def __init__(self, **changed):
        self.wiring = wiring(**changed)
        self.station = RelayStation(self.wiring)
        self.closed = set()
        self.now_s = 0.0

    def look(self):
        self.now_s += 0.1
        (read,) = self.station.reads
        values = [0] * read.count
        for name, contact in self.wiring.contacts.items():
            values[contact.address - read.address] = int((name in self.closed) != contact.normally_closed)
        return self.station.look([(read, tuple(values))], self.now_s)

    def looks(self, times=2):
        return [said for _ in range(times) for said in self.look().said]

    def plan(self, command):
        self.station.check(command)
        return self.station.plan(command, self.now_s)

    def move(self, output):
        return self.plan(Pulse(device="gate", order=ORDER, output=output, pulse_ms=700))

    def sound(self, output="siren", seconds=10.0):
        return self.plan(Pulse(device="horn", order=ORDER, output=output, pulse_ms=round(seconds * 1000)))


@pytest.fixture
def board():
    board = Board()
    board.looks()
    return board


# Doors -----------------------------------------------------------------------------------------------------


def test_a_lock_is_released_by_a_pulse_that_the_board_ends(board):
    planned = board.plan(Pulse(device="north", order=ORDER, output="", pulse_ms=700))
    assert planned.requests == (PulseCoil(0, 7),)
    assert board.plan(Pulse(device="north", order=ORDER, output="strike", pulse_ms=5000)).requests == (
        PulseCoil(0, 50),
    )


@pytest.mark.parametrize(
    ("pulse_ms", "expected"), [(1, 1), (99, 1), (100, 1), (101, 2), (700, 7), (5000, 50)]
)
def test_a_pulse_is_rounded_up_to_the_boards_tenths(pulse_ms, expected):
    assert tenths(pulse_ms) == expected


def test_a_lock_can_be_locked_again_before_its_pulse_is_over(board):
    assert board.plan(Switch(device="north", order=ORDER, output="", on=False)).requests == (
        WriteCoil(0, on=False),
    )


def test_the_door_contact_tells_its_own_door_and_at_first_as_such():
    board = Board()
    (door,) = [s for s in board.looks() if isinstance(s, DoorChanged)]
    assert (door.device, door.position, door.first) == ("north", "open", True)
    board.closed.add("door")
    (door,) = board.looks()
    assert (door.device, door.position, door.first) == ("north", "closed", False)


def test_a_contact_that_belongs_to_nobody_is_the_boards(board):
    board.closed.add("fire")
    (told,) = board.looks()
    assert (told.device, told.contact, told.closed) == ("board", "fire", True)


def test_one_odd_look_is_no_news_and_asks_for_another(board):
    board.closed.add("door")
    looked = board.look()
    assert (looked.said, looked.unsettled) == ((), True)
    board.closed.clear()
    assert board.looks(4) == []


def test_a_contact_must_hold_as_long_as_the_wiring_asks():
    board = Board(debounce_s=0.35)
    board.looks(8)
    board.closed.add("fire")
    assert board.looks(4) == []
    assert [s.closed for s in board.looks(1)] == [True]


def test_a_change_read_before_a_failed_poll_needs_a_third_look(board):
    board.closed.add("door")
    board.look()
    board.station.doubt()
    assert board.looks(1) == []
    assert [s.position for s in board.looks(1)] == ["closed"]


def test_after_a_loss_every_contact_is_told_anew_as_first(board):
    board.closed.update({"door", "loop"})
    board.station.forget()
    told = board.looks()
    assert all(s.first for s in told)
    assert [(s.device, s.position) for s in told if isinstance(s, DoorChanged)] == [("north", "closed")]
    contacts = {s.contact: (s.device, s.closed) for s in told if isinstance(s, ContactChanged)}
    assert contacts == {"loop": ("gate", True), "beam": ("gate", False), "fire": ("board", False)}


# Barriers --------------------------------------------------------------------------------------------------


def test_an_arm_is_lowered_over_a_free_lane_with_the_other_relay_opened_first(board):
    assert board.move("lower").requests == (UP_OFF, DOWN)
    assert board.move("raise").requests == (DOWN_OFF, UP)


def test_an_order_to_lower_asks_for_a_fresh_look_and_one_to_raise_does_not(board):
    lower, rise = (Pulse(device="gate", order=ORDER, output=o, pulse_ms=1) for o in ("lower", "raise"))
    assert board.station.wants_look(lower)
    assert not board.station.wants_look(rise)
    assert not board.station.wants_look(Pulse(device="north", order=ORDER, output="", pulse_ms=1))


@pytest.mark.parametrize("guard", ["loop", "beam"])
def test_either_guard_forbids_to_lower_at_the_first_sign_of_a_car(board, guard):
    board.closed.add(guard)
    board.look()
    planned = board.move("lower")
    assert (planned.requests, planned.refused) == ((), "relay.car_below")
    assert board.move("raise").requests == (DOWN_OFF, UP)


def test_a_lane_is_free_again_only_when_two_looks_agree(board):
    board.closed.add("beam")
    board.looks()
    board.closed.clear()
    board.look()
    assert board.move("lower").refused == "relay.car_below"
    board.look()
    assert board.move("lower").refused is None


def test_nothing_is_lowered_where_nobody_can_tell():
    assert Board().move("lower").refused == "relay.below_unknown"
    unguarded = Board(barriers=(BarrierWiring("gate", "up", "down"),))
    unguarded.looks(4)
    assert unguarded.move("lower").refused == "relay.below_unknown"
    forgetful = Board()
    forgetful.looks()
    forgetful.station.forget()
    assert forgetful.move("lower").refused == "relay.below_unknown"


def test_a_car_under_a_falling_arm_makes_it_rise_at_the_first_look_and_until_that_is_confirmed(board):
    board.move("lower")
    assert board.look().reflexes == ()
    board.closed.add("loop")
    for _ in range(3):
        assert board.look().reflexes == (DOWN_OFF, UP)
    board.station.reflexes_sent()
    assert board.look().reflexes == ()


def test_an_order_to_raise_that_may_get_lost_does_not_end_the_watch_over_a_falling_arm(board):
    board.move("lower")
    board.move("raise")
    board.closed.add("beam")
    assert board.look().reflexes == (DOWN_OFF, UP)


def test_an_arm_that_has_come_down_is_left_alone_when_a_car_comes(board):
    board.move("lower")
    board.now_s += TRAVEL_S
    board.closed.add("loop")
    assert board.look().reflexes == ()


def test_an_arm_that_fell_unseen_rises_when_its_board_is_back_and_cannot_yet_tell(board):
    board.move("lower")
    board.station.forget()
    assert board.look().reflexes == (DOWN_OFF, UP)


def test_one_loop_under_two_arms_guards_both_and_is_told_of_both():
    outputs = {"up": Output(1), "down": Output(2), "up-2": Output(3), "down-2": Output(4)}
    arms = (
        BarrierWiring("in", "up", "down", ("loop",), travel_s=TRAVEL_S),
        BarrierWiring("out", "up-2", "down-2", ("loop",), travel_s=TRAVEL_S),
    )
    board = Board(outputs=outputs, barriers=arms, locks=(), sounders=())
    board.looks()
    for device in ("in", "out"):
        assert board.plan(Pulse(device=device, order=ORDER, output="lower", pulse_ms=1)).refused is None
    board.closed.add("loop")
    assert board.look().reflexes == (DOWN_OFF, UP, WriteCoil(4, on=False), PulseCoil(3, 7))
    assert [(s.device, s.closed) for s in board.looks(1)] == [("in", True), ("out", True)]


# Sirens and strobes ----------------------------------------------------------------------------------------


def test_a_siren_sounds_for_as_long_as_it_is_ordered_and_never_longer_than_it_may(board):
    assert board.sound(seconds=10.0).requests == (PulseCoil(3, 100),)
    assert board.sound("strobe", seconds=900.0).requests == (PulseCoil(4, 600),)
    on = Switch(device="horn", order=ORDER, output="siren", on=True)
    board.now_s += 15.0
    assert board.plan(on).requests == (PulseCoil(3, 450),)


def test_however_often_it_is_ordered_a_siren_rests_after_its_longest_stretch(board):
    board.sound(seconds=60.0)
    board.now_s += 65.0
    assert board.sound().refused == "relay.sounded_enough"
    board.now_s += 5.1
    assert board.sound().requests == (PulseCoil(3, 100),)


def test_a_siren_can_be_silenced_and_sounded_anew(board):
    board.sound(seconds=60.0)
    off = Switch(device="horn", order=ORDER, output="siren", on=False)
    assert board.plan(off).requests == (WriteCoil(3, on=False),)
    assert board.sound().requests == (PulseCoil(3, 100),)


# What is refused -------------------------------------------------------------------------------------------


def test_only_outputs_that_may_last_are_switched_on(board):
    lamp = Switch(device="board", order=ORDER, output="lamp", on=True)
    assert board.plan(lamp).requests == (WriteCoil(5, on=True),)
    for device, output in (("board", "spare"), ("north", ""), ("gate", "raise"), ("gate", "lower")):
        with pytest.raises(Misconfigured) as raised:
            board.station.check(Switch(device=device, order=ORDER, output=output, on=True))
        assert raised.value.key == "relay.never_lasting"


def test_a_lasting_output_of_a_lock_is_no_way_to_leave_a_door_open():
    board = Board(outputs=wiring().outputs | {"strike": Output(0, lasting=True)})
    with pytest.raises(Misconfigured) as raised:
        board.station.check(Switch(device="north", order=ORDER, output="strike", on=True))
    assert raised.value.key == "relay.never_lasting"


@pytest.mark.parametrize(
    ("device", "output", "pulse_ms"),
    [("north", "", 0), ("north", "", -1), ("north", "", 5001), ("board", "spare", 2001), ("gate", "raise", 0),
     ("horn", "siren", 0)],
)  # fmt: skip
def test_a_pulse_outside_its_bounds_is_refused_at_once(board, device, output, pulse_ms):
    with pytest.raises(Misconfigured) as raised:
        board.station.check(Pulse(device=device, order=ORDER, output=output, pulse_ms=pulse_ms))
    assert raised.value.key == "relay.pulse_bounds"


@pytest.mark.parametrize(
    "command",
    [
        Pulse(device="board", order=ORDER, output="strike", pulse_ms=100),
        Pulse(device="board", order=ORDER, output="up", pulse_ms=100),
        Pulse(device="board", order=ORDER, output="siren", pulse_ms=100),
        Pulse(device="board", order=ORDER, output="nothing", pulse_ms=100),
        Pulse(device="north", order=ORDER, output="siren", pulse_ms=100),
        Pulse(device="gate", order=ORDER, output="", pulse_ms=100),
        Pulse(device="horn", order=ORDER, output="strike", pulse_ms=100),
        Arm(device="board", order=ORDER, armed=True),
        Bypass(device="board", order=ORDER, zone="1", bypassed=True),
    ],
    ids=lambda c: f"{c.device}-{getattr(c, 'output', type(c).__name__)}",
)
def test_nobody_commands_an_output_that_is_not_his(board, command):
    with pytest.raises(Misconfigured) as raised:
        board.station.check(command)
    assert raised.value.key == "relay.no_such_output"


TWO_DOORS = {"door": Contact(2), "door-2": Contact(3), "loop": Contact(0)}


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"outputs": wiring().outputs | {"other": Output(0)}}, "relay.shared_terminal"),
        ({"locks": (LockWiring("n", "strike"), LockWiring("s", "strike"))}, "relay.shared_terminal"),
        ({"locks": (LockWiring("n", "up"),)}, "relay.shared_terminal"),
        ({"barriers": (BarrierWiring("g", "up", "up"),)}, "relay.shared_terminal"),
        ({"sounders": (SounderWiring("h", ("siren", "siren")),)}, "relay.shared_terminal"),
        (
            {"sounders": (SounderWiring("h", ("siren",)), SounderWiring("i", ("siren",)))},
            "relay.shared_terminal",
        ),
        (
            {"locks": (LockWiring("n", "strike", "door"), LockWiring("s", "spare", "door"))},
            "relay.shared_contact",
        ),
        ({"barriers": (BarrierWiring("g", "up", "down", ("door",)),)}, "relay.shared_contact"),
        ({"contacts": wiring().contacts | {"again": Contact(2)}}, "relay.shared_contact"),
        ({"locks": (LockWiring("n", "nothing"),)}, "relay.no_such_terminal"),
        ({"locks": (LockWiring("n", "strike", "nothing"),)}, "relay.no_such_terminal"),
        ({"barriers": (BarrierWiring("g", "up", "down", ("nothing",)),)}, "relay.no_such_terminal"),
        ({"unit": 0}, "modbus.bad_unit"),
        ({"unit": 248}, "modbus.bad_unit"),
    ],
)
def test_a_wiring_that_contradicts_itself_is_refused(changed, key):
    with pytest.raises(Misconfigured) as raised:
        wiring(**changed)
    assert raised.value.key == key


def test_inputs_of_both_kinds_may_have_the_same_number_and_two_doors_their_own_contacts():
    assert wiring(contacts=wiring().contacts | {"coil": Contact(2, function=1)}).contacts
    doors = (LockWiring("n", "strike", "door"), LockWiring("s", "spare", "door-2"))
    assert wiring(contacts=TWO_DOORS, locks=doors, barriers=(), sounders=()).taken == {
        "strike": "n",
        "spare": "s",
    }


def test_a_board_without_contacts_is_asked_for_its_relays_to_hear_that_it_is_there():
    bare = RelayStation(wiring(contacts={}, locks=(), barriers=()))
    assert bare.reads == (Read(1, 0, 7),)
    assert bare.look([(bare.reads[0], (0,) * 7)], 1.0).said == ()


def test_inputs_of_both_kinds_are_read_each_in_one_question():
    mixed = RelayStation(
        wiring(
            contacts={"a": Contact(3), "b": Contact(9), "c": Contact(4, function=1)}, locks=(), barriers=()
        )
    )
    assert mixed.reads == (Read(1, 4, 1), Read(2, 3, 7))
