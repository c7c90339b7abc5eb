"""Whom a template belongs to: `person/ID` or `watchlist/ID`, the subject of a FaceSeen."""


def person(person_id: int) -> str:
    """Return the subject of a registered person."""
    return f"person/{person_id}"


def watched(entry_id: int) -> str:
    """Return the subject of an entry of the watch-list."""
    return f"watchlist/{entry_id}"


def is_watched(subject: str) -> bool:
    """Say whether a subject is an entry of the watch-list."""
    return subject.startswith("watchlist/")
