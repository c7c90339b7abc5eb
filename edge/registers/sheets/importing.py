"""From a file's bytes to what its import would do, and to the doing."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from dataclasses import replace

from edge.refusal import Refused
from edge.registers.acts import RegisterAct
from edge.registers.entries import printable
from edge.registers.sheets.carrying_out import (
    Confirmation,
    Overtaken,
    Sealed,
    brings_anything,
    carry_out,
    seal_people,
)
from edge.registers.sheets.headed import Headed, headed
from edge.registers.sheets.organisation_plan import plan_organisations
from edge.registers.sheets.people_plan import plan_people
from edge.registers.sheets.plan import PeopleWrites, Plan
from edge.registers.sheets.reading import read_table
from edge.registers.sheets.registered import Registered, read_registered
from edge.registers.sheets.vehicle_plan import plan_vehicles
from edge.store.sealing import SealingKey

_ATTEMPTS = 3


def plan_import(sheet: Headed, registered: Registered, *, zone: dt.tzinfo, now: float) -> Plan:
    """Return what importing a sheet would do. `now` is in wall seconds, dates are days of `zone`."""
    today = dt.datetime.fromtimestamp(now, zone).date()
    if sheet.kind == "people":
        return plan_people(sheet, registered, zone=zone, today=today)
    if sheet.kind == "vehicles":
        return plan_vehicles(sheet, registered, zone=zone, today=today)
    return plan_organisations(sheet, registered)


def dry_run(
    connection: sqlite3.Connection,
    key: SealingKey | None,
    content: bytes,
    *,
    zone: dt.tzinfo,
    now: float,
) -> Plan:
    """Return what importing a file would do, and do nothing. Refused: it is no sheet."""
    return plan_import(
        headed(read_table(content)), read_registered(connection, key, now=now), zone=zone, now=now
    )


def import_sheet(
    connection: sqlite3.Connection,
    key: SealingKey,
    content: bytes,
    *,
    file: str,
    by: str | None,
    confirmed_by: str | None,
    zone: dt.tzinfo,
    now: float,
    planned: Callable[[], None] = lambda: None,
) -> Plan:
    """Take in the good rows of a file in one transaction; return what was done. Refused: it is no sheet.

    With `confirmed_by` everything that stands in good rows counts as confirmed by that one now. `planned` is
    called each time before the transaction.
    """
    by = None if by is None else printable(by, "by")
    confirmed_by = None if confirmed_by is None else printable(confirmed_by, "confirmed_by")
    confirmation = Confirmation(confirmed_by, now)
    act = RegisterAct("import", "people", file, by or confirmed_by, None, 0, now)
    sheet = headed(read_table(content))
    # Planning and sealing take seconds: a running daemon must be able to write meanwhile.
    for _ in range(_ATTEMPTS):
        registered = read_registered(connection, key, now=now)
        plan = plan_import(sheet, registered, zone=zone, now=now)
        if not brings_anything(plan, confirmation):
            return plan
        sealed = _sealed(key, plan)
        rows = plan.count("new") + plan.count("changed")
        planned()
        try:
            carry_out(
                connection,
                plan,
                sealed,
                version=registered.version,
                act=replace(act, sheet=plan.kind, rows=rows),
                confirmation=confirmation,
            )
        except Overtaken:
            continue
        return plan
    raise Refused(
        "sheets.overtaken",
        "the registers were changed by others again and again meanwhile; nothing was taken in: try again",
    )


def _sealed(key: SealingKey, plan: Plan) -> list[Sealed]:
    return seal_people(key, plan.writes.people) if isinstance(plan.writes, PeopleWrites) else []
