"""XML from the network: decoded, and bounded before anything walks through it."""

from collections.abc import Callable, Iterator
from typing import TypeVar
from xml.etree.ElementTree import Element

from onveef.parsers import parse_xml

from drivers.cameras.onvif_faults import fault

# ONVIF's own answers stay below 15 levels; who walks through a tree may look below every element again.
DEEPEST = 24
MOST_ELEMENTS = 50_000

T = TypeVar("T")


def decoded(raw: bytes) -> str:
    """Return the text of a document whatever its prolog claims: UTF-8, else what Chinese cameras speak.

    Some end it with what was left in their buffer: zeros and spaces are no part of it.
    """
    raw = raw.strip(b"\0 \t\r\n")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def bounded(text: str, camera: str) -> Element:
    """Return the root of a document. Malformed: no XML, entities of its own, too deep or too large."""
    root = parse_xml(text)
    if root is None:
        raise fault("onvif.malformed", camera, "no XML")
    waiting: list[Iterator[Element]] = [iter(root)]
    elements = 1
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            continue
        elements += 1
        waiting.append(iter(child))
        if len(waiting) > DEEPEST or elements > MOST_ELEMENTS:
            raise fault("onvif.malformed", camera, "XML too deep or too large")
    return root


def parsed(parser: Callable[[str], T], text: str, camera: str) -> T:
    """Return what one of onveef's parsers reads. Malformed: it trips, as over a frame rate of 1e999."""
    try:
        return parser(text)
    except (ValueError, TypeError, LookupError, ArithmeticError):
        raise fault("onvif.malformed", camera, "values out of range") from None


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]
