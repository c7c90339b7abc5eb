"""A profile's YAML -> a Profile, or every error in it, each with its line."""

import difflib
import functools
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from drivers.base import Misconfigured
from drivers.fences.profile import Profile

LARGEST_BYTES = 256 * 1024
_DEEPEST = 20
_MOST_NODES = 20_000

_Place = tuple[str | int, ...]
_Lines = dict[_Place, tuple[int, object]]

_SENTENCES: dict[str, str] = {
    "fence.profile_missing": "the profile {file} is not there or cannot be read: correct its path or name",
    "fence.profile_yaml": "{file}:{line}: this is no YAML that can be read: "
    "check indentation, colons, quotes, and keys that stand there twice",
    "fence.profile_unknown_key": "{file}:{line} {place}: this key is not known, did you mean: {detail}",
    "fence.profile_missing_key": "{file}:{line} {place}: this key is missing: add it",
    "fence.profile_bad_value": "{file}:{line} {place}: {value} is not possible here, possible is: {detail}",
    "fence.profile_bit_missing": "{file}:{line} {place}: functions 3 and 4 read registers: "
    "say which bit (0 to 15)",
    "fence.profile_bit_needless": "{file}:{line} {place}: functions 1 and 2 read single bits: leave out bit",
    "fence.profile_coil_value": "{file}:{line} {place}: a coil is set to 1 or 0",
    "fence.profile_pulse_register": "{file}:{line} {place}: only a coil can pulse: use function 5",
    "fence.profile_zone_blind": "{file}:{line} {place}: nothing is read for this zone: add marks or states",
}

_LIMITS: Mapping[str, str] = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
_SHAPES: Mapping[str, str] = {
    "int_type": "0, 1, 2, …",
    "float_type": "0.5, 1, …",
    "finite_number": "0.5, 1, …",
    "string_type": '"…"',
    "string_too_short": '"…"',
    "dict_type": "…: …",
    "model_type": "…: …",
    "tuple_type": "[…]",
    "too_short": "…: …",
}


class _OddKey(ValueError):
    """A key that stands there twice, or is no word or number."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


def shipped() -> tuple[str, ...]:
    """Return the names of the profiles that come along."""
    files = (resources.files("drivers.fences") / "profiles").iterdir()
    return tuple(sorted(f.name.removesuffix(".yaml") for f in files if f.name.endswith(".yaml")))


def load(name: str | Path) -> Profile:
    """Return the profile in a file, or a shipped one by its name. Raises Misconfigured: its first error."""
    return parse(*_text(name))


def parse(text: str, file: str) -> Profile:
    """Return the profile that `text` is; `file` is what errors call it. Raises Misconfigured."""
    profile, found = judge(text, file)
    if profile is None:
        raise found[0]
    return profile


def findings(name: str | Path) -> tuple[Misconfigured, ...]:
    """Return everything that is wrong with a profile, in the order of its lines."""
    try:
        return judge(*_text(name))[1]
    except Misconfigured as error:
        return (error,)


@functools.lru_cache(maxsize=32)
def judge(text: str, file: str) -> tuple[Profile | None, tuple[Misconfigured, ...]]:
    """Return the profile, or None and every error in the order of the lines."""
    try:
        lines: _Lines = {}
        data = _plain(_composed(text), (), lines)
    except (YAMLError, ValueError, AttributeError, AssertionError, TypeError, RecursionError) as error:
        return None, (_finding("fence.profile_yaml", file, _line_of(error), ()),)
    try:
        # A tuple is written as a list; everything else is taken as it stands.
        return Profile.model_validate(data), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = {str(f): f for f in (_explained(file, detail, lines) for detail in details)}
        return None, tuple(sorted(found.values(), key=lambda f: int(str(f.values["line"]))))


def _line_of(error: Exception) -> int:
    if isinstance(error, _OddKey):
        return error.line
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    return mark.line + 1 if mark else 1


def _text(name: str | Path) -> tuple[str, str]:
    try:
        if isinstance(name, str) and name in shipped():
            file = resources.files("drivers.fences") / "profiles" / f"{name}.yaml"
            return file.read_text(encoding="utf-8"), f"{name}.yaml"
        with Path(name).open("rb") as opened:
            raw = opened.read(LARGEST_BYTES + 1)
        return raw[:LARGEST_BYTES].decode("utf-8-sig"), str(name)
    except (OSError, ValueError):
        raise Misconfigured(
            "fence.profile_missing", _SENTENCES["fence.profile_missing"], file=str(name)
        ) from None


def _composed(text: str) -> Node:
    yaml = YAML(typ="safe", pure=True)
    depth = 0
    for count, event in enumerate(yaml.parse(text)):
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > _DEEPEST or count > _MOST_NODES or kind == "AliasEvent":
            raise ValueError("too deep, too long, or with aliases")
    node = YAML(typ="safe", pure=True).compose(text)
    if not isinstance(node, MappingNode):
        raise TypeError("no mapping")
    return node


def _plain(node: Node, place: _Place, lines: _Lines) -> object:
    """Return a node's plain value, and note the line and the value of everything below it."""
    value: object
    if isinstance(node, MappingNode):
        value = dict(_members(node, place, lines))
    elif isinstance(node, SequenceNode):
        value = tuple(_plain(item, (*place, i), lines) for i, item in enumerate(node.value))
    else:
        yaml = YAML(typ="safe", pure=True)
        value = yaml.constructor.construct_object(node)
    lines[place] = (node.start_mark.line + 1, value)
    return value


def _members(node: MappingNode, place: _Place, lines: _Lines) -> Iterator[tuple[str | int, object]]:
    seen: set[object] = set()
    for key_node, value_node in node.value:
        key = YAML(typ="safe", pure=True).constructor.construct_object(key_node)
        if not isinstance(key, (str, int)) or key in seen:
            raise _OddKey(key_node.start_mark.line + 1)
        seen.add(key)
        # A zone's name is text, however it is written; the numbers of `values` are numbers.
        name = str(key) if place == ("zones",) else key
        value = _plain(value_node, (*place, name), lines)
        lines[(*place, name)] = (key_node.start_mark.line + 1, value)
        yield name, value


def _explained(file: str, detail: ErrorDetails, lines: _Lines) -> Misconfigured:
    place = tuple(part for part in detail["loc"] if part != "[key]")
    known = place
    while known and known not in lines:
        known = known[:-1]
    line, value = lines.get(known, (1, None))
    if "[key]" in detail["loc"]:
        value = place[-1]
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return _finding("fence.profile_missing_key", file, line, place)
    if f"fence.profile_{kind}" in _SENTENCES:
        return _finding(f"fence.profile_{kind}", file, line, place)
    if kind == "extra_forbidden":
        return _finding("fence.profile_unknown_key", file, line, place, detail=_alike(place))
    return _finding(
        "fence.profile_bad_value", file, line, place, value=_short(value), detail=_possible(kind, context)
    )


def _short(value: object) -> str:
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, tuple):
        return "[…]" if value else "[]"
    return str(value)[:60].strip() or '""'


def _possible(kind: str, context: Mapping[str, object]) -> str:
    """Return what would be possible, in signs that need no translation."""
    if "expected" in context:
        return str(context["expected"]).replace(" or ", ", ")
    limits = [f"{sign} {context[name]}" for name, sign in _LIMITS.items() if name in context]
    return ", ".join(limits) or str(context.get("pattern") or _SHAPES.get(kind, kind))


def _alike(place: _Place) -> str:
    words = sorted({name for section in _sections(Profile) for name in section})
    return ", ".join(difflib.get_close_matches(str(place[-1]), words, n=3, cutoff=0.5)) or "-"


def _sections(model: type) -> Iterator[set[str]]:
    from drivers.fences import profile

    for section in vars(profile).values():
        fields = getattr(section, "model_fields", None)
        if isinstance(fields, dict) and section is not model:
            yield set(fields)
    yield set(Profile.model_fields)


def _finding(key: str, file: str, line: int, place: _Place, **values: object) -> Misconfigured:
    written = ".".join(str(part) for part in place)
    return Misconfigured(key, _SENTENCES[key], file=file, line=line, place=written, **values)
