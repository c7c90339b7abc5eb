"""Secrets are read from private files and from the environment, and are never repeated."""

import os
from pathlib import Path

import pytest

from edge import catalogue
from edge.refusal import Refused
from edge.site.credentials import read_secret
from edge.site.sections import Secret

PLANTED = "hunter2-planted"


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text(f"{PLANTED}\n", "utf-8")
    path.chmod(0o600)
    return path


def refusal(secret, folder, environment=None):
    with pytest.raises(Refused) as caught:
        read_secret(secret, folder, environment or {})
    for language in ("zh-CN", "en"):
        assert PLANTED not in catalogue.explain(caught.value, language)
    assert PLANTED not in repr(caught.value)
    return caught.value.key


def test_a_private_file_gives_its_line(secret_file):
    assert read_secret(Secret(file=Path("secret")), secret_file.parent, {}) == PLANTED
    secret_file.chmod(0o400)
    assert read_secret(Secret(file=secret_file), Path("/"), {}) == PLANTED


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o660, 0o700, 0o4600])
def test_a_file_that_others_may_touch_is_refused(mode, secret_file):
    secret_file.chmod(mode)
    assert refusal(Secret(file=secret_file), Path("/")) == "site.secret_mode"


def test_a_file_of_another_user_is_refused(secret_file):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(secret_file, 65534, 65534)
    assert refusal(Secret(file=secret_file), Path("/")) == "site.secret_owner"


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb\n", b"\xff\xfe", b"a\0b", b"a" * 5000])
def test_a_file_that_holds_something_else_is_refused(content, secret_file):
    secret_file.write_bytes(content)
    assert refusal(Secret(file=secret_file), Path("/")) == "site.secret_content"


def test_no_file_a_folder_and_a_pipe_are_refused(tmp_path):
    assert refusal(Secret(file=Path("none")), tmp_path) == "site.secret_missing"
    assert refusal(Secret(file=Path()), tmp_path) == "site.secret_no_file"
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert refusal(Secret(file=Path("pipe")), tmp_path) == "site.secret_no_file"


def test_the_environment_gives_its_value_or_is_refused():
    secret = Secret(environment="MENWEI_TEST_SECRET")
    assert read_secret(secret, Path("/"), {"MENWEI_TEST_SECRET": PLANTED}) == PLANTED
    assert refusal(secret, Path("/"), {"MENWEI_TEST_SECRET": ""}) == "site.secret_unset"
    assert refusal(secret, Path("/")) == "site.secret_unset"


def test_a_secret_without_a_place_is_refused():
    assert refusal(Secret(), Path("/")) == "site.secret_place"
