"""Everything that people are told is there in Chinese and in English, with the same placeholders."""

import ast
import re
import string
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import pytest

from drivers.listening import faults
from edge import catalogue
from edge.catalogue import sentences
from edge.refusal import Refused
from models import weights_install
from models.weights import WeightsError, verified
from models.weights_manifest import PINNED

CHECKOUT = Path(__file__).resolve().parents[2]
KEY = re.compile(r"[a-z][a-z_]*\.[a-z][a-z0-9_-]*")
KEY_OR_ITS_BEGINNING = re.compile(r"[a-z][a-z_]*\.([a-z][a-z0-9_-]*)?")
FILES = (
    ".py",
    ".toml",
    ".txt",
    ".onnx",
    ".tflite",
    ".yaml",
    ".json",
    ".jsonl",
    ".jpg",
    ".mp4",
    ".db",
    ".key",
    ".md",
    ".sock",
)


# Why a device is out, or a weight or a picture is not taken: shown by its key, in either language.
SHOWN_BY_KEY = ("broker", "code_scanner", "faces", "patrol_reader", "probe", "weights")


@dataclass(frozen=True)
class Raised:
    """An error made with a literal key: the sentence it brings and the values it is given."""

    key: str
    sentence: str
    values: frozenset[str]
    place: str


def topics(language):
    return {
        file.name.removesuffix(".toml") for file in (resources.files("edge.catalogue") / language).iterdir()
    }


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def nodes(package):
    for file in sorted((CHECKOUT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if hasattr(node, "lineno"):
                yield node, f"{file.relative_to(CHECKOUT)}:{node.lineno}"


def strings(node):
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def raised(package):
    """Return every call of a class with a key and a sentence: that is how errors are made here."""
    found = []
    for node, place in nodes(package):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        sentence = node.args[1]
        if not name[:1].isupper() or not isinstance(sentence, ast.Constant):
            continue
        values = frozenset(k.arg for k in node.keywords if k.arg) | placeholders(str(sentence.value))
        found += [
            Raised(key, str(sentence.value), values, place)
            for key in strings(node.args[0])
            if KEY.fullmatch(key)
        ]
    return found


def mentioned(package):
    """Return every literal that reads like a key of a known topic, with its place."""
    known = topics("zh-CN")
    return [
        (node.value, place)
        for node, place in nodes(package)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and KEY_OR_ITS_BEGINNING.fullmatch(node.value)
        and node.value.partition(".")[0] in known
        and not node.value.endswith(FILES)
    ]


def named_by(literal):
    """Return the keys that a literal names: itself, or all that begin with it where more is put behind it."""
    keys = sentences("zh-CN")
    return {
        key for key in keys if key == literal or (literal.endswith(("_", ".")) and key.startswith(literal))
    }


def test_every_error_of_drivers_and_models_has_its_chinese_sentence():
    found = [*raised("drivers"), *raised("models")]
    assert len(found) > 5
    absent = [(r.key, r.place) for r in found if r.key not in sentences("zh-CN")]
    assert absent == []


@pytest.mark.parametrize("package", ["drivers", "models", "edge"])
def test_a_chinese_sentence_asks_for_nothing_that_its_error_does_not_carry(package):
    asked = [
        (r.key, r.place, placeholders(sentences("zh-CN")[r.key]) - r.values)
        for r in raised(package)
        if r.key in sentences("zh-CN")
    ]
    assert asked
    assert [entry for entry in asked if entry[2]] == []


@pytest.mark.parametrize("package", ["drivers", "models", "edge"])
def test_every_key_that_is_mentioned_exists(package):
    assert [(key, place) for key, place in mentioned(package) if not named_by(key)] == []


def test_only_errors_that_bring_their_english_along_have_none_in_the_catalogue():
    own = {
        key for package in ("drivers", "models") for text, _ in mentioned(package) for key in named_by(text)
    }
    own |= {r.key for package in ("drivers", "models", "edge") for r in raised(package)}
    assert set(sentences("zh-CN")) - set(sentences("en")) - own == set()


def test_every_english_sentence_has_its_chinese_one():
    assert set(sentences("en")) - set(sentences("zh-CN")) == set()
    assert topics("en") <= topics("zh-CN")


def test_both_languages_have_the_same_placeholders():
    shared = set(sentences("en")) & set(sentences("zh-CN"))
    assert shared
    differing = [k for k in shared if placeholders(sentences("en")[k]) != placeholders(sentences("zh-CN")[k])]
    assert differing == []


@pytest.mark.parametrize("topic", SHOWN_BY_KEY)
def test_both_languages_have_the_same_keys(topic):
    keys = [{k for k in sentences(language) if k.startswith(f"{topic}.")} for language in ("zh-CN", "en")]
    assert keys[0]
    assert keys[0] == keys[1]


@pytest.mark.parametrize("package", ["drivers", "models", "edge"])
def test_an_error_says_of_itself_what_the_english_catalogue_says(package):
    english = sentences("en")
    both = [r for r in raised(package) if r.key in english and r.key.partition(".")[0] in SHOWN_BY_KEY]
    assert both
    assert [(r.key, r.place) for r in both if english[r.key] != r.sentence] == []


@pytest.mark.parametrize(
    ("fault", "topic", "causes"),
    [
        (faults.probe_fault, "probe", set(faults._SENTENCES)),
        # A patrol reader has a serial port and nothing else.
        (
            faults.patrol_fault,
            "patrol_reader",
            {*faults._PORT_CAUSES.values(), "unplugged", "silent", "unexpected"},
        ),
        (
            faults.scanner_fault,
            "code_scanner",
            {*faults._PORT_CAUSES.values(), "unplugged", "silent", "unexpected"},
        ),
    ],
)
def test_the_fault_of_a_wire_says_of_itself_what_the_english_catalogue_says(fault, topic, causes):
    for cause in causes:
        error = fault(cause, "tty")
        assert error.key == f"{topic}.{cause}"
        assert str(error) == catalogue.text(error.key, "en", detail="tty")


@pytest.mark.parametrize("content", [None, b"short", b"x" * 100])
def test_a_weight_that_is_not_as_pinned_says_of_itself_what_the_english_catalogue_says(tmp_path, content):
    pinned, archive = PINNED[0], replace(PINNED[0].archive, size=100)
    path = tmp_path / pinned.name
    if content is not None:
        path.write_bytes(content * pinned.size if len(content) == 100 else content)
    with pytest.raises(WeightsError) as weight:
        verified(tmp_path, pinned.name)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError) as packed:
        weights_install._verified_archive(path, archive)
    assert packed.value.key == weight.value.key.replace(".", ".archive_")
    for error in (weight.value, packed.value):
        assert str(error) == catalogue.explain(error, "en") != catalogue.explain(error, "zh-CN")


def test_chinese_sentences_are_chinese():
    for key, sentence in sentences("zh-CN").items():
        words = re.sub(r"\{[^}]*\}", "", sentence)
        assert re.search(r"[\u4e00-\u9fff]", words) or not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", words), key


def test_english_sentences_hold_no_chinese_but_examples():
    for key, sentence in sentences("en").items():
        words = re.sub(r"[京沪粤鄂][A-Z0-9]+|门卫", "", sentence)
        assert not re.search(r"[\u4e00-\u9fff]", words), key


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh-CN"),
        ({"LANG": "C.UTF-8"}, "zh-CN"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "MENWEI_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_terminals_language_is_that_of_its_user(environment, language):
    assert catalogue.language_of(environment) == language


def test_an_error_is_explained_in_both_languages():
    error = Refused("site.secret_unset", "the variable {name} is not set", name="A")
    assert "A" in catalogue.explain(error, "zh-CN")
    assert catalogue.explain(error, "zh-CN") != catalogue.explain(error, "en")
    assert catalogue.explain(ValueError("plain"), "zh-CN") == "plain"
