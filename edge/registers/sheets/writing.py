"""Rows become a file that only its owner can read: CSV that Excel opens in Chinese, or XLSX."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from edge.refusal import Refused
from edge.registers.sheets.exporting import headings_of
from edge.registers.sheets.headings import COLUMNS, SheetKind

# What spreadsheets take for the beginning of a formula; an apostrophe before it makes text of it.
_FORMULA_LEADS = ("=", "+", "-", "@", "\t", "\r")
_TEXT_FORMAT = "@"
_WIDTH = 16
_CHOICES_DOWN_TO = 5000


def sheet_bytes(kind: SheetKind, rows: Iterable[Sequence[str]], suffix: str) -> bytes:
    """Return a sheet with its headings as `.csv` or `.xlsx`. Refused: another suffix."""
    safe = ([neutralised(cell) for cell in row] for row in rows)
    if suffix.lower() == ".csv":
        return _csv(headings_of(kind), safe)
    if suffix.lower() == ".xlsx":
        return _xlsx(kind, safe)
    raise Refused(
        "sheets.suffix", "sheets are written as CSV or XLSX: let the name of the file end in .csv or .xlsx"
    )


def neutralised(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_LEADS) else cell


def write_new(file: Path, content: bytes) -> None:
    """Write a new file that only its owner can read. Refused: it exists already or cannot be written."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Refused(
            "sheets.file_exists", "{file} exists already: choose another name, or remove it first", file=file
        ) from None
    except OSError as error:
        raise _unwritable(file, error) from None
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        file.unlink(missing_ok=True)
        raise _unwritable(file, error) from None


def _unwritable(file: Path, error: OSError) -> Refused:
    return Refused(
        "sheets.unwritable",
        "{file} cannot be written ({reason}): check folder, owner and free space",
        file=file,
        reason=error.strerror,
    )


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(kind: SheetKind, rows: Iterable[Sequence[str]]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    sheet.freeze_panes = "A2"
    sheet.append(headings_of(kind))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append(row)
    for place, column in enumerate(COLUMNS[kind], 1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = _WIDTH
        if column.textual:
            # What is typed into an empty cell of the column stays as it was typed, too.
            sheet.column_dimensions[letter].number_format = _TEXT_FORMAT
            for (cell,) in sheet.iter_rows(min_row=2, min_col=place, max_col=place):
                cell.number_format = _TEXT_FORMAT
        if column.choices:
            words = ",".join(map(column.word_for, column.choices))
            choices = DataValidation("list", formula1=f'"{words}"', allow_blank=True, errorStyle="warning")
            choices.add(f"{letter}2:{letter}{_CHOICES_DOWN_TO}")
            sheet.add_data_validation(choices)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()
