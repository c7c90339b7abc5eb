"""`menwei devices test ID`: step by step through one device, with the person who stands at it."""

import getpass
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.text import Text

from edge import catalogue
from edge.catalogue import Language
from edge.clock import SystemClock
from edge.commands import tables
from edge.commands.opening import site_option
from edge.commands.tables import Column
from edge.control.messages import LONGEST_NAME
from edge.control.wording import worded
from edge.devices import commissioning, walkthrough
from edge.devices.walkthrough import DaemonBox, Result
from edge.linkage.effects import Sentence
from edge.refusal import Refused
from edge.site.loading import load
from edge.site.locating import locate
from edge.site.roster import Listed, roster
from edge.site.schema import Site

_BROKEN_OFF = 130
_ANSWERS = {"y": True, "yes": True, "是": True, "n": False, "no": False, "否": False, "r": None, "再": None}


@click.command("test")
@click.argument("device", metavar="ID")
@site_option
@click.option("--operator", metavar="NAME", help="Who tests, for the journal; else your login name.")
@click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(1, 3600),
    metavar="SECONDS",
    help="How long to wait for each thing that is done at the device; else as long as it usually takes.",
)
@click.option(
    "--json",
    "report",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the result there, for the commissioning report.",
)
def command(
    device: str, site_file: Path | None, operator: str | None, seconds: float | None, report: Path | None
) -> None:
    """Test the device ID of the running daemon step by step; exit code 0 when every step passed.

    What is done at the device is real: a door opens, and an alarm is an alert at the community server.
    """
    site = load(locate(site_file, os.environ, Path.cwd()))
    listed = _listed(site, device)
    person = _Terminal(catalogue.language_of())
    name = _login_name() if operator is None else _operator(operator)
    steps = walkthrough.within(commissioning.steps(site, listed), seconds)
    person.say("test_begins", device=listed.name, place=listed.place, id=listed.id)
    results: list[Result] = []
    began_s = SystemClock().wall()
    broken_off = False
    with DaemonBox(site.storage.directory, device, name, SystemClock()) as box:
        try:
            for result in walkthrough.walk(steps, box, person, time.monotonic):
                results.append(result)
                person.result(result)
        except KeyboardInterrupt:
            broken_off = True
    passed = not broken_off and all(result.passed for result in results)
    person.summary(results, broken_off=broken_off, passed=passed)
    if report is not None:
        test = _Test(site, listed, name, began_s, passed, broken_off)
        _write(report, _as_json(test, results, person.language))
    sys.exit(_BROKEN_OFF if broken_off else 0 if passed else 1)


@dataclass(frozen=True, slots=True)
class _Terminal:
    """The person at the terminal, who stands at the device or talks to who does."""

    language: Language

    def say(self, name: str, **values: object) -> None:
        """Print a sentence of the catalogue."""
        click.echo(catalogue.text(f"devices.{name}", self.language, **values))

    def told(self, says: Sentence, within_s: float | None) -> None:
        """Print what to do."""
        text = worded(says, self.language)
        if within_s is None:
            click.echo(text)
        else:
            self.say("to_do", text=text, seconds=f"{within_s:.0f}")

    def asked(self, says: Sentence) -> bool | None:
        """Ask until the answer is one; the end of input is a no."""
        question = catalogue.text("devices.question", self.language, text=worded(says, self.language))
        while True:
            click.echo(f"{question} ", nl=False)
            line = sys.stdin.readline()
            if not line:
                click.echo()
                return False
            answer = line.strip().lower()
            if answer in _ANSWERS:
                return _ANSWERS[answer]

    def result(self, result: Result) -> None:
        """Print what came of a step."""
        verdict = catalogue.text(f"devices.{'passed' if result.passed else 'failed'}", self.language)
        style = "green" if result.passed else "red"
        seen = "" if result.seen is None else worded(result.seen, self.language)
        name = "result" if seen else "result_alone"
        text = catalogue.text(
            f"devices.{name}", self.language, verdict=verdict, seconds=f"{result.took_s:.1f}", seen=seen
        )
        click.echo(click.style(text, fg=style))

    def summary(self, results: Sequence[Result], *, broken_off: bool, passed: bool) -> None:
        """Print all results in one table, and the verdict."""
        columns = [
            Column(catalogue.text(f"devices.column_{name}", self.language), figures=name == "took")
            for name in ("step", "result", "took", "seen")
        ]
        click.echo()
        tables.show(columns, [self._row(result) for result in results])
        verdict = "test_broken_off" if broken_off else "test_passed" if passed else "test_failed"
        failed = sum(not result.passed for result in results)
        self.say(verdict, failed=failed, steps=len(results))

    def _row(self, result: Result) -> Sequence[Text]:
        verdict = catalogue.text(f"devices.{'passed' if result.passed else 'failed'}", self.language)
        return (
            Text(worded(result.says, self.language)),
            Text(verdict, style="green" if result.passed else "bold red"),
            Text(f"{result.took_s:.1f}"),
            Text("" if result.seen is None else worded(result.seen, self.language)),
        )


@dataclass(frozen=True, slots=True)
class _Test:
    """One test of one device."""

    site: Site
    listed: Listed
    operator: str
    began_wall_s: float
    passed: bool
    broken_off: bool


def _listed(site: Site, device: str) -> Listed:
    listed = roster(site.wires).get(device)
    if listed is not None:
        return listed
    if device in site.cameras:
        raise Refused(
            "devices.no_test_of_cameras",
            "{device} is a camera: see it with menwei devices watch, or menwei check --devices",
            device=device,
        )
    raise Refused("devices.unknown", "the site file names no device {device}: correct its id", device=device)


def _operator(name: str) -> str:
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise Refused(
            "devices.bad_operator",
            "a name in the journal has 1 to {most} letters on one line: correct --operator",
            most=LONGEST_NAME,
        )
    return name


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Refused(
            "devices.no_operator", "nobody knows who you are here: name yourself with --operator"
        ) from None


def _as_json(test: _Test, results: Sequence[Result], language: Language) -> str:
    began = datetime.fromtimestamp(test.began_wall_s, UTC).astimezone(test.site.site.zone_info)
    told = {
        "site": test.site.site.id,
        "device": test.listed.id,
        "name": test.listed.name,
        "kind": test.listed.kind,
        "place": test.listed.place,
        "operator": test.operator,
        "began": began.isoformat(timespec="seconds"),
        "passed": test.passed,
        "broken_off": test.broken_off,
        "steps": [
            {
                "step": worded(result.says, language),
                "passed": result.passed,
                "took_s": round(result.took_s, 3),
                "seen": None if result.seen is None else worded(result.seen, language),
            }
            for result in results
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(
            "devices.report_unwritable",
            "the result cannot be written to {file} ({reason}): name another file",
            file=file,
            reason=error.strerror,
        ) from error
