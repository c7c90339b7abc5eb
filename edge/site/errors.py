"""Everything that is wrong with a site file, at once, with file, line and path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge import catalogue
from edge.catalogue import Language

Place = tuple[str | int, ...]  # keys and list positions from the top of the file down


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a place; `key` and `values` are its sentence in the catalogue.

    Values are never taken from the file's own values: one of them may be a secret in the wrong place.
    `line` is only given where it is another than the place's own: a key written twice.
    """

    place: Place
    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SiteError:
    """A finding with its file and line; `line` counts from 1 and is None where no line is to blame."""

    file: Path
    line: int | None
    path: str
    key: str
    values: Mapping[str, object]

    def render(self, language: Language) -> str:
        """Return `file:line path: what is wrong, what to do`."""
        where = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        if self.path:
            where = f"{where} {self.path}"
        return f"{where}: {catalogue.text(self.key, language, **self.values)}"


class SiteErrors(Exception):
    """A site file that is refused, with every error in the order of its lines."""

    def __init__(self, file: Path, errors: Sequence[SiteError]) -> None:
        self.file = file
        self.errors = tuple(errors)
        self.key = "site.refused"
        self.values: dict[str, object] = {"file": file, "count": len(self.errors)}
        super().__init__(self.render("en"))

    def render(self, language: Language) -> str:
        """Return one line for every error below a line that counts them."""
        head = catalogue.text(self.key, language, **self.values)
        return "\n".join([head, *(error.render(language) for error in self.errors)])


def written(place: Place) -> str:
    """Return a place as people write it: `cameras.gate.zones.lawn.polygon[2]`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")
