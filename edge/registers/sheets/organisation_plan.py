"""What an import of organisations would do."""

import re
from dataclasses import dataclass

from edge.registers.identities import masked_phone
from edge.registers.sheets.fields import MASK, text_called
from edge.registers.sheets.headed import Headed, Problem, RowReader, missing
from edge.registers.sheets.plan import (
    OrganisationWrites,
    Plan,
    PlannedRow,
    contradict,
    grouped,
    problem_row,
)
from edge.registers.sheets.registered import Registered

_PHONE = re.compile(r"[0-9]{7,}")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    name: str
    contact: str | None
    masked: bool


def masked_contact(contact: str) -> str:
    """Return a contact with the phone numbers in it masked."""
    return _PHONE.sub(lambda found: masked_phone(found[0]), contact)


def plan_organisations(sheet: Headed, registered: Registered) -> Plan:
    """Return what importing a sheet of organisations would do."""
    done: list[PlannedRow] = []
    rows: list[_Row] = []
    for row in sheet.rows:
        reader = RowReader(sheet, row)
        read = _read(reader)
        if read is None:
            done.append(problem_row(row.number, reader.shown("organisation"), *reader.problems))
        else:
            rows.append(read)
    added: list[tuple[str, str | None]] = []
    contacts: list[tuple[str, str]] = []
    seen: list[str] = []
    for name, group in grouped((row.name, row) for row in rows).items():
        said = {row.contact for row in group if row.contact is not None}
        known = registered.organisations.get(name)
        if len(said) > 1 or (known is None and any(row.masked for row in group)):
            refused = contradict([row.number for row in group]) if len(said) > 1 else missing()
            problem = Problem(sheet.called("contact"), refused)
            done.extend(problem_row(row.number, name, problem) for row in group)
            continue
        seen.append(name)
        contact = next(iter(said), None)
        if known is None:
            added.append((name, contact))
            first = PlannedRow(group[0].number, name, "new")
        elif contact is not None and contact != known.contact:
            contacts.append((name, contact))
            first = PlannedRow(group[0].number, name, "changed", (sheet.called("contact"),))
        else:
            first = PlannedRow(group[0].number, name, "same")
        done.extend([first, *(PlannedRow(row.number, name, "same") for row in group[1:])])
    writes = OrganisationWrites(tuple(added), tuple(contacts), tuple(seen))
    in_order = tuple(sorted(done, key=lambda row: row.number))
    return Plan("organisations", in_order, writes, sheet.ignored, sheet.unread)


def _read(reader: RowReader) -> _Row | None:
    name = reader.take("organisation", text_called("organisation_name"))
    reader.require("organisation", name)
    contact = reader.take("contact", text_called("contact"))
    if reader.problems or name is None:
        return None
    masked = contact is not None and MASK in contact
    return _Row(reader.number, name, None if masked else contact, masked)
