"""What is refused before a wire is touched: wirings that no bus can carry, key files that are none."""

from pathlib import Path

import pytest

from drivers.base import Misconfigured
from drivers.doors.osdp_keys import KEY_SIZE, new_key, read_key, write_key
from drivers.doors.osdp_wiring import BAUD_RATES, OsdpBusWiring, OsdpReaderWiring

KEY = bytes(range(KEY_SIZE))


def reader(name="north", address=1, **more):
    return OsdpReaderWiring(name, address, Path("key"), **more)


@pytest.mark.parametrize("address", [-1, 127, 128])
def test_an_address_that_osdp_has_not_is_refused(address):
    with pytest.raises(Misconfigured) as refused:
        reader(address=address)
    assert refused.value.key == "door.bad_wiring"
    assert str(address) in str(refused.value)


def test_contact_and_exit_button_need_an_input_each():
    with pytest.raises(Misconfigured):
        reader(contact_input=1, exit_input=1)
    assert reader(contact_input=None, exit_input=None).contact_input is None


@pytest.mark.parametrize(
    ("readers", "baud"),
    [
        ((), 9600),
        ((reader(),), 1200),
        ((reader(), reader("south")), 9600),
        ((reader(), reader(address=2)), 9600),
    ],
    ids=["no reader", "baud", "one address twice", "one id twice"],
)
def test_a_bus_that_cannot_work_is_refused(readers, baud):
    with pytest.raises(Misconfigured) as refused:
        OsdpBusWiring("/dev/ttyUSB0", readers, baud)
    assert refused.value.key == "door.bad_wiring"


@pytest.mark.parametrize("baud", BAUD_RATES)
def test_every_baud_rate_of_osdp_is_taken(baud):
    assert OsdpBusWiring("/dev/ttyUSB0", (reader(), reader("south", 2)), baud).baud == baud


def test_a_key_that_was_written_is_read_and_is_nobody_elses_business(tmp_path):
    path = tmp_path / "north.key"
    for key in (KEY, bytes(KEY_SIZE)):
        write_key("north", path, key)
        assert read_key("north", path) == key
        assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["north.key"]


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (KEY.hex(), 0o604, "door.open_key"),
        (KEY.hex(), 0o640, "door.open_key"),
        ("", 0o600, "door.bad_key"),
        (KEY.hex()[:-1], 0o600, "door.bad_key"),
        (KEY.hex() + "00", 0o600, "door.bad_key"),
        ("g" * 32, 0o600, "door.bad_key"),
        ("密" * 32, 0o600, "door.bad_key"),
    ],
)
def test_a_key_file_that_is_open_or_no_key_is_refused_without_showing_it(tmp_path, text, mode, why):
    path = tmp_path / "north.key"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(Misconfigured) as refused:
        read_key("north", path)
    assert refused.value.key == why
    assert str(path) in str(refused.value)
    assert KEY.hex()[:-1] not in str(refused.value)


def test_a_missing_key_file_and_a_folder_in_its_place_are_refused(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(Misconfigured) as refused:
            read_key("north", path)
        assert refused.value.key == "door.no_key"


def test_fresh_keys_differ():
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key()) == KEY_SIZE
