"""The pages that tell installers how to write a profile: complete, true, and the same in both languages."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from drivers.fences import profile
from drivers.fences.profile_files import findings, judge, shipped
from drivers.said import ZoneState
from edge.catalogue import explain
from edge.site.wires import ModbusWire

FOLDER = Path(profile.__file__).parent
PAGES = {"en": "PROFILES.md", "zh-CN": "PROFILES.zh.md"}
LANGUAGES = pytest.mark.parametrize("language", PAGES)
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(language):
    return (FOLDER / PAGES[language]).read_text("utf-8")


def blocks(language, kind, what=""):
    return [body for k, w, body in BLOCK.findall(page(language)) if (k, w) == (kind, what)]


def models():
    return [
        m
        for m in vars(profile).values()
        if isinstance(m, type) and issubclass(m, BaseModel) and m.__module__ == profile.__name__
    ]


def rows(language):
    """Return every row of a table by the key that it begins with; a key may have several."""
    found = {}
    for line in page(language).splitlines():
        if match := re.match(r"\| `(\w+)` \|", line):
            found.setdefault(match[1], []).append(line)
    return found


KEYS = {name for model in models() for name in model.model_fields}
WORDS = {*get_args(ZoneState), *get_args(profile.ZoneMeaning), *get_args(profile.HostMeaning)} | {
    "normally_open",
    "normally_closed",
}


@LANGUAGES
def test_every_key_has_a_row_and_every_word_is_named(language):
    assert len(KEYS) > 20
    assert KEYS - set(rows(language)) == set()
    assert {word for word in WORDS if f"`{word}`" not in page(language)} == set()


@LANGUAGES
def test_no_row_tells_of_a_key_that_does_not_exist(language):
    assert set(rows(language)) - KEYS == set()


@LANGUAGES
def test_every_bound_stands_in_the_row_of_its_key(language):
    told = rows(language)
    for model in models():
        for name, field in model.model_fields.items():
            bounds = [getattr(rule, sign) for rule in field.metadata for sign in ("ge", "gt", "le")
                      if hasattr(rule, sign)]  # fmt: skip
            numbers = [{float(n) for n in re.findall(r"\d+(?:\.\d+)?", row)} for row in told[name]]
            assert any(all(float(b) in row for b in bounds) for row in numbers), (name, bounds)


@LANGUAGES
def test_the_pages_examples_are_profiles(language):
    found = blocks(language, "yaml")
    assert len(found) >= 3
    for text in found:
        profile_, errors = judge(text, "example")
        assert errors == ()
        assert profile_ is not None


def test_every_key_is_shown_in_an_example():
    shown = {word for text in blocks("en", "yaml") for word in re.findall(r"(\w+):", text)}
    assert KEYS - shown == set()


@LANGUAGES
def test_the_pages_site_file_is_one(language):
    (text,) = blocks(language, "yaml", "site")
    wires = YAML(typ="safe", pure=True).load(text)["wires"]
    assert ModbusWire.model_validate(wires["fence-bus"]).fences["east-fence"].profile == "east-host.yaml"


def test_both_pages_show_the_same_examples():
    read = [[YAML(typ="safe", pure=True).load(text) for text in blocks(lang, "yaml")] for lang in PAGES]
    assert read[0] == read[1]
    assert [b[:2] for b in BLOCK.findall(page("en"))] == [b[:2] for b in BLOCK.findall(page("zh-CN"))]


@LANGUAGES
def test_every_shipped_profile_is_named_and_linked_and_nothing_else(language):
    linked = re.findall(r"\]\(profiles/([\w-]+)\.yaml\)", page(language))
    assert sorted(linked) == sorted(shipped())
    for link in re.findall(r"\]\(([^):]+)\)", page(language)):
        assert (FOLDER / link).exists(), link


@LANGUAGES
def test_the_errors_that_the_page_quotes_are_those_of_the_product(language, tmp_path):
    path = tmp_path / "east-host.yaml"
    path.write_text(
        "maker: Acme\nmodel: F4\nzones:\n  1:\n    marks:\n"
        "      - {meaning: alarm, function: 3, address: 0x0010}\n"
        "      - {meaning: alarm, function: 2, address: 0}\n  2:\n"
        "    marks: [{meaning: alarm, function: 2, address: 1}]\narm: {function: 5, address: 0, valu: 2}\n",
        "utf-8",
    )
    told = [explain(error, language).replace(f"{tmp_path}/", "") for error in findings(path)]
    assert len(told) == 2
    assert all(sentence in page(language) for sentence in told), told
