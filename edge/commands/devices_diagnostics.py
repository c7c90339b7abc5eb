"""`menwei devices diagnostics`: one JSON file for support, without secrets and without names."""

import json
import os
import platform
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

import click

from drivers.base import Malformed
from edge import catalogue
from edge.clock import SystemClock
from edge.commands.opening import site_option
from edge.control.client import ControlClient
from edge.control.messages import AskHealth, Standing
from edge.devices import diagnostics
from edge.devices.diagnostics import Box, Memory
from edge.refusal import Refused
from edge.site.errors import SiteErrors
from edge.site.loading import load
from edge.site.locating import locate
from edge.store import device_states, layout

_LIBRARIES = (
    "av",
    "libosdp",
    "msgspec",
    "numpy",
    "onnxruntime",
    "onveef",
    "opencv-python",
    "paho-mqtt",
    "pydantic",
    "pymodbus",
    "pyserial",
    "uhppoted",
)
_BUSY_S = 5.0
# A shorter ASCII name would be found in ids and words everywhere.
_SHORTEST, _SHORTEST_ASCII = 2, 4


@click.command("diagnostics")
@site_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output if absent."
)
def command(site_file: Path | None, out: Path | None) -> None:
    """Write what support needs to know of this box as one JSON object.

    It holds no password, key, user name, name of a person, card, PIN, plate or hardware address.
    """
    told = _report(locate(site_file, os.environ, Path.cwd()))
    text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        _write(out, text)
        _tell("diagnostics.written", file=out)


def _report(site_file: Path) -> Mapping[str, object]:
    box = Box(_versions(), _machine(), SystemClock().wall())
    try:
        site = load(site_file)
    except SiteErrors as errors:
        _tell("diagnostics.site_refused", file=errors.file)
        return diagnostics.refused(box, errors)
    storage = site.storage.directory
    standing, unanswered = _standing(storage)
    if unanswered is not None:
        _tell(
            "diagnostics.no_daemon", reason=catalogue.text(unanswered.key, _language(), **unanswered.values)
        )
    memory = _memory(layout.database(storage), box.wall_s)
    if memory.error is not None:
        _tell("diagnostics.no_database", reason=memory.error)
    return diagnostics.report(box, site, memory, standing, None if unanswered is None else unanswered.key)


def _standing(storage: Path) -> tuple[Standing | None, Refused | Malformed | None]:
    """Return how the daemon says that everything stands, or why it does not say."""
    try:
        with ControlClient(storage) as client:
            answer = client.ask(AskHealth())
    except (Refused, Malformed) as error:
        return None, error
    if not isinstance(answer, Standing):
        return None, Refused("diagnostics.other_answer", "the daemon answered something else: restart it")
    return answer, None


def _memory(database: Path, wall_s: float) -> Memory:
    """Return what the database holds, read without changing anything of it."""
    try:
        address = f"file:{quote(str(database))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_S)) as connection:
            return Memory(
                held=device_states.read(connection),
                journal=dict(
                    connection.execute(
                        "SELECT kind, count(*) FROM journal WHERE wall_s >= ? GROUP BY kind",
                        (wall_s - diagnostics.JOURNAL_DAY_S,),
                    )
                ),
                alerts=dict(
                    connection.execute("SELECT kind, count(*) FROM alert WHERE state = 'open' GROUP BY kind")
                ),
                names=_names(connection),
            )
    except sqlite3.Error as error:
        return Memory(error=str(error))


def _names(connection: sqlite3.Connection) -> frozenset[str]:
    rows = connection.execute(
        "SELECT name FROM people UNION SELECT owner FROM vehicles UNION SELECT plate FROM vehicles"
        " UNION SELECT name FROM watchlist UNION SELECT plate FROM watchlist"
        " UNION SELECT name FROM visitors UNION SELECT plate FROM visitors"
    )
    return frozenset(
        name for (name,) in rows if name and len(name) >= (_SHORTEST_ASCII if name.isascii() else _SHORTEST)
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for name in ("menwei", *_LIBRARIES):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def _machine() -> dict[str, object]:
    # Neither the host's name nor the kernel's builder: they may be people's.
    return {
        "system": _system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "processors": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20),
    }


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return platform.system()


def _write(file: Path, text: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        raise Refused("diagnostics.exists", "{file} exists already: name another file", file=file) from None
    except OSError as error:
        raise Refused(
            "diagnostics.unwritable",
            "{file} cannot be written ({reason}): name another file",
            file=file,
            reason=error.strerror,
        ) from None


def _language() -> catalogue.Language:
    return catalogue.language_of()


def _tell(key: str, **values: object) -> None:
    # Standard output may be the report.
    click.echo(catalogue.text(key, _language(), **values), err=True)
