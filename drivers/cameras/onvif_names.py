"""Names that cameras give themselves, fit to be shown."""

LONGEST_NAME = 80


def printable(text: str) -> str:
    """Return a name that may be shown: one line, nothing that moves a terminal's cursor, not too long."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:LONGEST_NAME]
