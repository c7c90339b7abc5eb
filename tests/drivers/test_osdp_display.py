"""Words at a reader: in ASCII, for a while, and only where there is a display."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Display, Misconfigured
from drivers.doors import faults, osdp_commands
from drivers.sim.osdp_reader import Terminals
from tests.drivers.osdp_gate import Gate, running

LONGEST = "TURN YOUR HEAD TO THE LEFT, THEN"
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=32)


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    whole = Gate(tmp_path_factory.mktemp("bus"), 2)
    whole.readers["south"]._terminals = Terminals(display=False)
    with running(whole):
        whole.settle()
        yield whole


@pytest.mark.parametrize("text", ["TURN LEFT", LONGEST, "~ {x} %s"])
def test_a_reader_shows_words_for_a_while(gate, text):
    assert gate.show("north", text, 6).refused is None
    reader = gate.readers["north"]
    assert reader.shown() == text
    assert 0 < reader.inside.text_until_s - reader._mono() <= 6
    reader.inside.text_until_s = 0.0
    assert reader.shown() == ""


def test_words_are_shown_a_little_longer_rather_than_shorter(gate):
    reader = gate.readers["north"]
    began_s = reader._mono()
    assert gate.show("north", "WAIT", 1.2).refused is None
    assert reader.inside.text_until_s - began_s >= 2


def test_a_reader_without_a_display_is_told_nothing_and_keeps_its_link(gate):
    assert gate.show("south", "TURN LEFT", 6).refused == faults.NO_DISPLAY
    assert gate.readers["south"].shown() == ""
    assert gate.open("south").refused is None
    assert gate.health("south").reconnects == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 6), (LONGEST + "!", 6), ("向左转", 6), ("café", 6), ("LEFT\n", 6), ("LEFT\x7f", 6), ("LEFT", 0),
        ("LEFT", 255.5), ("LEFT", -1),
    ],
)  # fmt: skip
def test_what_osdp_cannot_carry_is_refused_at_once_and_the_reader_shows_what_it_did(gate, text, seconds):
    with pytest.raises(Misconfigured) as refused:
        gate.bus.show("north", gate.order(), text, seconds)
    assert refused.value.key == "door.text"


@given(PRINTABLE, st.floats(0.1, 255))
def test_every_text_in_ascii_can_be_told(text, seconds):
    command = osdp_commands.text("north", text, seconds)
    assert command["data"] == text
    assert seconds <= command["temp_time"] < seconds + 1


def test_the_bus_is_a_display(gate):
    assert isinstance(gate.bus, Display)
