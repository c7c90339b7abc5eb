"""Where a command finds the site file."""

from collections.abc import Mapping
from pathlib import Path

from edge.refusal import Refused

VARIABLE = "MENWEI_SITE"
HERE = Path("site.yaml")
INSTALLED = Path("/etc/menwei/site.yaml")


def locate(
    named: Path | None, environment: Mapping[str, str], folder: Path, *, installed: Path = INSTALLED
) -> Path:
    """Return the site file: as named, else as MENWEI_SITE says, else `folder`/site.yaml, else as installed.

    A file that was named is returned whether it exists or not: its loading says what is wrong.
    Refused: none was named and none is found.
    """
    if named is not None:
        return named
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    for place in (folder / HERE, installed):
        if place.is_file():
            return place
    raise Refused(
        "site.not_found",
        "no site file: name it with --site FILE or in {variable}; there is neither {here} nor {installed}",
        variable=VARIABLE,
        here=folder / HERE,
        installed=installed,
    )
