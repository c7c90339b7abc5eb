"""What the command line turns into one clear sentence and exit code 2."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Refusal(Protocol):
    """An exception whose sentence the catalogue knows: `key` names it, `values` fill it in.

    The errors of drivers and models have this shape without importing it.
    """

    key: str
    values: dict[str, object]


class Refused(Exception):
    """Something was asked that cannot be done as asked; the sentence says why and what to do."""

    def __init__(self, key: str, sentence: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(sentence.format(**values))
