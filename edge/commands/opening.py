"""What the commands for the registers share: finding the site, opening its database, telling of it."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from edge import catalogue
from edge.catalogue import Language
from edge.clock import SystemClock
from edge.refusal import Refused
from edge.registers.entries import Erased
from edge.site.loading import load
from edge.site.locating import locate
from edge.site.schema import Site
from edge.store import layout
from edge.store.database import open_database


@dataclass(frozen=True, slots=True)
class Opened:
    """A site with its open database, and the moment of the command."""

    site: Site
    connection: sqlite3.Connection
    language: Language
    now: float

    @property
    def key_file(self) -> Path:
        """Where the key for face templates lies."""
        return layout.template_key(self.site.storage.directory)

    @property
    def zone(self) -> tzinfo:
        """The site's time zone, in which times are told."""
        return self.site.site.zone_info

    def at(self, wall_s: float) -> str:
        """Return a wall time as people of the site write it."""
        return datetime.fromtimestamp(wall_s, UTC).astimezone(self.zone).isoformat(" ", "minutes")[:16]

    def say(self, key: str, **values: object) -> None:
        """Print a sentence of the catalogue."""
        click.echo(catalogue.text(key, self.language, **values))

    def say_erased(self, erased: Erased) -> None:
        """Tell what is gone for good."""
        self.say(
            "registers.erased",
            subject=erased.subject,
            label=erased.label,
            templates=erased.templates,
            consents=erased.consents,
        )


def site_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--site FILE` to a command, given to it as `site_file`."""
    return click.option(
        "--site",
        "site_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Site file; else MENWEI_SITE, ./site.yaml or /etc/menwei/site.yaml.",
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json` to a listing, given to it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")(command)


@contextmanager
def opened(site_file: Path | None) -> Iterator[Opened]:
    """Open the registers of a site for one command. Refused, SiteErrors: no site, or a wrong one."""
    site = load(locate(site_file, os.environ, Path.cwd()))
    directory = site.storage.directory
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            "registers.storage_unwritable",
            "the storage directory {directory} cannot be made ({reason}): check storage.directory and its "
            "owner",
            directory=directory,
            reason=error.strerror,
        ) from None
    with closing(open_database(layout.database(directory))) as connection:
        try:
            yield Opened(site, connection, catalogue.language_of(), SystemClock().wall())
        except sqlite3.OperationalError as error:
            raise Refused(
                "registers.database_busy",
                "the database did not take it ({reason}); nothing was changed: see to disk and load, "
                "try again",
                reason=error,
            ) from error


def print_json(rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows as one JSON array, Chinese readable."""
    click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
