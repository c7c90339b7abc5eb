"""Processes that a demo starts: each with its log, each ended by its id, none left over."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

TERM_WITHIN_S = 12.0
KILL_WITHIN_S = 5.0


class Children:
    """Child processes by name; leaving the context ends them, the last one first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what still runs."""
        for name in reversed(list(self._running)):
            self.stop(name)
        for file in self._files:
            file.close()

    def start(self, name: str, command: Sequence[str]) -> int:
        """Start a command with its output in `NAME.log`; return its process id."""
        log = (self._logs / f"{name}.log").open("wb")
        self._files.append(log)
        # In a session of its own Ctrl-C reaches the demo alone, which then ends them in order.
        self._running[name] = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        return self._running[name].pid

    def names(self) -> tuple[str, ...]:
        """Return who was started and not stopped, in that order."""
        return tuple(self._running)

    def exited(self, name: str) -> int | None:
        """Return the exit status of a child that ended by itself, None while it runs."""
        return self._running[name].poll()

    def last_words(self, name: str, lines: int = 12) -> str:
        """Return the end of what a child has written."""
        written = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(written.splitlines()[-lines:])

    def stop(self, name: str) -> None:
        """End one child: asked first, by force when it does not go."""
        child = self._running.pop(name)
        child.terminate()
        try:
            child.wait(TERM_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(KILL_WITHIN_S)
