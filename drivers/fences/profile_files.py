"""A profile's YAML -> a Profile, or every error in it, each with its line."""

import difflib
import functools
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from drivers.base import Misconfigured
from drivers.fences import profile_yaml
from drivers.fences.profile import Profile
from drivers.fences.profile_yaml import Place, Unreadable

LARGEST_BYTES = 256 * 1024

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
        # It may have been raised before, from elsewhere.
        raise found[0].with_traceback(None)
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
        document = profile_yaml.read(text)
    except Unreadable as error:
        return None, (_finding("fence.profile_yaml", file, error.line, ()),)
    try:
        # A tuple is written as a list; everything else is taken as it stands.
        return Profile.model_validate(document.data), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = {str(f): f for f in (_explained(file, detail, document.lines) for detail in details)}
        return None, tuple(sorted(found.values(), key=lambda f: int(str(f.values["line"]))))


def _text(name: str | Path) -> tuple[str, str]:
    try:
        if isinstance(name, str) and name in shipped():
            file = resources.files("drivers.fences") / "profiles" / f"{name}.yaml"
            return file.read_text(encoding="utf-8"), f"{name}.yaml"
        return _contents(Path(name)), str(name)
    except (OSError, ValueError):
        raise Misconfigured(
            "fence.profile_missing", _SENTENCES["fence.profile_missing"], file=str(name)
        ) from None


def _contents(path: Path) -> str:
    with path.open("rb") as opened:
        raw = opened.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise ValueError(f"longer than {LARGEST_BYTES} bytes")
    return raw.decode("utf-8-sig")


def _explained(file: str, detail: ErrorDetails, lines: Mapping[Place, tuple[int, object]]) -> Misconfigured:
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


def _alike(place: Place) -> str:
    words = sorted({name for section in _sections(Profile) for name in section})
    return ", ".join(difflib.get_close_matches(str(place[-1]), words, n=3, cutoff=0.5)) or "-"


def _sections(model: type) -> Iterator[set[str]]:
    from drivers.fences import profile

    for section in vars(profile).values():
        fields = getattr(section, "model_fields", None)
        if isinstance(fields, dict) and section is not model:
            yield set(fields)
    yield set(Profile.model_fields)


def _finding(key: str, file: str, line: int, place: Place, **values: object) -> Misconfigured:
    written = ".".join(str(part) for part in place)
    return Misconfigured(key, _SENTENCES[key], file=file, line=line, place=written, **values)
