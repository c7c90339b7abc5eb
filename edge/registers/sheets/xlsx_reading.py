"""XLSX by openpyxl: values as people see them, formulas told apart, no more unpacked than a sheet needs."""

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openpyxl

from edge.refusal import Refused
from edge.registers.sheets.table import BLANK, MOST_ROWS, Cell, CellKind, Row, Table, cut_to_size, too_long

LARGEST_UNPACKED_MIB = 64
_MOST_PARTS = 1000
# A sheet that somebody formatted down to Excel's last row has as many rows that are blank.
_LAST_ROW = 1_048_576


def read_xlsx(content: bytes) -> Table:
    """Return the first sheet in which something stands. Refused: broken, encrypted, too large unpacked."""
    with _told_as_broken(), warnings.catch_warnings():
        # Openpyxl warns of styles and extensions that it leaves out; values are not among them.
        warnings.simplefilter("ignore")
        _require_bounded(content)
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            return _first_table(workbook)
        finally:
            workbook.close()


def _first_table(workbook: Any) -> Table:
    sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    for place, sheet in enumerate(sheets):
        rows = tuple(_rows(sheet))
        if rows:
            return Table(rows, tuple(other.title for other in sheets[place + 1 :]))
    return Table(())


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # the size that the file claims may be wrong
    count = 0
    for number, cells in enumerate(sheet.iter_rows(max_row=_LAST_ROW), 1):
        row = cut_to_size(number, [_cell(cell) for cell in cells])
        if not row.blank:
            count += 1
            if count > MOST_ROWS:
                raise too_long()
            yield row


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return BLANK
    kind: CellKind = "text"
    if cell.data_type == "f":
        kind = "formula"
    elif cell.data_type == "e":
        kind = "error"
    elif isinstance(value, bool):
        value = "TRUE" if value else "FALSE"
    elif isinstance(value, int | float):
        kind, value = "number", f"{value:.0f}" if value == int(value) else repr(value)
    elif isinstance(value, dt.datetime | dt.date | dt.time):
        kind, value = "date", _iso(value)
    text = str(value).strip()
    return (
        Cell(text.removeprefix("'") if text[1:2] in tuple("=+-@0123456789") else text, kind)
        if text
        else BLANK
    )


def _iso(value: dt.datetime | dt.date | dt.time) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    return value.isoformat()


def _require_bounded(content: bytes) -> None:
    # The zip reader unpacks no more of a part than its entry here says.
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED_MIB * 2**20:
        raise Refused(
            "sheets.unpacked_too_large",
            "the workbook unpacks to more than {mib} MiB: copy the rows that are meant into a new one, "
            "as values",
            mib=LARGEST_UNPACKED_MIB,
        )


@contextmanager
def _told_as_broken() -> Iterator[None]:
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        # A damaged part makes openpyxl and the parsers below it raise whatever they happen to.
        raise Refused(
            "sheets.xlsx_broken",
            "the workbook is damaged or no XLSX ({reason}): open it in Excel or WPS and save it again as "
            "XLSX",
            reason=f"{type(error).__name__}: {error}"[:120],
        ) from error
