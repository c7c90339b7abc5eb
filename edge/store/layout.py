"""What lies where in the storage directory."""

from pathlib import Path


def database(directory: Path) -> Path:
    """Return the database file: journal, outbox and registers."""
    return directory / "menwei.db"


def template_key(directory: Path) -> Path:
    """Return the key file under which face templates are sealed."""
    return directory / "templates.key"


def pass_key(directory: Path) -> Path:
    """Return the key file that signs visitors' passes."""
    return directory / "passes.key"


def controller_lock(directory: Path) -> Path:
    """Return the file that the running controller holds locked."""
    return directory / "controller.lock"


def control_socket(directory: Path) -> Path:
    """Return the socket at which the running daemon answers."""
    return directory / "control.sock"


def evidence(directory: Path) -> Path:
    """Return the folder of evidence pictures."""
    return directory / "evidence"
