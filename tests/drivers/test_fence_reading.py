"""What registers say of zones."""

import pytest

from drivers.fences.profile_files import load, parse
from drivers.fences.reading import ZoneReading, image_of, interpret, reads
from drivers.modbus.frames import Read

PULSE = load("pulse-fence-4")
DRY = load("generic-16di")
STATUS, VOLTS, HOST = 0x10, 0x14, 0x18
ARMED = 0b1000


def pulse(*, status=0, tens_of_volts=800, host=ARMED, before=None):
    registers = {(4, STATUS + i): 0 for i in range(4)} | {(4, VOLTS + i): 800 for i in range(4)}
    registers |= {(4, STATUS): status, (4, VOLTS): tens_of_volts, (4, HOST): host}
    return interpret(PULSE, registers, before or {})


def dry(*opened):
    """All contacts closed but those."""
    return interpret(DRY, {(2, i): int(i not in opened) for i in range(16)}, {})


@pytest.mark.parametrize(
    ("bits", "state"),
    [
        (0, "normal"),
        (0b0000001, "alarm"),
        (0b0000010, "open_wire"),
        (0b0000100, "short"),
        (0b0001000, "tamper"),
        (0b0010000, "low_voltage"),
        (0b0100000, "fault"),
        (0b1000000, "bypassed"),
        (0b0000011, "open_wire"),
        (0b0001001, "alarm"),
        (0b0110001, "alarm"),
        (0b1000001, "bypassed"),
    ],
)
def test_bits_become_the_state_that_matters_most(bits, state):
    assert pulse(status=bits).zones["1"].state == state
    assert pulse(status=bits).zones["2"].state == "normal"


def test_an_open_housing_does_not_hide_an_alarm():
    assert pulse(status=0b0001000).zones["1"].state == "tamper"
    assert pulse(status=0b0001001).zones["1"].state == "alarm"


def test_a_voltage_below_its_limit_is_low_and_has_to_rise_clearly_to_be_good_again():
    assert pulse(tens_of_volts=800).zones["1"] == ZoneReading("normal", 8000.0)
    assert pulse(tens_of_volts=349).zones["1"].state == "low_voltage"
    low = {"1": ZoneReading("low_voltage", 3490.0)}
    assert pulse(tens_of_volts=355, before=low).zones["1"].state == "low_voltage"
    assert pulse(tens_of_volts=370, before=low).zones["1"].state == "normal"


def test_a_disarmed_fence_without_voltage_is_normal():
    assert pulse(tens_of_volts=0, host=0).zones["1"].state == "normal"
    assert pulse(tens_of_volts=0, host=0).flags["armed"] is False


def test_an_opened_normally_closed_contact_is_the_alarm():
    assert {z.state for z in dry(15).zones.values()} == {"normal"}
    assert dry(2).zones["3"].state == "alarm"
    assert dry(2).zones["2"].state == "normal"


def test_the_hosts_fault_is_every_zones_fault_but_hides_no_alarm():
    reading = dry(12, 4)
    assert reading.zones["5"].state == "alarm"
    assert {z.state for name, z in reading.zones.items() if name != "5"} == {"fault"}


def test_the_hosts_own_flags_are_read():
    assert dry(13).flags == {"fault": False, "tamper": True, "mains_lost": False, "armed": True}
    assert dry(14, 15).flags["mains_lost"]


def test_a_register_of_states_that_says_an_unknown_number_is_unknown():
    text = (
        "{maker: A, model: B, zones: {1: {states: {function: 3, address: 5, values: {0: normal, 2: short}}}}}"
    )
    profile = parse(text, "f")
    states = [interpret(profile, {(3, 5): n}, {}).zones["1"].state for n in (0, 2, 7)]
    assert states == ["normal", "short", "unknown"]


def test_only_mapped_addresses_are_asked_for_runs_in_one_request():
    assert reads(DRY) == (Read(2, 0, 16),)
    assert reads(PULSE) == (Read(4, 0x10, 9),)
    text = (
        "{maker: A, model: B, zones: {1: {marks: [{meaning: alarm, function: 2, address: 4},"
        " {meaning: short, function: 2, address: 9}, {meaning: tamper, function: 1, address: 5}]}}}"
    )
    assert reads(parse(text, "f")) == (Read(1, 5, 1), Read(2, 4, 1), Read(2, 9, 1))


def test_answers_are_laid_out_by_function_and_address():
    assert image_of([(Read(2, 3, 2), (1, 0)), (Read(4, 3, 1), (77,))]) == {(2, 3): 1, (2, 4): 0, (4, 3): 77}
