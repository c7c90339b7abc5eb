"""Decisions about passing in the words of one language."""

from collections.abc import Mapping

from edge import catalogue
from edge.box_events import Check, PassageDecided
from edge.catalogue import Language

# Doors' sentences before lanes': each keeps its own.
_TOPICS = ("access", "lanes")


def reason_of(decided: PassageDecided, language: Language) -> str:
    """Return why it was decided so."""
    return _told("reason", decided.reason, {}, language)


def verdict_of(decided: PassageDecided, language: Language) -> str:
    """Return whether somebody was let pass, and why."""
    key = "passage.granted" if decided.granted else "passage.refused"
    return catalogue.text(key, language, reason=reason_of(decided, language))


def trace_of(decided: PassageDecided, language: Language) -> list[str]:
    """Return every condition that was looked at, one a line."""
    return [_mark(check) + _told("check", check.name, check.values, language) for check in decided.trace]


def _mark(check: Check) -> str:
    return "✓ " if check.passed else "✗ "


def _told(what: str, name: str, values: Mapping[str, str], language: Language) -> str:
    known = catalogue.sentences(language)
    for topic in _TOPICS:
        sentence = known.get(f"{topic}.{what}_{name}")
        if sentence is not None:
            return sentence.format_map(values)
    return name
