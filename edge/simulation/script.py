"""What happens to simulated devices and when, from a file: a verb a line."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge import catalogue
from edge.catalogue import Language
from edge.refusal import Refused
from edge.simulation.verbs import Verb

_STAMP = re.compile(r"\+(\d{1,7}(?:\.\d{1,3})?)\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a script: a verb, and when it happens, in seconds after the start."""

    at_s: float
    verb: Verb
    line: int


class ScriptErrors(Exception):
    """A script that is refused, with what is wrong in each of its lines."""

    def __init__(self, file: Path, errors: Sequence[tuple[int, Exception]]) -> None:
        self.file = file
        self.errors = tuple(errors)
        self.key = "simulate.script_refused"
        self.values: dict[str, object] = {"file": file, "count": len(self.errors)}
        super().__init__(self.render("en"))

    def render(self, language: Language) -> str:
        """Return one line for every error, `file:line: what is wrong`, below a line that counts them."""
        head = catalogue.text(self.key, language, **self.values)
        told = (f"{self.file}:{line}: {catalogue.explain(error, language)}" for line, error in self.errors)
        return "\n".join([head, *told])


def read(file: Path) -> str:
    """Return a script's text. Refused: it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "UTF-8?"
        raise Refused(
            "simulate.script_unreadable", "{file} cannot be read ({reason})", file=file, reason=reason
        ) from None


def steps(text: str, file: Path, judge: Callable[[str], Verb]) -> tuple[Step, ...]:
    """Return what a script says, in the order of its time; `judge` reads one line. ScriptErrors: all at once.

    A line may begin with `+SECONDS` after the start; without, it follows the one before it. `wait 2s` lets
    time pass. `#` at the beginning of a line or after a space begins a comment.
    """
    found: list[Step] = []
    errors: list[tuple[int, Exception]] = []
    now_s = 0.0
    for number, written in enumerate(text.splitlines(), start=1):
        line = re.split(r"(?:^|\s)#", written, maxsplit=1)[0].strip()
        stamp = _STAMP.match(line)
        if stamp is not None:
            now_s, line = float(stamp[1]), line[stamp.end() :]
        if not line:
            continue
        try:
            verb = judge(line)
        except Refused as refused:
            errors.append((number, refused))
            continue
        if verb.name == "wait":
            now_s += verb.seconds
        else:
            found.append(Step(now_s, verb, number))
    if errors:
        raise ScriptErrors(file, errors)
    return tuple(sorted(found, key=lambda step: step.at_s))
