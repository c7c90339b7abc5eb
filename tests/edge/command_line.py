"""`menwei` called as people call it, at a site of its own in a folder of the test's."""

import shutil
import sys
from pathlib import Path

import pytest

from edge import cli

CONFIG = Path(__file__).resolve().parents[2] / "config"


def at_a_site(monkeypatch, capsys, folder, *, language="en"):
    """Return a function from arguments to (exit code, output, errors); `folder` holds the site file."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MENWEI_SITE", raising=False)
    monkeypatch.setenv("MENWEI_LANGUAGE", language)
    shutil.copy(CONFIG / "demo.yaml", folder / "site.yaml")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["menwei", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call
