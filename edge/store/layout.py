"""What lies where in the storage directory."""

from pathlib import Path


def database(directory: Path) -> Path:
    """Return the database file: journal, outbox and registers."""
    return directory / "menwei.db"


def template_key(directory: Path) -> Path:
    """Return the key file under which face templates are sealed."""
    return directory / "templates.key"


def evidence(directory: Path) -> Path:
    """Return the folder of evidence pictures."""
    return directory / "evidence"
