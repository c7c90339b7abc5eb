"""Plain values of a site file, of whatever shape they turn out to have."""

from collections.abc import Iterator, Mapping

Plain = Mapping[str, object]


def part(data: Plain, key: str) -> Plain:
    """Return the section under a key, an empty one where there is none."""
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}


def parts(data: Plain, key: str) -> Iterator[tuple[str, Plain]]:
    """Yield the sections below the section under a key, each with its own key."""
    for name, below in part(data, key).items():
        if isinstance(below, Mapping):
            yield name, below


def listed(data: Plain, key: str) -> Iterator[tuple[int, object]]:
    """Yield the entries of the list under a key, each with its position."""
    found = data.get(key)
    yield from enumerate(found if isinstance(found, list) else ())


def sections(data: Plain, key: str) -> Iterator[tuple[int, Plain]]:
    """Yield the sections in the list under a key, each with its position."""
    for index, entry in listed(data, key):
        if isinstance(entry, Mapping):
            yield index, entry


def texts(data: Plain, key: str) -> Iterator[tuple[int, str]]:
    """Yield the texts in the list under a key, each with its position."""
    for index, entry in listed(data, key):
        if isinstance(entry, str):
            yield index, entry
