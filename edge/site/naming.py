"""Names in a site file that lead nowhere, with the nearest one that leads somewhere."""

import difflib
from collections.abc import Collection, Iterator

from edge.site.errors import Finding, Place
from edge.site.plain import Plain, texts


def unknown(what: str, name: object, known: Collection[str], place: Place) -> Iterator[Finding]:
    """Yield `site.WHAT_unknown`, or `site.WHAT_unknown_near`, for a text that is not among the known."""
    if not isinstance(name, str) or name in known:
        return
    near = difflib.get_close_matches(name, sorted(known), n=1)
    if near:
        yield Finding(place, f"site.{what}_unknown_near", {what: name, "nearest": near[0]})
    else:
        yield Finding(place, f"site.{what}_unknown", {what: name})


def each_unknown(
    what: str, section: Plain, key: str, known: Collection[str], place: Place
) -> Iterator[Finding]:
    """Yield the same for every text in the list under a key of a section at `place`."""
    for index, name in texts(section, key):
        yield from unknown(what, name, known, (*place, key, index))
