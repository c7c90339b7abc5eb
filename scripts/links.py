"""Finds dead links: every relative link in the Markdown files named must lead to a file of the checkout."""

import re
import sys
from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)[^)]*\)")


def dead_links(document: Path) -> list[str]:
    """Return `file:line: target` for each relative link that leads nowhere."""
    return [
        f"{document}:{number}: dead link to {target}"
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1)
        for target in LINK.findall(line)
        if "://" not in target and not (document.parent / target).exists()
    ]


if __name__ == "__main__":
    dead = [line for name in sys.argv[1:] for line in dead_links(Path(name))]
    print("\n".join(dead))
    sys.exit(1 if dead else 0)
