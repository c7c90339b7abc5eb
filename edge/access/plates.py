"""Plates as decisions compare them: exactly, and with a watchful eye on what readers confuse."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from models.plates.grammar import CONFUSABLE_PAIRS

UNKNOWN = "unknown"  # what a reader says of a colour or type that it could not see


def registered_twin(plate: str, registered: Collection[str]) -> str | None:
    """Return a registered plate one confusable character away, None where there is none."""
    for position, character in enumerate(plate):
        for other in _CONFUSED_WITH.get(character, ()):
            twin = plate[:position] + other + plate[position + 1 :]
            if twin in registered:
                return twin
    return None


def differs(read: str, registered: str | None) -> bool:
    """Say whether what was read contradicts the register; what either does not know contradicts nothing."""
    return registered not in (None, "", UNKNOWN) and read not in ("", UNKNOWN) and read != registered


def _confused_with() -> Mapping[str, str]:
    table = defaultdict[str, list[str]](list)
    for pair in CONFUSABLE_PAIRS:
        a, b = sorted(pair)
        table[a].append(b)
        table[b].append(a)
    return {character: "".join(sorted(others)) for character, others in table.items()}


_CONFUSED_WITH = _confused_with()
