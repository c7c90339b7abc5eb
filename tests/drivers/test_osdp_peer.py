"""Our simulated reader in front of a control panel that is not ours: PyPI's osdp 1.6.

That package plays the panel only: it has no peripheral device. The other way round, our driver stands on
libosdp, and tests/drivers/test_osdp_bus*.py hold it against our simulated reader, whose frames and Secure
Channel are written anew and share no code with libosdp.
"""

import json
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.doors.wiegand import Card, encode
from drivers.sim.osdp_line import OsdpLine
from drivers.sim.osdp_reader import OsdpReader, Plate

CHECKOUT = Path(__file__).resolve().parents[2]
PEER = CHECKOUT / ".cache" / "peers" / "osdp" / "bin" / "python"
MASTER = bytes(range(16, 32))


def diversified(master, plate):
    """The key that a panel with a master key expects of a reader with this number (annex D.3.2)."""
    number = plate.encoded()[:8]
    encryptor = Cipher(algorithms.AES(master), modes.ECB()).encryptor()
    return encryptor.update(number + bytes(b ^ 0xFF for b in number)) + encryptor.finalize()


@contextmanager
def talking(folder, reader):
    line = OsdpLine(folder / "line", [reader], mono=time.monotonic, baud=9600)
    line.start()
    try:
        with subprocess.Popen(
            [PEER, Path(__file__).with_name("osdp_peer.py"), line.path, "9600", "5", MASTER.hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        line.stop()


@pytest.fixture
def panel_before(tmp_path):
    if not PEER.exists():
        pytest.skip(f"no environment with PyPI's osdp: {PEER} (scripts/peers makes it)")
    return lambda reader: talking(tmp_path, reader)


def heard(process, what):
    for line in process.stdout:
        said = json.loads(line)
        if said["what"] == what:
            return said
    raise AssertionError(f"the panel ended without: {what}")


def test_a_panel_that_is_not_ours_opens_a_secure_channel_to_our_reader_and_hears_its_card(panel_before):
    plate = Plate()
    reader = OsdpReader(5, diversified(MASTER, plate), time.monotonic, plate=plate)
    with panel_before(reader) as process:
        assert heard(process, "secure") == {"what": "secure", "established": True, "default_key": False}
        assert reader.secure
        known = heard(process, "identity")
        assert (known["model"], known["version"], known["serial"]) == (
            plate.model,
            plate.version,
            plate.serial,
        )
        assert heard(process, "local")["tamper"] is False
        assert heard(process, "shown")["confirmed"]
        assert reader.shown() == "TURN LEFT"
        assert heard(process, "opened")["confirmed"]
        assert len(reader.inside.openings) == 1
        data = encode(26, Card(17, 1042))
        reader.card(26, data)
        assert heard(process, "card") == {"what": "card", "bits": 26, "data": data.hex()}
        reader.keys("12#")
        assert heard(process, "keys")["keys"].endswith(b"12\r".hex())
        reader.contact(is_open=True)
        assert heard(process, "inputs")["inputs"] == [True, False]


def test_a_panel_that_is_not_ours_gives_a_reader_in_install_mode_its_key_and_uses_it(panel_before):
    reader = OsdpReader(5, None, time.monotonic)
    with panel_before(reader) as process:
        assert heard(process, "secure") == {"what": "secure", "established": True, "default_key": False}
        assert reader.key == diversified(MASTER, reader.plate)
        assert heard(process, "opened")["confirmed"]
        assert len(reader.inside.openings) == 1
