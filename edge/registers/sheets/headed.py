"""A table whose headings were understood: which column holds which field, and where the rows begin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from edge.refusal import Refused
from edge.registers.sheets.headings import COLUMNS, Column, SheetKind, kind_of, named, plain
from edge.registers.sheets.table import BLANK, Cell, Row, Table, letters

Value = TypeVar("Value")

# Clerks put a title and remarks above the headings.
_SEARCHED_ROWS = 10
_NOTHING = frozenset({"", "-", "--", "/", "—", "——", "无", "／", "N/A"})


@dataclass(frozen=True, slots=True)
class Headed:
    """A sheet of one kind: its fields' places from 0, its rows, and what of it is not taken in."""

    kind: SheetKind
    places: Mapping[str, int]
    headings: Sequence[str]
    rows: tuple[Row, ...]
    ignored: tuple[str, ...]
    unread: tuple[str, ...]

    def column(self, field: str) -> Column:
        """Return the column of a field."""
        return next(column for column in COLUMNS[self.kind] if column.field == field)

    def called(self, field: str) -> str:
        """Return a field's heading as the file writes it, else as we do."""
        place = self.places.get(field)
        return self.column(field).chinese if place is None else self.headings[place].strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: in which column, why, and in `refused` also what to do."""

    column: str
    refused: Refused


def headed(table: Table) -> Headed:
    """Return the table with its headings understood. Refused: no headings, or two of one meaning."""
    for at, row in enumerate(table.rows[:_SEARCHED_ROWS]):
        headings = [cell.text for cell in row.cells]
        kind = kind_of(headings)
        if kind is not None:
            places, ignored = _places(kind, row.number, headings)
            return Headed(kind, places, headings, table.rows[at + 1 :], ignored, table.unread)
    raise Refused(
        "sheets.no_headings",
        "none of the first rows has the headings of a sheet: people need name and another such as building "
        "or id number, vehicles plate and owner, organisations organisation; `menwei registers template` "
        "writes an empty sheet",
    )


def _places(kind: SheetKind, number: int, headings: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    known = named(kind)
    places: dict[str, int] = {}
    ignored: list[str] = []
    for place, heading in enumerate(headings):
        column = known.get(plain(heading))
        if column is None:
            if heading:
                ignored.append(heading)
        elif column.field in places:
            raise Refused(
                "sheets.heading_twice",
                "row {row}: the columns {first} ({first_heading}) and {second} ({second_heading}) mean the "
                "same: delete one of them",
                row=number,
                first=letters(places[column.field]),
                first_heading=headings[places[column.field]],
                second=letters(place),
                second_heading=heading,
            )
        else:
            places[column.field] = place
    return places, tuple(ignored)


class RowReader:
    """Takes the fields of one row one by one and gathers every problem on the way."""

    def __init__(self, sheet: Headed, row: Row) -> None:
        self._sheet = sheet
        self._row = row
        self.problems: list[Problem] = []
        for place, cell in enumerate(row.cells):
            if cell.text and not (place < len(sheet.headings) and sheet.headings[place]):
                self.problems.append(Problem(letters(place), _without_heading()))

    @property
    def number(self) -> int:
        """The row's number, as Excel shows it."""
        return self._row.number

    def has(self, field: str) -> bool:
        """Say whether something stands in a field."""
        return self._cell(field) is not None

    def shown(self, field: str) -> str:
        """Return what stands in a field as it can be shown, whatever is wrong with it."""
        cell = self._cell(field)
        return "" if cell is None else "".join(filter(str.isprintable, cell.text))[:40]

    def take(self, field: str, parse: Callable[[Cell], Value]) -> Value | None:
        """Return a field's value; None where nothing stands there or it is noted as a problem."""
        cell = self._cell(field)
        if cell is None:
            return None
        try:
            if cell.kind == "formula":
                raise _formula()
            if cell.kind == "error":
                raise _error(cell)
            return parse(cell)
        except Refused as refused:
            self.note(field, refused)
            return None

    def choose(self, field: str) -> str | None:
        """Return the value of a field with choices; as `take`."""
        column = self._sheet.column(field)
        return self.take(field, lambda cell: _chosen(column, cell))

    def word(self, field: str, value: str) -> str:
        """Return the word for a value of a field with choices."""
        return self._sheet.column(field).word_for(value)

    def note(self, field: str, refused: Refused) -> None:
        """Note a problem in a field."""
        self.problems.append(Problem(self._sheet.called(field), refused))

    def require(self, field: str, value: object) -> None:
        """Note that a field is missing, unless it holds a value or has a problem of its own already."""
        if value is None and not self.has(field):
            self.note(field, missing())

    def _cell(self, field: str) -> Cell | None:
        place = self._sheet.places.get(field)
        cell = self._row.cells[place] if place is not None and place < len(self._row.cells) else BLANK
        if cell.text not in _NOTHING:
            return cell
        means_something = bool(cell.text) and self._sheet.column(field).value_of(cell.text) is not None
        return cell if means_something else None


def missing() -> Refused:
    """Return the refusal of a cell in which something must stand."""
    return Refused("sheets.missing", "nothing stands here: it must be filled in")


def _chosen(column: Column, cell: Cell) -> str:
    value = column.value_of(cell.text)
    if value is None:
        raise Refused(
            "sheets.no_choice",
            "{text} is none of the words that may stand here: write one of {choices}",
            text=cell.text[:40],
            choices="、".join(map(column.word_for, column.choices)),
        )
    return value


def _without_heading() -> Refused:
    return Refused(
        "sheets.without_heading",
        "something stands here, but the column has no heading: give it one or empty it",
    )


def _formula() -> Refused:
    return Refused(
        "sheets.formula",
        "a formula stands here: copy the column and paste it as values, formulas are not taken in",
    )


def _error(cell: Cell) -> Refused:
    return Refused(
        "sheets.cell_error",
        "Excel shows the error {text} here: write what is meant",
        text=cell.text[:40],
    )
