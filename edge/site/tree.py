"""From YAML nodes to plain values, each with the line it stands on.

Keys and dates stay the text that was written; of YAML's tags only the plain ones are known. Whatever is
odd becomes a finding, so that the rest of the file is judged all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from edge.site.errors import Finding, Place

MOST_VALUES = 20_000

_TAG = "tag:yaml.org,2002:"
_WHOLE = {"0o": 8, "0x": 16, "0b": 2}


class TooManyValues(Exception):
    """Anchors multiply the file beyond MOST_VALUES; `line` counts from 1."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}")


@dataclass(slots=True)
class Tree:
    """Plain values, the line of each place, and what was wrong on the way."""

    data: dict[str, object] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    values: int = 0

    def line_of(self, place: Place) -> int:
        """Return the line of a place, or of the nearest part that is written around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def grow(root: MappingNode) -> Tree:
    """Return the values under a document's root. TooManyValues: anchors multiply it."""
    tree = Tree()
    tree.data = _mapping(root, (), tree, frozenset({id(root)}))
    return tree


def _value(node: Node, place: Place, tree: Tree, above: frozenset[int]) -> object:
    line = node.start_mark.line + 1
    tree.values += 1
    if tree.values > MOST_VALUES:
        raise TooManyValues(line)
    tree.lines.setdefault(place, line)
    if id(node) in above:
        tree.findings.append(Finding(place, "site.recursive"))
        return None
    if isinstance(node, MappingNode):
        return _mapping(node, place, tree, above | {id(node)})
    if isinstance(node, SequenceNode):
        _expect_tag(node, "seq", place, tree)
        return [_value(n, (*place, i), tree, above | {id(node)}) for i, n in enumerate(node.value)]
    return _scalar(node, place, tree)


def _mapping(node: MappingNode, place: Place, tree: Tree, above: frozenset[int]) -> dict[str, object]:
    _expect_tag(node, "map", place, tree)
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if not (isinstance(key, str) and _encodable(key)):
            tree.findings.append(Finding(place, "site.key_no_text", line=line))
        elif key == "<<":
            tree.findings.append(Finding(place, "site.merge_key", line=line))
        elif key in found:
            first = {"first": tree.lines[(*place, key)]}
            tree.findings.append(Finding((*place, key), "site.duplicate_key", first, line))
        else:
            tree.lines[(*place, key)] = line
            found[key] = _value(value_node, (*place, key), tree, above)
    return found


def _scalar(node: Node, place: Place, tree: Tree) -> object:
    tag = str(node.tag).removeprefix(_TAG)
    text = str(node.value)
    if not _encodable(text):
        tree.findings.append(Finding(place, "site.bad_text"))
        return text.encode("utf-8", "replace").decode()
    convert = _CONVERTED.get(tag)
    try:
        if convert is not None:
            return convert(text)
    except ValueError:
        tree.findings.append(Finding(place, "site.bad_number"))
        return None
    tree.findings.append(Finding(place, "site.tag_unknown"))
    return text


def _whole_number(text: str) -> int:
    digits = text.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    return sign * int(digits, _WHOLE.get(digits[:2], 10))


def _decimal(text: str) -> float:
    plain = text.replace("_", "").lower()
    return float(plain.replace(".inf", "inf").replace(".nan", "nan"))


_CONVERTED: dict[str, Callable[[str], object]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() in {"true", "yes", "on"},
    "int": _whole_number,
    "float": _decimal,
    "str": str,
    "timestamp": str,
}


def _expect_tag(node: Node, kind: str, place: Place, tree: Tree) -> None:
    if node.tag != _TAG + kind:
        tree.findings.append(Finding(place, "site.tag_unknown"))


def _encodable(text: str) -> bool:
    """Tell whether a text has no half of a surrogate pair, which escapes can write."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
