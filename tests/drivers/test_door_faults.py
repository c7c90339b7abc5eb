"""Whatever can go wrong at a door is said in both languages."""

import re
import string

import pytest

from drivers.base import Denied, Misconfigured, Transient, WrongState
from drivers.doors import faults
from edge.catalogue import sentences

REFUSALS = (faults.LATE, faults.NOT_CONNECTED, faults.REFUSED_BY_DEVICE, faults.NO_ANSWER)


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_fault_has_its_chinese_sentence_with_the_same_placeholders():
    chinese = sentences("zh-CN")
    differing = {k for k, s in faults._SENTENCES.items() if placeholders(chinese[k]) != placeholders(s)}
    assert differing == set()


def test_the_english_of_the_catalogue_is_what_the_driver_itself_says():
    english = sentences("en")
    assert {key: english[key] for key in faults._SENTENCES} == faults._SENTENCES


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_why_an_order_was_refused_is_said_in_both_languages_and_asks_for_nothing(language):
    for key in REFUSALS:
        assert placeholders(sentences(language)[key]) == set()


def test_the_two_languages_hold_the_same_door_sentences():
    keys = [{k for k in sentences(language) if k.startswith("door.")} for language in ("zh-CN", "en")]
    assert keys[0] == keys[1]


def test_the_chinese_of_a_fault_is_chinese():
    plain = {k: re.sub(r"\{\w+\}|menwei osdp keyset", "", sentences("zh-CN")[k]) for k in faults._SENTENCES}
    assert {k for k, s in plain.items() if len(re.findall(r"[\u4e00-\u9fff]", s)) < 6} == set()


def test_each_family_is_raised_where_a_human_or_time_can_mend_it():
    families = {key: type(faults.fault(key, "north", "x")) for key in faults._SENTENCES}
    assert families["door.silent"] is Transient
    assert families["door.port_gone"] is Transient
    assert families["door.wrong_key"] is Denied
    assert families["door.no_key"] is Misconfigured
    assert families["door.started"] is WrongState
    assert set(faults._FAMILIES) <= set(faults._SENTENCES)


def test_a_fault_names_its_device_and_its_detail():
    error = faults.fault("door.silent", "north", "OSDP 5")
    assert str(error).startswith("north does not answer (OSDP 5)")
    assert error.values == {"device": "north", "detail": "OSDP 5"}
