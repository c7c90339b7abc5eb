"""A sheet as it was read: headings and rows of cells, each row with the number that Excel shows."""

from dataclasses import dataclass
from typing import Literal

from edge.refusal import Refused

CellKind = Literal["text", "number", "date", "formula", "error"]

LARGEST_MIB = 32
MOST_ROWS = 50_000
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as text, and what the file says that it is. Dates are ISO 8601."""

    text: str
    kind: CellKind = "text"


BLANK = Cell("")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row; `number` counts from 1, as Excel does."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def blank(self) -> bool:
        """Say whether nothing stands in the row."""
        return not any(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """What stands in a file; `unread` names the other sheets of the workbook."""

    rows: tuple[Row, ...]
    unread: tuple[str, ...] = ()


def letters(index: int) -> str:
    """Return what Excel calls the column with this index from 0: A, B, …, Z, AA."""
    name = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def cut_to_size(number: int, cells: list[Cell]) -> Row:
    """Return a row without blank cells at its end. Refused: it has more columns than a sheet of ours may."""
    while cells and not cells[-1].text:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise Refused(
            "sheets.too_wide",
            "row {row} goes on to column {column}: a sheet may have {most} columns; delete what is right of "
            "them",
            row=number,
            column=letters(len(cells) - 1),
            most=MOST_COLUMNS,
        )
    return Row(number, tuple(cells))


def too_long() -> Refused:
    """Return the refusal of a sheet with too many rows."""
    return Refused(
        "sheets.too_long",
        "the sheet has more than {most} rows: divide it into several files",
        most=MOST_ROWS,
    )
