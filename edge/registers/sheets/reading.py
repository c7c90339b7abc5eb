"""From the bytes of a file, CSV or XLSX whatever its name says, to a table."""

from pathlib import Path

from edge.refusal import Refused
from edge.registers.sheets.csv_reading import read_csv
from edge.registers.sheets.table import LARGEST_MIB, Table
from edge.registers.sheets.xlsx_reading import read_xlsx

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"


def read_table(content: bytes) -> Table:
    """Return what stands in a file. Refused: empty, too large, old or encrypted Excel, or damaged."""
    if len(content) > LARGEST_MIB * 2**20:
        raise Refused(
            "sheets.too_large", "the file is larger than {mib} MiB: divide it into several", mib=LARGEST_MIB
        )
    if content.startswith(_OLE):
        raise Refused(
            "sheets.old_excel",
            "the file is an old XLS or has a password: save it in Excel or WPS as XLSX without a password",
        )
    table = read_xlsx(content) if content.startswith(_ZIP) else read_csv(content)
    if not table.rows:
        raise Refused("sheets.empty", "nothing stands in the file: choose another, or write into it first")
    return table


def content_of(file: Path) -> bytes:
    """Return a file's bytes, one more than is allowed where it is too large. Refused: it cannot be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_MIB * 2**20 + 1)
    except OSError as error:
        raise Refused(
            "sheets.unreadable",
            "{file} cannot be read ({reason}): check the path and its owner",
            file=file,
            reason=error.strerror,
        ) from None
