"""CSV as spreadsheets write it: UTF-8 with or without a mark, UTF-16, or GB18030; comma, tab or semicolon."""

import codecs
import csv
import io
import re

from edge.refusal import Refused
from edge.registers.sheets.table import BLANK, MOST_ROWS, Cell, Row, Table, cut_to_size, too_long

# Both are how people keep Excel from changing figures: ="0123" in the file, '0123 in the cell.
_AS_TEXT = re.compile(r'="([^"]*)"')
_QUOTED = re.compile(r"'(?=[=+\-@0-9])")
_SNIFFED = 4096


def read_csv(content: bytes) -> Table:
    """Return the table in a CSV file. Refused: no known encoding, broken quotes, too many rows or columns."""
    text = decoded(content)
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            row = cut_to_size(number, [_cell(field) for field in record])
            if not row.blank:
                rows.append(row)
            if len(rows) > MOST_ROWS:
                raise too_long()
    except csv.Error as error:
        raise Refused(
            "sheets.csv_broken",
            "row {row} of the CSV file cannot be read ({reason}): look for a quotation mark that is "
            "not closed",
            row=number + 1,
            reason=error,
        ) from None
    return Table(tuple(rows))


def decoded(content: bytes) -> str:
    """Return the text of a file. Refused: it is in no encoding that spreadsheets write."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _strictly(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(content, "gb18030")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(
            "sheets.encoding",
            "line {line} has characters that are neither UTF-8 nor GB18030: save the sheet again as XLSX or "
            "as CSV UTF-8",
            line=content[: error.start].count(b"\n") + 1,
        ) from None


def _delimiter(text: str) -> str:
    start = text[:_SNIFFED]
    return max(",\t;", key=start.count)


def _cell(field: str) -> Cell:
    text = field.strip()
    if not text:
        return BLANK
    kept = _AS_TEXT.fullmatch(text)
    if kept:
        return Cell(kept[1].strip())
    return Cell(_QUOTED.sub("", text, count=1), "formula" if text.startswith("=") else "text")
