"""Register maps that installers write: the shipped ones are right, and every mistake has its line."""

from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Misconfigured
from drivers.fences.profile_files import LARGEST_BYTES, findings, judge, load, parse, shipped

GOOD = """\
maker: Acme
model: F4
zones:
  1:
    marks:
      - {meaning: alarm, function: 2, address: 0}
arm: {function: 5, address: 0}
"""


def found(text):
    return [(error.key, error.values["line"], error.values.get("place")) for error in judge(text, "f")[1]]


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_profile_loads(name):
    profile = load(name)
    assert profile.zones
    assert findings(name) == ()


def test_the_three_promised_profiles_are_shipped():
    assert {"generic-16di", "waveshare-io-8ch", "pulse-fence-4"} <= set(shipped())
    assert load("pulse-fence-4").zones["1"].voltage is not None


def test_profiles_travel_with_the_package():
    folder = resources.files("drivers.fences") / "profiles"
    assert (folder / "generic-16di.yaml").read_text("utf-8").startswith("# A profile tells")


def test_a_zone_may_be_named_by_a_number():
    assert list(parse(GOOD, "f").zones) == ["1"]


def test_hexadecimal_addresses_are_read_as_numbers():
    text = GOOD.replace("address: 0}\narm", "address: 0x0010}\narm")
    assert parse(text, "f").zones["1"].marks[0].address == 16


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("maker: Acme\n", "", ("fence.profile_missing_key", 1, "maker")),
        ("model: F4", "modell: F4", ("fence.profile_unknown_key", 2, "modell")),
        ("alarm", "alarmed", ("fence.profile_bad_value", 6, "zones.1.marks.0.meaning")),
        ("function: 2", "function: 7", ("fence.profile_bad_value", 6, "zones.1.marks.0.function")),
        ("function: 2", "function: two", ("fence.profile_bad_value", 6, "zones.1.marks.0.function")),
        ("0}\narm", "70000}\narm", ("fence.profile_bad_value", 6, "zones.1.marks.0.address")),
        ("function: 2", "function: 3", ("fence.profile_bit_missing", 6, "zones.1.marks.0")),
        ("function: 2", "bit: 1, function: 2", ("fence.profile_bit_needless", 6, "zones.1.marks.0")),
        ("5, address: 0", "5, address: 0, value: 2", ("fence.profile_coil_value", 7, "arm")),
        ("5, address: 0", "6, address: 0, pulse_ms: 500", ("fence.profile_pulse_register", 7, "arm")),
        ("marks:\n      - {meaning: alarm, function: 2, address: 0}", "marks: []",
         ("fence.profile_zone_blind", 4, "zones.1")),
        ("maker: Acme", "maker: [Acme", ("fence.profile_yaml", 2, "")),
        ("model: F4", "maker: again", ("fence.profile_yaml", 2, "")),
        ("model: F4", "model: &f F4", ("fence.profile_yaml", 2, "")),
        ("0}\narm", "!!bool x}\narm", ("fence.profile_yaml", 6, "")),
        ("0}\narm", "0x" + 20 * "f" + "}\narm", ("fence.profile_yaml", 6, "")),
        ("5, address: 0", "5, address: 2026-99-99", ("fence.profile_yaml", 7, "")),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(old, new, expected):
    text = GOOD.replace(old, new)
    assert text != GOOD
    assert expected in found(text)


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines():
    text = GOOD.replace("Acme", "''").replace("alarm", "burglar").replace("5, address: 0", "9, address: 0")
    assert [line for _, line, _ in found(text)] == [1, 6, 7]


@pytest.mark.parametrize(
    ("old", "new", "value", "possible"),
    [
        ("alarm", "burglar", "burglar",
         "'alarm', 'open_wire', 'short', 'tamper', 'low_voltage', 'fault', 'bypassed'"),
        ("function: 2", "function: 7", "7", "1, 2, 3, 4"),
        ("address: 0}\narm", "address: 65536}\narm", "65536", "≤ 65535"),
        ("address: 0}\narm", "address: -1}\narm", "-1", "≥ 0"),
        ("address: 0}\narm", "address: x}\narm", "x", "0, 1, 2, …"),
        ("maker: Acme", "maker: ''", '""', '"…"'),
        ("  1:\n", "  a b:\n", "a b", "^[A-Za-z0-9_-]{1,16}$"),
        ("arm: {function: 5, address: 0}", "arm: [1]", "[…]", "…: …"),
        ("  1:\n    marks:", "  1:\n    voltage: {function: 3, address: 1, volts_per_count: 0}\n    marks:",
         "0", "> 0.0"),
    ],
)  # fmt: skip
def test_what_is_not_possible_is_told_with_what_would_be(old, new, value, possible):
    (error,) = judge(GOOD.replace(old, new), "f")[1]
    assert (error.key, error.values["value"], error.values["detail"]) == (
        "fence.profile_bad_value",
        value,
        possible,
    )


def test_a_file_that_is_too_long_is_refused_and_not_cut(tmp_path):
    path = tmp_path / "long.yaml"
    path.write_text(GOOD + "#" * LARGEST_BYTES, encoding="utf-8")
    (error,) = findings(path)
    assert error.key == "fence.profile_missing"


def test_an_error_that_is_raised_again_carries_no_old_traces():
    def depth():
        with pytest.raises(Misconfigured) as raised:
            parse("maker: A", "f")
        return len(raised.traceback)

    assert [depth() for _ in range(5)] == [depth()] * 5


def test_an_unknown_key_is_told_with_the_word_that_was_meant():
    (error,) = judge(GOOD.replace("address: 0}\narm", "polarty: x, address: 0}\narm"), "f")[1]
    assert error.values["detail"] == "polarity"
    assert "f:6" in str(error)


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path):
    (error,) = findings(tmp_path / "none.yaml")
    assert error.key == "fence.profile_missing"
    with pytest.raises(Misconfigured):
        load(tmp_path / "none.yaml")


def test_a_profile_of_ones_own_is_loaded_from_its_path(tmp_path):
    path = Path(tmp_path / "mine.yaml")
    path.write_text(GOOD, encoding="utf-8")
    assert load(path).maker == "Acme"
    assert load(str(path)).maker == "Acme"


@pytest.mark.parametrize(
    "text", ["", "[]", "a: &a [*a]", "? {a: 1}\n: 2", "{" * 50, "\0", "a: !!python/none x"]
)
def test_what_is_no_profile_at_all_is_refused_in_one_sentence(text):
    profile, errors = judge(text, "f")
    assert profile is None
    assert errors


@given(
    st.integers(0, len(GOOD) - 1), st.sampled_from(list("{}[]:-&*!|>'\"%@`#,? \n\t\0é1a")), st.integers(0, 3)
)
@settings(max_examples=200, deadline=None)
def test_a_damaged_profile_is_read_or_refused_and_nothing_else(place, character, removed):
    profile, errors = judge(GOOD[:place] + character + GOOD[place + removed :], "f")
    assert (profile is None) == bool(errors)
