"""Whatever can go wrong at a fence, a relay board or their bus is said in Chinese and in English."""

import re
import string

import pytest

from drivers.base import Malformed, Misconfigured, Transient
from drivers.fences import profile_files
from drivers.modbus import faults
from edge.catalogue import sentences, text

TOPICS = ("modbus.", "relay.", "fence.")
OWN = faults._SENTENCES | profile_files._SENTENCES
REFUSALS = (
    "relay.expired",
    "relay.rejected",
    "relay.unanswered",
    "relay.stopped",
    "relay.output_unknown",
    "relay.car_below",
    "relay.below_unknown",
    "relay.sounded_enough",
    "fence.order_unknown",
)


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def keys(language):
    return {key for key in sentences(language) if key.startswith(TOPICS)}


def test_both_languages_hold_the_same_sentences_with_the_same_placeholders():
    assert keys("zh-CN") == keys("en")
    assert set(OWN) | set(REFUSALS) <= keys("en")
    chinese, english = sentences("zh-CN"), sentences("en")
    assert {k for k in keys("en") if placeholders(chinese[k]) != placeholders(english[k])} == set()


def test_the_english_of_the_catalogue_is_what_the_drivers_themselves_say():
    english = sentences("en")
    assert {key: english[key] for key in OWN} == OWN


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_lost_device_can_be_explained_by_its_name_and_the_detail_alone(language):
    for key in faults._SENTENCES:
        said = text(key, language, device="东围栏", detail="/dev/ttyUSB0")
        assert "东围栏" in said
        assert "/dev/ttyUSB0" in said


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_refusal_asks_for_nothing(language):
    assert {key for key in REFUSALS if placeholders(sentences(language)[key])} == set()


def test_the_chinese_is_chinese():
    plain = {key: re.sub(r"\{\w+\}", "", sentences("zh-CN")[key]) for key in keys("zh-CN")}
    assert {key for key, said in plain.items() if len(re.findall(r"[\u4e00-\u9fff]", said)) < 5} == set()


def test_each_fault_is_of_the_family_that_says_who_can_mend_it():
    families = {key: type(faults.fault(key, "fence-1", "x")) for key in faults._SENTENCES}
    assert families["modbus.silent"] is Transient
    assert families["modbus.line_missing"] is Transient
    assert families["modbus.rejected"] is Misconfigured
    assert families["modbus.noise"] is Malformed
    assert set(faults._FAMILIES) <= set(faults._SENTENCES)


def test_a_fault_below_the_bus_is_retold_of_the_device_that_is_meant():
    error = faults.of_device(faults.malformed("modbus.noise", 3, b"\x03\x02"), "fence-1")
    assert isinstance(error, Malformed)
    assert error.values == {"device": "fence-1", "detail": "03 02"}
    assert str(error).startswith("the answer of fence-1 is garbled (03 02)")
