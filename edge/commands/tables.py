"""Tables for people: drawn on a terminal, aligned lines elsewhere; Chinese takes two columns a character."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and whether it holds figures."""

    heading: str
    figures: bool = False


Row = Sequence[Text]


def show(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Print a table."""
    if sys.stdout.isatty():
        Console(width=shutil.get_terminal_size().columns).print(drawn(columns, rows))
    else:
        for line in lines(columns, rows):
            click.echo(line)


def drawn(columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    """Return a table for a terminal, folded to its width."""
    table = Table()
    for column in columns:
        table.add_column(Text(column.heading), overflow="fold", justify="right" if column.figures else "left")
    for row in rows:
        table.add_row(*row)
    return table


def lines(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[str]:
    """Yield a table as aligned lines, each row on one."""
    cells = [[column.heading for column in columns], *([part.plain or "-" for part in row] for row in rows)]
    yield from aligned(cells, [column.figures for column in columns])


def aligned(rows: Sequence[Sequence[str]], figures: Sequence[bool] | None = None) -> Iterator[str]:
    """Yield rows with their cells one below the other; columns of `figures` are flush right."""
    count = len(rows[0]) if rows else 0
    widths = [max(cell_len(row[n]) for row in rows) for n in range(count)]
    for row in rows:
        yield "  ".join(
            _padded(cell, width, figures=right)
            for cell, width, right in zip(row, widths, figures or [False] * count, strict=True)
        ).rstrip()


def _padded(cell: str, width: int, *, figures: bool) -> str:
    space = " " * (width - cell_len(cell))
    return space + cell if figures else cell + space
