"""YAML text -> plain values, and the line of each; whatever is odd is refused with its line."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.constructor import BaseConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

_DEEPEST = 20
_MOST_NODES = 20_000
# Longer numbers take quadratic time to be written out, and no key wants them.
_LONGEST_NUMBER_BITS = 64

# What ruamel lets through where a text is odd enough.
_ODD = (YAMLError, ValueError, LookupError, AttributeError, AssertionError, TypeError, RecursionError)

Place = tuple[str | int, ...]


class Unreadable(ValueError):
    """This is no YAML, or holds what no profile has: `line` says where, from 1."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


@dataclass(frozen=True, slots=True)
class Document:
    """A text's plain values (lists as tuples), and the line and value of everything in it by its place."""

    data: object
    lines: dict[Place, tuple[int, object]] = field(default_factory=dict)


def read(text: str) -> Document:
    """Return what `text` holds: a mapping. Raises Unreadable."""
    node = _composed(text)
    lines: dict[Place, tuple[int, object]] = {}
    return Document(_Reader(lines).plain(node, ()), lines)


def _composed(text: str) -> Node:
    try:
        _refuse_vast(text)
        node = YAML(typ="safe", pure=True).compose(text)
    except Unreadable:
        raise
    except MarkedYAMLError as error:
        raise Unreadable(error.problem_mark.line + 1 if error.problem_mark else 1) from None
    except _ODD:
        raise Unreadable(1) from None
    if not isinstance(node, MappingNode):
        raise Unreadable(1)
    return node


def _refuse_vast(text: str) -> None:
    depth = 0
    for count, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        named = kind == "AliasEvent" or getattr(event, "anchor", None) is not None
        if depth > _DEEPEST or count > _MOST_NODES or named:
            raise Unreadable(event.start_mark.line + 1)


class _Reader:
    def __init__(self, lines: dict[Place, tuple[int, object]]) -> None:
        self._lines = lines
        self._build: BaseConstructor = YAML(typ="safe", pure=True).constructor

    def plain(self, node: Node, place: Place) -> object:
        """Return a node's plain value, and note the line and the value of everything below it."""
        value: object
        if isinstance(node, MappingNode):
            value = dict(self._members(node, place))
        elif isinstance(node, SequenceNode):
            value = tuple(self.plain(item, (*place, i)) for i, item in enumerate(node.value))
        else:
            value = self._scalar(node)
        self._lines[place] = (_line(node), value)
        return value

    def _members(self, node: MappingNode, place: Place) -> Iterator[tuple[str | int, object]]:
        seen: set[object] = set()
        for key_node, value_node in node.value:
            key = self._scalar(key_node)
            if not isinstance(key, (str, int)) or key in seen:
                raise Unreadable(_line(key_node))
            seen.add(key)
            # A zone's name is text, however it is written; the numbers of `values` are numbers.
            name = str(key) if place == ("zones",) else key
            value = self.plain(value_node, (*place, name))
            self._lines[(*place, name)] = (_line(key_node), value)
            yield name, value

    def _scalar(self, node: Node) -> object:
        try:
            value: object = self._build.construct_object(node)
        except _ODD:
            raise Unreadable(_line(node)) from None
        if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER_BITS:
            raise Unreadable(_line(node))
        return value


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
