"""Sheets as clerks send them, made for tests, and a box to take them into."""

import datetime as dt
import io

import openpyxl

from edge.registers.id_number import check_character
from edge.registers.sheets import importing
from edge.registers.sheets.headed import headed
from edge.registers.sheets.reading import read_table
from edge.registers.sheets.registered import Registered
from edge.store.sealing import SealingKey

ZONE = dt.timezone(dt.timedelta(hours=8))
NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=ZONE).timestamp()
KEY = SealingKey(1, bytes(range(32)))


def numbered(sequence: int) -> str:
    """Return a valid ID number."""
    digits = f"42060619800101{sequence:03}"
    return digits + check_character(digits)


def xlsx(*rows, also=()) -> bytes:
    """Return a workbook with a sheet of rows, and further sheets in `also`."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    for title in also:
        workbook.create_sheet(title).append(["x"])
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def text(*lines: str) -> bytes:
    """Return CSV lines as Excel in China writes them."""
    return "\r\n".join(lines).encode("gb18030")


def planned(content: bytes, registered: Registered | None = None):
    """Return what importing a file would do."""
    sheet = headed(read_table(content))
    return importing.plan_import(sheet, registered or Registered(), zone=ZONE, now=NOW)


def imported(connection, content: bytes, **options):
    """Import a file into a box."""
    chosen = {"file": "f", "by": None, "confirmed_by": None, "zone": ZONE, "now": NOW} | options
    return importing.import_sheet(connection, KEY, content, **chosen)


def outcomes(plan) -> list[str]:
    """Return the rows' outcomes in their order."""
    return [row.outcome for row in plan.rows]


def problems(plan) -> list[tuple[int, str, str]]:
    """Return row, column and key of each problem."""
    return [
        (row.number, problem.column, problem.refused.key.split(".")[1])
        for row in plan.rows
        for problem in row.problems
    ]
