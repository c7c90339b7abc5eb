"""What takes two operators: the first asks, and another one says the same in time. Pure."""

from dataclasses import dataclass

SECONDED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked first, why, and when (monotonic seconds)."""

    by: str
    why: str
    at_s: float


def second(first: Asked | None, asked: Asked) -> tuple[Asked | None, Asked | None]:
    """Return who now waits for a second operator, and the first one where `asked` is the second.

    The same name twice is one operator who asked again.
    """
    if first is None or asked.at_s - first.at_s > SECONDED_WITHIN_S or _same(first.by, asked.by):
        return asked, None
    return None, first


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
