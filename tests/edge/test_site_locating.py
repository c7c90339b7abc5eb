"""Which site file a command takes."""

from pathlib import Path

import pytest

from edge.refusal import Refused
from edge.site.locating import locate


def test_a_named_file_comes_first_even_if_it_does_not_exist(tmp_path):
    (tmp_path / "site.yaml").touch()
    named = Path("other.yaml")
    assert locate(named, {"MENWEI_SITE": "env.yaml"}, tmp_path) == named


def test_the_environment_comes_before_the_folder(tmp_path):
    (tmp_path / "site.yaml").touch()
    assert locate(None, {"MENWEI_SITE": "env.yaml"}, tmp_path) == Path("env.yaml")


def test_the_folder_comes_before_the_installed_file(tmp_path):
    installed = tmp_path / "installed.yaml"
    installed.touch()
    assert locate(None, {"MENWEI_SITE": ""}, tmp_path, installed=installed) == installed
    (tmp_path / "site.yaml").touch()
    assert locate(None, {}, tmp_path, installed=installed) == tmp_path / "site.yaml"


def test_no_site_file_anywhere_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(Refused, match="--site FILE") as caught:
        locate(None, {}, tmp_path, installed=tmp_path / "none")
    assert caught.value.key == "site.not_found"
