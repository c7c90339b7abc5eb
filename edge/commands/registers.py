"""`menwei registers import | export | template | stale`: sheets, and what must be visited again."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from edge import catalogue
from edge.clock import DAY_S
from edge.commands import tables
from edge.commands.opening import Opened, json_option, opened, site_option
from edge.commands.tables import Column
from edge.refusal import Refused
from edge.registers import acts, confirming, faces, houses
from edge.registers.acts import RegisterAct
from edge.registers.confirming import BuildingFreshness, StaleRecord
from edge.registers.entries import printable
from edge.registers.sheets.exporting import rows_of
from edge.registers.sheets.headings import KINDS, SheetKind
from edge.registers.sheets.importing import dry_run, import_sheet
from edge.registers.sheets.plan import PeopleWrites, Plan, PlannedRow
from edge.registers.sheets.reading import content_of
from edge.registers.sheets.registered import read_registered
from edge.registers.sheets.writing import sheet_bytes, write_new
from edge.store.database import transaction

_BAR_CELLS = 20
# What is left out is said in the outcome's exit code too: a script must notice.
_EXIT_ROWS_LEFT_OUT = 1

kind_argument = click.argument("kind", type=click.Choice(KINDS))
file_argument = click.argument("file", type=click.Path(path_type=Path))


@click.group()
def command() -> None:
    """Take sheets of people, organisations and vehicles in and out; see what must be visited again."""


@command.command("import")
@file_argument
@click.option("--dry-run", "dry", is_flag=True, help="Tell what would be done, and do nothing.")
@click.option("--by", metavar="NAME", help="Who imports; it is recorded.")
@click.option("--confirmed-by", metavar="NAME", help="Who found every row to be true, today.")
@json_option
@site_option
def import_file(
    file: Path, by: str | None, confirmed_by: str | None, site_file: Path | None, *, dry: bool, as_json: bool
) -> None:
    """Take the good rows of FILE (CSV or XLSX) in, all at once, and tell what is wrong with the others."""
    content = content_of(file)
    with opened(site_file) as box:
        if dry:
            key = faces.key_to_open(box.connection, box.key_file)
            plan = dry_run(box.connection, key, content, zone=box.zone, now=box.now)
        else:
            plan = import_sheet(
                box.connection,
                faces.key_for(box.connection, box.key_file),
                content,
                file=file.name,
                by=by,
                confirmed_by=confirmed_by,
                zone=box.zone,
                now=box.now,
            )
        if as_json:
            click.echo(json.dumps(_as_json(box, plan, dry=dry), ensure_ascii=False, indent=2))
        else:
            _tell(box, plan, dry=dry)
    if plan.count("problem"):
        raise click.exceptions.Exit(_EXIT_ROWS_LEFT_OUT)


@command.command("export")
@kind_argument
@file_argument
@click.option("--full", is_flag=True, help="ID and phone numbers in the clear; takes --by and --why.")
@click.option("--by", metavar="NAME", help="Who exports; it is recorded.")
@click.option("--why", metavar="TEXT", help="Why numbers leave in the clear; it is recorded.")
@site_option
def export(
    kind: SheetKind, file: Path, by: str | None, why: str | None, site_file: Path | None, *, full: bool
) -> None:
    """Write what is registered of KIND to the new FILE (.csv or .xlsx), numbers masked."""
    if full and not (by and why):
        raise Refused(
            "sheets.full_unanswered",
            "numbers leave in the clear only when somebody answers for it: add --by NAME and --why TEXT",
        )
    with opened(site_file) as box:
        key = faces.key_to_open(box.connection, box.key_file)
        registered = read_registered(box.connection, key, now=box.now)
        rows = list(rows_of(kind, registered, full=full, zone=box.zone))
        content = sheet_bytes(kind, rows, file.suffix)
        act = RegisterAct(
            "export",
            kind,
            file.name,
            None if by is None else printable(by, "by"),
            None if why is None else printable(why, "why"),
            len(rows),
            box.now,
        )
        if full:
            # Before the file: none in the clear may ever be there without its record.
            with transaction(box.connection):
                acts.record(box.connection, act)
        write_new(file, content)
        box.say("sheets.exported_full" if full else "sheets.exported", rows=len(rows), file=file)


@command.command("template")
@kind_argument
@file_argument
def template(kind: SheetKind, file: Path) -> None:
    """Write an empty sheet of KIND with its headings to the new FILE (.csv or .xlsx)."""
    write_new(file, sheet_bytes(kind, (), file.suffix))
    click.echo(catalogue.text("sheets.template_written", catalogue.language_of(), file=file))


@command.command("stale")
@click.option(
    "--days",
    type=click.FloatRange(min=0),
    default=180.0,
    show_default=True,
    help="After how many days without confirmation a record must be visited again.",
)
@click.option("--building", help="List the records of this building.")
@json_option
@site_option
def stale(days: float, building: str | None, site_file: Path | None, *, as_json: bool) -> None:
    """Tell how much of each building must be visited again; with --building, what."""
    called = None if building is None else houses.building_called(building)
    with opened(site_file) as box:
        before_s = box.now - days * DAY_S
        figures = [
            figure
            for figure in confirming.stale_by_building(box.connection, before_s, now=box.now)
            if called is None or figure.building == called
        ]
        listed = (
            confirming.stale_records(box.connection, before_s, now=box.now, building=called)
            if as_json or called is not None
            else []
        )
        if as_json:
            answer = {
                "buildings": [asdict(figure) for figure in figures],
                "records": [asdict(record) | {"subject": record.subject} for record in listed],
            }
            click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        _show_figures(box, figures)
        _show_records(box, listed)
        if called is None and any(figure.stale for figure in figures):
            box.say("sheets.stale_hint")


def bar(share: float) -> str:
    """Return a share of 0 to 1 as a bar of 20 cells; only nothing is drawn empty, only all of it full."""
    filled = min(max(round(share * _BAR_CELLS), int(share > 0)), _BAR_CELLS - int(share < 1))
    return "█" * filled + "░" * (_BAR_CELLS - filled)


def _show_figures(box: Opened, figures: list[BuildingFreshness]) -> None:
    if not figures:
        box.say("registers.none")
        return
    names = ("building", "records", "stale", "never", "share", "bar")
    columns = [
        Column(catalogue.text(f"sheets.column_{name}", box.language), figures=name not in {"building", "bar"})
        for name in names
    ]
    nowhere = catalogue.text("sheets.no_building", box.language)
    rows = []
    for figure in figures:
        share = figure.stale / figure.records
        cells = (
            figure.building or nowhere,
            figure.records,
            figure.stale,
            figure.never,
            f"{share:.0%}",
            bar(share),
        )
        rows.append([Text(str(cell)) for cell in cells])
    tables.show(columns, rows)


def _show_records(box: Opened, records: list[StaleRecord]) -> None:
    for record in records:
        if record.confirmed_s is None:
            box.say("sheets.stale_never", subject=record.subject, label=record.label)
        else:
            box.say(
                "sheets.stale_since",
                subject=record.subject,
                label=record.label,
                at=box.at(record.confirmed_s),
                by=record.confirmed_by,
            )


def _tell(box: Opened, plan: Plan, *, dry: bool) -> None:
    for row in plan.rows:
        for sentence in _sentences(box, row):
            click.echo(sentence)
        if dry and row.outcome in {"new", "changed"}:
            box.say(
                f"sheets.row_{row.outcome}", row=row.number, label=row.label, changes="、".join(row.changes)
            )
    if plan.ignored:
        box.say("sheets.ignored", headings="、".join(plan.ignored))
    if plan.unread:
        box.say("sheets.unread", sheets="、".join(plan.unread))
    if isinstance(plan.writes, PeopleWrites) and (plan.writes.houses or plan.writes.organisations):
        box.say("sheets.places", houses=len(plan.writes.houses), organisations=len(plan.writes.organisations))
    box.say("sheets.would_be_done" if dry else "sheets.done", **_counts(plan))


def _counts(plan: Plan) -> dict[str, object]:
    return {
        "new": plan.count("new"),
        "changed": plan.count("changed"),
        "same": plan.count("same"),
        "problems": plan.count("problem"),
    }


def _sentences(box: Opened, row: PlannedRow) -> list[str]:
    return [
        catalogue.text(
            "sheets.problem",
            box.language,
            row=row.number,
            column=problem.column,
            label=row.label,
            sentence=catalogue.explain(problem.refused, box.language),
        )
        for problem in row.problems
    ]


def _as_json(box: Opened, plan: Plan, *, dry: bool) -> dict[str, object]:
    problems = [
        {
            "row": row.number,
            "label": row.label,
            "column": problem.column,
            "key": problem.refused.key,
            "sentence": catalogue.explain(problem.refused, box.language),
        }
        for row in plan.rows
        for problem in row.problems
    ]
    rows = [
        {"row": row.number, "label": row.label, "outcome": row.outcome, "changes": row.changes}
        for row in plan.rows
    ]
    return {
        "sheet": plan.kind,
        "dry_run": dry,
        **_counts(plan),
        "problems": problems,
        "rows": rows,
        "ignored_headings": plan.ignored,
        "unread_sheets": plan.unread,
    }
