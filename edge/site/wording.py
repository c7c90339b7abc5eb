"""From the schema's own errors to sentences of the catalogue."""

import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from edge.site.errors import Finding, Place
from edge.site.schema import Site
from edge.site.sections import DATES, HOURS, IDENTIFIER, TOPIC, VARIABLE

KEYS: Mapping[str, str] = {
    "missing": "site.key_missing",
    "string_type": "site.no_text",
    "string_too_short": "site.empty_text",
    "int_type": "site.no_whole_number",
    "int_from_float": "site.no_whole_number",
    "int_parsing_size": "site.no_whole_number",
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
    DATES: "site.dates",
    IDENTIFIER: "site.identifier",
    TOPIC: "site.topic",
    VARIABLE: "site.variable",
}


def findings(error: ErrorDetails, data: object) -> Iterator[Finding]:
    """Yield what one error of the schema in `data` means; the value that it blames is never repeated."""
    place = without_kind(tuple(step for step in error["loc"] if step != "[key]"))
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        yield _unknown_key(place, data)
    elif kind == "missing" and isinstance(place[-1], int):
        yield Finding(place[:-1], "site.corner_shape")
    elif kind == "string_pattern_mismatch":
        yield Finding(place, PATTERNS.get(context.get("pattern", ""), "site.invalid"))
    elif kind == "literal_error":
        yield Finding(place, KEYS[kind], {"choices": _choices(context)})
    elif kind == "union_tag_not_found":
        yield Finding((*place, "kind"), "site.key_missing")
    elif kind == "union_tag_invalid":
        yield Finding((*place, "kind"), "site.no_choice", {"choices": _kinds(context)})
    elif kind == "model_type" and place[-1] in SECRETS:
        yield Finding(place, "site.secret_in_file")
    elif kind == "too_short" and _length(data, place) >= context["min_length"]:
        return  # pydantic counts only the valid entries; the others have errors of their own
    elif kind in KEYS:
        bounds = {name: f"{value:g}" for name, value in context.items() if name in _BOUNDS}
        yield Finding(place, KEYS[kind], bounds)
    else:
        yield Finding(place, "site.invalid")


SECRETS = frozenset({"password", "token"})
_BOUNDS = frozenset({"gt", "ge", "lt", "le", "min_length"})


def _length(data: object, place: Place) -> int:
    for step in place:
        data = data[step]  # type: ignore[index] # the schema walked the same way
    return len(data) if isinstance(data, list | dict) else 0


def without_kind(place: Place) -> Place:
    """Return the place as it is written: pydantic puts a wire's kind behind the wire's id."""
    if place[:1] == ("wires",) and len(place) > 2 and place[2] in _wire_kinds():
        return (*place[:2], *place[3:])
    return place


def _choices(context: Mapping[str, Any]) -> str:
    return " | ".join(re.findall(r"'([^']*)'", str(context.get("expected", ""))))


def _kinds(context: Mapping[str, Any]) -> str:
    return " | ".join(re.findall(r"'([^']*)'", str(context.get("expected_tags", ""))))


def _unknown_key(place: Place, data: object) -> Finding:
    *outer, key = place
    known = known_keys(tuple(outer), data)
    near = difflib.get_close_matches(str(key), known, n=1)
    if near:
        return Finding(place, "site.key_unknown_near", {"nearest": near[0]})
    if outer and outer[-1] in SECRETS:
        # A password in the place of a key: it must not be told.
        return Finding(tuple(outer), "site.secret_in_file")
    return Finding(place, "site.key_unknown", {"known": ", ".join(known)})


def known_keys(place: Place, data: object) -> tuple[str, ...]:
    """Return the keys that the schema knows at a place of `data`, in its order."""
    section = _resolved(_json_schema(), data)
    for step in place:
        data = data.get(step) if isinstance(data, Mapping) else None
        inner = section.get("properties", {}).get(step) or _under_any_id(section) or section.get("items")
        if not isinstance(inner, dict):
            return ()
        section = _resolved(inner, data)
    return tuple(section.get("properties", {}))


def _under_any_id(section: Mapping[str, Any]) -> object:
    further = section.get("additionalProperties")
    return next(iter(section.get("patternProperties", {}).values()), None) or further


def _resolved(section: dict[str, Any], data: object) -> dict[str, Any]:
    """Follow a reference, also that of an optional section, and of a wire to its kind."""
    if "discriminator" in section:
        kind = data.get("kind") if isinstance(data, Mapping) else None
        chosen = section["discriminator"]["mapping"].get(kind) if isinstance(kind, str) else None
        return {} if chosen is None else _resolved({"$ref": chosen}, data)
    for choice in section.get("anyOf", ()):
        if "$ref" in choice:
            return _resolved(choice, data)
    if "$ref" in section:
        found: dict[str, Any] = _json_schema()["$defs"][section["$ref"].rpartition("/")[2]]
        return found
    return section


@functools.cache
def _wire_kinds() -> frozenset[str]:
    wires = _json_schema()["properties"]["wires"]
    mapping: Mapping[str, str] = _under_any_id(wires)["discriminator"]["mapping"]  # type: ignore[index] # ours
    return frozenset(mapping)


@functools.cache
def _json_schema() -> dict[str, Any]:
    return Site.model_json_schema()
