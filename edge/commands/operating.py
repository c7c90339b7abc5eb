"""What commands that have something done by the running daemon share: who asks, why, and its answer."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from edge import catalogue
from edge.control.client import ControlClient
from edge.control.messages import LONGEST_NAME, Act, Answer, Done, GiveOrder
from edge.orders import What
from edge.refusal import Refused
from edge.site.loading import load
from edge.site.locating import locate
from edge.site.schema import Site


def operator_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--by NAME` and `--why TEXT`, both required: whoever has something opened answers for it."""
    command = click.option(
        "--why", required=True, metavar="TEXT", callback=_named(200), help="Why; it is journalled."
    )(command)
    return click.option(
        "--by", required=True, metavar="NAME", callback=_named(LONGEST_NAME), help="Who; it is journalled."
    )(command)


def _named(longest: int) -> Callable[[click.Context, click.Parameter, str], str]:
    def check(context: click.Context, option: click.Parameter, text: str) -> str:
        del context
        text = text.strip()
        if not text or len(text) > longest or not text.isprintable():
            raise Refused(
                "operating.unnamed",
                "--{option} must be 1 to {longest} characters that can be printed",
                option=option.name,
                longest=longest,
            )
        return text

    return check


def site_of(site_file: Path | None) -> Site:
    """Return the site that a command is about. Refused, SiteErrors: there is none, or a wrong one."""
    return load(locate(site_file, os.environ, Path.cwd()))


def ask(site: Site, asked: Act) -> Answer:
    """Have the daemon do something. Refused: no daemon, or its own refusal."""
    with ControlClient(site.storage.directory) as client:
        return client.ask(asked)


def order(site: Site, device: str, what: What, by: str, why: str) -> Done:
    """Have a device told something; return what became of it. Refused: it was not done."""
    answer = ask(site, GiveOrder(device, what, by, why, time.monotonic()))
    if not isinstance(answer, Done):
        raise _unexpected(answer)
    if answer.refused is not None:
        raise Refused(
            "operating.refused",
            "{device} did not do it ({reason})",
            device=device,
            reason=catalogue.sentences("en").get(answer.refused, answer.refused),
        )
    return answer


def _unexpected(answer: Answer) -> Refused:
    return Refused("control.bad_answer", "the daemon's answer is not known ({detail})", detail=type(answer))
