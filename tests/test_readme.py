"""The commands that the READMEs name, as a newcomer would run them."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SUBCOMMANDS = {"add", "diagnostics", "install", "keyset", "list", "remove", "scan", "schema", "test", "watch"}
READMES = (CHECKOUT / "README.md", CHECKOUT / "README.zh.md")


def run(*command: str, timeout: float = 110) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_names_two_commands_and_both_are_there(readme: Path):
    block = re.search(r"```\n(scripts/.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    commands = [line.split()[0] for line in block[1].splitlines()]
    assert commands == ["scripts/demo", "scripts/test"]
    assert all(os.access(CHECKOUT / command, os.X_OK) for command in commands)


def test_the_environment_is_ready_at_once_the_second_time():
    assert run("scripts/environment", timeout=600).returncode == 0
    began = time.monotonic()
    again = run("scripts/environment")
    assert (again.returncode, again.stdout) == (0, "")
    assert time.monotonic() - began < 5


def test_the_demo_command_of_the_readme_ends_by_itself_with_its_json():
    demo = run("scripts/demo", "--for", "8")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    last = json.loads(demo.stdout.splitlines()[-1])
    assert last["acknowledged"] == last["alerts"] >= 1


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_menwei_command_of_the_readme_exists(readme: Path):
    named = set(re.findall(r"menwei ([a-z]+)(?: ([a-z]+))?", readme.read_text(encoding="utf-8")))
    assert len(named) > 8
    for command, subcommand in sorted(named):
        parts = [
            command,
            *([subcommand] if subcommand in SUBCOMMANDS else []),
        ]
        told = run(sys.executable, "-m", "edge", *parts, "--help")
        assert told.returncode == 0, (parts, told.stderr)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_has_no_dead_link(readme: Path):
    checked = run(sys.executable, "scripts/links.py", str(readme))
    assert (checked.returncode, checked.stdout.strip()) == (0, "")


def test_a_dead_link_is_found(tmp_path: Path):
    document = tmp_path / "x.md"
    document.write_text("see [there](nowhere.md) and [here](x.md)\n", encoding="utf-8")
    checked = run(sys.executable, "scripts/links.py", str(document))
    assert checked.returncode == 1
    assert checked.stdout.strip() == f"{document}:1: dead link to nowhere.md"
