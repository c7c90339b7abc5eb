"""A measured figure beside its goal, and how a bench prints them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import click


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `goal` is None where a figure is only told."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    better: Literal["at least", "at most"] = "at least"

    @property
    def reached(self) -> bool:
        """Whether the goal, if there is one, was reached; nothing reaches a goal with a NaN."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.better == "at least" else self.value <= self.goal


def publish(figures: Sequence[Figure], *, as_json: bool) -> int:
    """Print the figures, one a line or as one JSON object; return the exit code: 1 when one falls short."""
    reached = all(f.reached for f in figures)
    if as_json:
        rows = [asdict(f) | {"reached": f.reached} for f in figures]
        click.echo(json.dumps({"figures": rows, "reached": reached}, ensure_ascii=False))
    else:
        for figure in figures:
            click.echo(_line(figure))
    return 0 if reached and figures else 1


def _line(figure: Figure) -> str:
    told = f"{figure.name:<44} {figure.value:>12.4g} {figure.unit:<8}"
    if figure.goal is None:
        return told
    verdict = "reached" if figure.reached else "FELL SHORT"
    return f"{told} goal {figure.better} {figure.goal:g}: {verdict}"
