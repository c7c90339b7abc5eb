"""`python -m edge` is `menwei`."""

from edge.cli import main

main()
