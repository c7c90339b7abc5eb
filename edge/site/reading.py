"""From a file's bytes to a tree of values: YAML 1.2, bounded in size, depth and anchors."""

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.reader import ReaderError

from edge.site.tree import MOST_VALUES, TooManyValues, Tree, grow

LARGEST_BYTES = 256 * 1024
DEEPEST = 20

_SYNTAX = {
    "'\\t' that cannot start": "site.yaml_tab",
    "mapping values are not allowed here": "site.yaml_colon",
    "could not find expected ':'": "site.yaml_no_colon",
    "unexpected end of stream": "site.yaml_unclosed",
    "undefined alias": "site.yaml_alias",
    "another document": "site.yaml_documents",
    "that cannot start any token": "site.yaml_quote",
}


class Unreadable(Exception):
    """Nothing of the file can be judged; `line` counts from 1, None where no line is to blame."""

    def __init__(self, key: str, line: int | None = None, **values: object) -> None:
        self.key = key
        self.line = line
        self.values = values
        super().__init__(key)


def read(path: Path) -> Tree:
    """Return what a file says. Unreadable: no such file, no text, no YAML, no mapping, a bomb."""
    text = _text(path)
    try:
        _bounded(text)
        yaml = YAML(typ="safe", pure=True)
        # YAML allows an anchor to be set anew; ruamel would warn about it.
        yaml.composer.warn_double_anchors = False
        root = yaml.compose(text)
    except ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        raise Unreadable("site.control_character", _line(text, position)) from None
    except MarkedYAMLError as error:
        raise _syntax(error) from None
    except (YAMLError, ValueError, AttributeError, AssertionError, TypeError):
        # ruamel answers some malformed directives and escapes with Python's own errors.
        raise Unreadable("site.yaml_syntax", 1) from None
    if root is None or (isinstance(root, ScalarNode) and not root.value):
        raise Unreadable("site.empty")
    if not isinstance(root, MappingNode):
        raise Unreadable("site.no_mapping", root.start_mark.line + 1)
    try:
        return grow(root)
    except TooManyValues as error:
        raise Unreadable("site.too_many_values", error.line, most=MOST_VALUES) from None


def _text(path: Path) -> str:
    if path.is_dir():
        raise Unreadable("site.directory")
    if not path.exists():
        raise Unreadable("site.missing_file")
    if not path.is_file():
        raise Unreadable("site.no_file")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise Unreadable("site.unreadable", reason=error.strerror) from None
    if len(raw) > LARGEST_BYTES:
        raise Unreadable("site.too_large", kib=LARGEST_BYTES // 1024)
    if b"\0" in raw:
        raise Unreadable("site.binary")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("site.not_utf8", raw[: error.start].count(b"\n") + 1) from None
    if not text.strip():
        raise Unreadable("site.empty")
    return text


def _bounded(text: str) -> None:
    """Refuse what the recursive composer would choke on."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Unreadable("site.too_deep", event.start_mark.line + 1, deepest=DEEPEST)


def _syntax(error: MarkedYAMLError) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or ""
    key = next((key for said, key in _SYNTAX.items() if said in problem), "site.yaml_syntax")
    return Unreadable(key, mark.line + 1 if mark else 1)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
