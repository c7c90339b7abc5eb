"""How much memory a process has held at most, as the kernel counts it (proc(5))."""

import re
from pathlib import Path

PROC = Path("/proc")


def peak_mb(pid: int, proc: Path = PROC) -> float:
    """Return the peak resident size in MB (10^6 bytes), 0.0 for a process that is gone."""
    try:
        status = (proc / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def children(pid: int, proc: Path = PROC) -> list[int]:
    """Return the processes that `pid` started and that still live; none for a process that is gone."""
    found: list[int] = []
    for thread in sorted((proc / str(pid) / "task").glob("*")):
        try:
            found += [int(child) for child in (thread / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
