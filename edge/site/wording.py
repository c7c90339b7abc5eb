"""From the schema's own errors to sentences of the catalogue."""

import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from edge.site.errors import Finding, Place
from edge.site.schema import HOURS, IDENTIFIER, TOPIC, VARIABLE, Site

KEYS: Mapping[str, str] = {
    "missing": "site.key_missing",
    "string_type": "site.no_text",
    "string_too_short": "site.empty_text",
    "int_type": "site.no_whole_number",
    "int_from_float": "site.no_whole_number",
    "float_type": "site.no_number",
    "bool_type": "site.no_boolean",
    "finite_number": "site.no_finite_number",
    "greater_than": "site.too_small_open",
    "greater_than_equal": "site.too_small",
    "less_than": "site.too_great_open",
    "less_than_equal": "site.too_great",
    "literal_error": "site.no_choice",
    "too_short": "site.too_few",
    "too_long": "site.corner_shape",
    "tuple_type": "site.no_list",
    "frozen_set_type": "site.no_list",
    "dict_type": "site.no_section",
    "model_type": "site.no_section",
}
"""pydantic's error types that the schema can raise, each with its sentence."""

PATTERNS: Mapping[str, str] = {
    HOURS: "site.hours",
    IDENTIFIER: "site.identifier",
    TOPIC: "site.topic",
    VARIABLE: "site.variable",
}


def findings(error: ErrorDetails, data: object) -> Iterator[Finding]:
    """Yield what one error of the schema in `data` means; the value that it blames is never repeated."""
    place: Place = tuple(step for step in error["loc"] if step != "[key]")
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        yield _unknown_key(place)
    elif kind == "missing" and isinstance(place[-1], int):
        yield Finding(place[:-1], "site.corner_shape")
    elif kind == "string_pattern_mismatch":
        yield Finding(place, PATTERNS.get(context.get("pattern", ""), "site.invalid"))
    elif kind == "literal_error":
        yield Finding(place, KEYS[kind], {"choices": _choices(context)})
    elif kind == "model_type" and place[-1] == "password":
        yield Finding(place, "site.secret_in_file")
    elif kind == "too_short" and _length(data, place) >= context["min_length"]:
        return  # pydantic counts only the valid entries; the others have errors of their own
    elif kind in KEYS:
        bounds = {name: f"{value:g}" for name, value in context.items() if name in _BOUNDS}
        yield Finding(place, KEYS[kind], bounds)
    else:
        yield Finding(place, "site.invalid")


_BOUNDS = frozenset({"gt", "ge", "lt", "le", "min_length"})


def _length(data: object, place: Place) -> int:
    for step in place:
        data = data[step]  # type: ignore[index] # the schema walked the same way
    return len(data) if isinstance(data, list | dict) else 0


def _choices(context: Mapping[str, Any]) -> str:
    return " | ".join(re.findall(r"'([^']*)'", str(context.get("expected", ""))))


def _unknown_key(place: Place) -> Finding:
    *outer, key = place
    known = known_keys(tuple(outer))
    near = difflib.get_close_matches(str(key), known, n=1)
    if near:
        return Finding(place, "site.key_unknown_near", {"nearest": near[0]})
    if outer and outer[-1] == "password":
        # A password in the place of a key: it must not be told.
        return Finding(tuple(outer), "site.secret_in_file")
    return Finding(place, "site.key_unknown", {"known": ", ".join(known)})


def known_keys(place: Place) -> tuple[str, ...]:
    """Return the keys that the schema knows at a place, in its order."""
    part = _resolved(_json_schema())
    for step in place:
        under_any_id = next(iter(part.get("patternProperties", {}).values()), None)
        inner = part.get("properties", {}).get(step) or under_any_id or part.get("items")
        if not isinstance(inner, dict):
            return ()
        part = _resolved(inner)
    return tuple(part.get("properties", {}))


def _resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, also that of an optional section."""
    for choice in part.get("anyOf", ()):
        if "$ref" in choice:
            return _resolved(choice)
    if "$ref" in part:
        found: dict[str, Any] = _json_schema()["$defs"][part["$ref"].rpartition("/")[2]]
        return found
    return part


@functools.cache
def _json_schema() -> dict[str, Any]:
    return Site.model_json_schema()
