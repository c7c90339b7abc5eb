"""The ports of a box as udev and the kernel show them, and who holds one."""

import fcntl
import os
import pty
import subprocess
import sys
import time
import tty
from types import SimpleNamespace

import pytest

from drivers.base import Misconfigured, Transient
from drivers.listening.serial_ports import Sources, lasting_name, require_free, serial_ports, used_by


class Box:
    """A box's /dev and /sys, and what pyserial lists of it."""

    def __init__(self, folder):
        self.dev, self.tty = folder / "dev", folder / "tty"
        self.dev.mkdir()
        self.tty.mkdir()
        self.listed = []

    def adapter(self, name, *, by_id=None, by_path=None, number=None, maker="FTDI", product="USB RS485"):
        device = self.dev / name
        device.touch()
        for kind, link in (("by-id", by_id), ("by-path", by_path)):
            if link is not None:
                (self.dev / "serial" / kind).mkdir(parents=True, exist_ok=True)
                place = self.dev / "serial" / kind / link
                place.unlink(missing_ok=True)
                place.symlink_to(device)
        info = SimpleNamespace(
            device=str(device), vid=0x403, pid=0x6001, serial_number=number, manufacturer=maker
        )
        info.product = product
        self.listed.append(info)

    def built_in(self, name, kind, *, listed):
        (self.dev / name).touch()
        (self.tty / name).mkdir()
        (self.tty / name / "type").write_text(f"{kind}\n")
        if listed:
            self.listed.append(self._described(str(self.dev / name)))

    def ports(self):
        return serial_ports(Sources(self.dev, self.tty, lambda: self.listed, self._described))

    def names(self):
        return [port.name.removeprefix(f"{self.dev}/") for port in self.ports()]

    @staticmethod
    def _described(device):
        return SimpleNamespace(
            device=device, vid=None, pid=None, serial_number=None, manufacturer=None, product=None
        )


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path)


@pytest.fixture
def port():
    """Both ends of a pseudo-terminal, and the path of the one that stands for the adapter."""
    far, near = pty.openpty()
    tty.setraw(near)
    yield SimpleNamespace(far=far, near=near, path=os.ttyname(near))
    os.close(far)
    os.close(near)


def test_an_adapter_is_named_by_its_serial_number_and_tells_who_made_it(box):
    box.adapter("ttyUSB0", by_id="usb-FTDI_A1-if00-port0", by_path="pci-0:1.0-port0", number="A1")
    (found,) = box.ports()
    assert found.name == f"{box.dev}/serial/by-id/usb-FTDI_A1-if00-port0"
    assert (found.device, found.maker, found.product, found.serial_number) == (
        f"{box.dev}/ttyUSB0",
        "FTDI",
        "USB RS485",
        "A1",
    )


def test_two_adapters_that_fight_for_one_name_are_named_by_their_sockets(box):
    box.adapter("ttyUSB0", by_id="usb-1a86_USB_Serial-if00-port0", by_path="usb-0:1.1")
    box.adapter("ttyUSB1", by_id="usb-1a86_USB_Serial-if00-port0", by_path="usb-0:1.2")
    box.adapter("ttyUSB2", by_id="usb-FTDI_B2", by_path="usb-0:1.3", number="B2")
    assert box.names() == ["serial/by-path/usb-0:1.1", "serial/by-path/usb-0:1.2", "serial/by-id/usb-FTDI_B2"]


def test_where_udev_makes_no_links_a_port_is_named_as_the_kernel_does(box):
    for number in (10, 9, 2):
        box.adapter(f"ttyUSB{number}")
    assert box.names() == ["ttyUSB2", "ttyUSB9", "ttyUSB10"]


def test_built_in_ports_count_when_there_is_hardware_behind_them(box):
    box.built_in("ttyS0", 4, listed=True)
    box.built_in("ttyS1", 0, listed=True)
    box.built_in("ttymxc2", 62, listed=False)
    box.built_in("ttyFIQ0", 0, listed=False)
    assert box.names() == ["ttyS0", "ttymxc2"]


def test_what_an_adapter_claims_stays_on_one_line(box):
    box.adapter("ttyUSB0", maker="\x1b[2J门\u202eevil\n", product="x" * 500)
    (found,) = box.ports()
    assert found.maker == "[2J门 evil"
    assert len(found.product) == 60


def test_the_ports_of_this_machine_can_be_listed():
    for found in serial_ports():
        assert os.path.realpath(found.name) == os.path.realpath(found.device)


def test_a_port_is_known_by_any_of_its_names(box):
    box.adapter("ttyUSB0", by_id="usb-FTDI_A1", by_path="usb-0:1.1", number="A1")
    box.adapter("ttyUSB1", by_id="usb-FTDI_B2", number="B2")
    first, second = box.ports()
    wired = {"gate": f"{box.dev}/serial/by-path/usb-0:1.1", "gone": f"{box.dev}/ttyUSB7"}
    assert (used_by(first, wired), used_by(second, wired)) == ("gate", None)
    assert lasting_name(f"{box.dev}/ttyUSB1", box.ports()) == second.name
    assert lasting_name("/dev/pts/none", box.ports()) == "/dev/pts/none"


def test_a_free_port_is_left_free(port):
    require_free(port.path)
    fcntl.flock(port.near, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_port_that_is_locked_is_refused(port):
    fcntl.flock(port.near, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with pytest.raises(Transient) as refused:
        require_free(port.path)
    assert refused.value.key == "scan.port_busy"
    assert port.path in str(refused.value)


HOLDER = "import os, sys; fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print(1, flush=True); input()"


def test_a_program_that_holds_a_port_without_locking_it_is_named(port):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, port.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline()
        with pytest.raises(Transient) as refused:
            require_free(port.path)
        holder.stdin.close()
        holder.wait(10)
    assert refused.value.key == "scan.port_held"
    assert f"({holder.pid}) uses" in str(refused.value)
    require_free(port.path)


FAR_END = """
import os, pty, sys, tty
far, near = pty.openpty()
tty.setraw(near)
print(os.ttyname(near), flush=True)
input()
"""


def test_whoever_is_at_the_other_end_of_a_pseudo_terminal_is_no_rival():
    with subprocess.Popen(
        [sys.executable, "-c", FAR_END], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as far:
        require_free(far.stdout.readline().strip())
        far.stdin.close()
        far.wait(10)


def test_a_process_that_ends_meanwhile_or_may_not_be_looked_into_decides_nothing(port, tmp_path):
    (tmp_path / "4711").mkdir()
    (tmp_path / "self").mkdir()
    began = time.monotonic()
    require_free(port.path, tmp_path)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("path", "key"), [("/dev/menwei-none", "scan.no_such_port"), ("/dev/null", "scan.no_serial_port")]
)
def test_what_is_no_port_is_refused(path, key):
    with pytest.raises(Misconfigured) as refused:
        require_free(path)
    assert refused.value.key == key


def test_a_port_without_rights_says_which_group_is_missing(port, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(Misconfigured, match="dialout") as refused:
        require_free(port.path)
    assert refused.value.key == "scan.port_denied"
