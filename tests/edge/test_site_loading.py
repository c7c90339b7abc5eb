"""Reading a site file: what is no YAML, what is too large, where paths lead, what each error is called."""

import json
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge import catalogue
from edge.site import loading, tree, wording
from edge.site.errors import SiteErrors
from edge.site.reading import LARGEST_BYTES

CONFIG = Path(__file__).resolve().parents[2] / "config"

BASE = """\
site:
  id: garden
  name: 花园
  timezone: Asia/Shanghai
cameras:
  gate:
    name: Gate
    place: Main gate
    source: rtsp://10.0.0.1/stream
    roles: [face]
    purpose: watchlist
    zones:
      lawn:
        name: Lawn
        polygon: [[0, 0], [1, 0], [1, 1]]
people:
  unknown_forbidden:
    - zone: gate/lawn
      hours: ["22:00-06:00"]
uplink:
  mqtt:
    host: broker.example
storage:
  directory: data
"""


def errors_of(path):
    with pytest.raises(SiteErrors) as caught:
        loading.load(path)
    return caught.value.errors


@pytest.fixture
def site_file(tmp_path):
    return tmp_path / "site.yaml"


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("site:\n\tid: a\n", "site.yaml_tab", 2),
        ("site: a: b\n", "site.yaml_colon", 1),
        ("site:\n  id: a\n  name\n  zone: b\n", "site.yaml_no_colon", 4),
        ("site:\n  id: 'a\n", "site.yaml_unclosed", 3),
        ("site: *nobody\n", "site.yaml_alias", 1),
        ("site: 1\n---\nsite: 2\n", "site.yaml_documents", 2),
        ("site:\n  id: @x\n", "site.yaml_quote", 2),
        ("site: [1, 2}\n", "site.yaml_syntax", 1),
        ("site: 1\nname: \x07\n", "site.control_character", 2),
        ("- site\n", "site.no_mapping", 1),
        ("just text\n", "site.no_mapping", 1),
        ("\n" + "[" * 5000, "site.too_deep", 2),
        ("", "site.empty", None),
        ("\n  \n", "site.empty", None),
        ("# only a comment\n", "site.empty", None),
        ("a: \0\n", "site.binary", None),
    ],
)
def test_a_file_that_is_no_yaml_is_told_in_one_sentence(text, key, line, site_file):
    site_file.write_text(text, "utf-8")
    (error,) = errors_of(site_file)
    assert (error.key, error.line) == (key, line)
    assert error.render("zh-CN") != error.render("en")


def test_a_byte_order_mark_is_no_error(site_file):
    site_file.write_text(BASE, "utf-8-sig")
    assert loading.load(site_file).site.id == "garden"


def test_chinese_in_another_encoding_is_told_with_its_line(site_file):
    site_file.write_bytes(BASE.encode("gbk"))
    (error,) = errors_of(site_file)
    assert (error.key, error.line) == ("site.not_utf8", 3)


@pytest.mark.parametrize("size", [LARGEST_BYTES + 1, 10 * 2**20])
def test_a_file_too_large_for_a_site_is_not_parsed(size, site_file):
    site_file.write_bytes(b"a" * size)
    assert [e.key for e in errors_of(site_file)] == ["site.too_large"]


def test_no_file_and_a_folder_are_told_apart(tmp_path):
    assert [e.key for e in errors_of(tmp_path / "none.yaml")] == ["site.missing_file"]
    assert [e.key for e in errors_of(tmp_path)] == ["site.directory"]
    assert [e.key for e in errors_of(Path("/dev/null"))] == ["site.no_file"]


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory(site_file):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    site_file.write_text("\n".join(rows), "utf-8")
    (error,) = errors_of(site_file)
    assert (error.key, error.values["most"]) == ("site.too_many_values", tree.MOST_VALUES)


def test_relative_paths_are_taken_from_the_files_folder(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    text = BASE.replace("rtsp://10.0.0.1/stream", "clip.mp4\n    main_source: rtsp://h/x").replace(
        "    roles", "    username: me\n    password: {file: secret}\n    roles"
    )
    text = text.replace("    host: broker.example", "    host: h\n    ca_file: ca.pem")
    (tmp_path / "site.yaml").write_text(text, "utf-8")
    site = loading.load(tmp_path / "site.yaml")
    camera = site.cameras["gate"]
    assert camera.source == str(tmp_path / "clip.mp4")
    assert camera.main_source == "rtsp://h/x"
    assert camera.password.file == tmp_path / "secret"
    assert site.uplink.mqtt.ca_file == tmp_path / "ca.pem"
    assert site.storage.directory == tmp_path / "data"


@pytest.mark.parametrize("name", ["compound.yaml", "demo.yaml"])
def test_the_examples_are_sound_and_hold_no_secret(name):
    site = loading.load(CONFIG / name)
    assert site.site.zone_info == ZoneInfo("Asia/Shanghai")
    assert not re.search(r"password:(?! *\{ *(file|environment):)", (CONFIG / name).read_text("utf-8"))


def test_every_error_that_the_schema_can_raise_has_a_sentence():
    whole = json.loads(loading.load(CONFIG / "compound.yaml").model_dump_json())
    wrong = (None, "", "x y", 5, -1, 1e9, 10**30, 5.5, float("nan"), True, [], [[]], ["x"], {}, {"x": 1})
    seen = set()
    for place in places(whole):
        for value in wrong:
            data = replaced(whole, place, value)
            _, found = loading._judge(tree.Tree(data=data), CONFIG)
            seen |= {finding.key for finding in found}
            assert "site.invalid" not in seen, (place, value)
    assert set(wording.KEYS.values()) <= seen
    for key in {*seen, *wording.KEYS.values(), *wording.PATTERNS.values()}:
        assert key in catalogue.sentences("zh-CN")
        assert key in catalogue.sentences("en")


def places(data, above=()):
    if above:
        yield above
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from places(value, (*above, key))


def replaced(data, place, value):
    if not place:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[place[0]] = replaced(copy[place[0]], place[1:], value)
    return copy
