"""`menwei visitor …`: passes for visitors, with a QR code to print or send."""

from dataclasses import asdict
from pathlib import Path

import click
import segno

from edge import catalogue
from edge.commands.moments import end_of, start_of
from edge.commands.opening import Opened, json_option, opened, print_json, site_option
from edge.commands.passable import checked
from edge.refusal import Refused
from edge.registers import passes, visitors
from edge.registers.plates import normalised
from edge.registers.visitors import Invitation, Visitor
from edge.store import layout

visitor_argument = click.argument("visitor", metavar="ID", type=click.IntRange(min=1))


@click.group()
def command() -> None:
    """Register visitors, print their QR codes, cancel their passes."""


@command.command("add")
@click.argument("name")
@click.option("--host", type=click.IntRange(min=1), metavar="PERSON", help="Who invited them.")
@click.option("--purpose", required=True, metavar="TEXT", help="What for.")
@click.option(
    "--opening", "openings", multiple=True, metavar="ID", help="Door, door group or lane; as often as needed."
)
@click.option("--from", "begin", required=True, metavar="DATE", help="Good from then on.")
@click.option("--until", "end", required=True, metavar="DATE", help="Good until its end.")
@click.option("--passes", type=int, default=1, show_default=True, help="How often it may be used.")
@click.option("--plate", help="Their vehicle's plate.")
@click.option("--by", required=True, metavar="NAME", help="Who registers them.")
@site_option
def add(
    name: str,
    host: int | None,
    purpose: str,
    openings: tuple[str, ...],
    begin: str,
    *,
    end: str,
    passes: int,
    plate: str | None,
    by: str,
    site_file: Path | None,
) -> None:
    """Register the visitor NAME."""
    exact = None if plate is None else normalised(plate)
    with opened(site_file) as box:
        invitation = Invitation(
            name=name,
            purpose=purpose,
            openings=checked(box.site, openings),
            from_s=start_of(begin, box.zone),
            until_s=end_of(end, box.zone),
            passes=passes,
            plate=exact,
            host=host,
        )
        _say(box, visitors.add(box.connection, invitation, by=by, now=box.now))


@command.command("list")
@click.option("--all", "every", is_flag=True, help="Also whose pass has ended or was cancelled.")
@json_option
@site_option
def list_visitors(site_file: Path | None, *, every: bool, as_json: bool) -> None:
    """List the visitors whose pass is good or will be."""
    with opened(site_file) as box:
        found = visitors.every_visitor(box.connection, None if every else box.now)
        if as_json:
            print_json(asdict(visitor) for visitor in found)
            return
        for visitor in found:
            _say(box, visitor)
        if not found:
            box.say("registers.none")


@command.command("cancel")
@visitor_argument
@site_option
def cancel(visitor: int, site_file: Path | None) -> None:
    """Let a pass open nothing any more."""
    with opened(site_file) as box:
        _say(box, visitors.cancel(box.connection, visitor, now=box.now))


@command.command("reissue")
@visitor_argument
@site_option
def reissue(visitor: int, site_file: Path | None) -> None:
    """Make the code that was given out void; `menwei visitor qr` gives the new one."""
    with opened(site_file) as box:
        _say(box, visitors.reissue(box.connection, visitor))


@command.command("qr")
@visitor_argument
@click.option(
    "--png",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a picture there instead of printing the code.",
)
@site_option
def qr(visitor: int, png: Path | None, site_file: Path | None) -> None:
    """Show the QR code of a pass: whoever has it passes with it."""
    with opened(site_file) as box:
        known = visitors.one(box.connection, visitor)
        key = passes.load_or_create_key(layout.pass_key(box.site.storage.directory))
        text = passes.token(key, visitor, visitors.nonce_of(box.connection, visitor))
        code = segno.make_qr(text, error="m")
        if png is None:
            code.terminal(compact=True)
            click.echo(text)
        else:
            _write(code, png)
        _say(box, known)


def _write(code: segno.QRCode, file: Path) -> None:
    try:
        code.save(str(file), kind="png", scale=6)
    except OSError as error:
        raise Refused(
            "visitors.png_unwritable",
            "the picture {file} cannot be written ({reason}): name another place",
            file=file,
            reason=error.strerror,
        ) from None


def _say(box: Opened, visitor: Visitor) -> None:
    standing = "cancelled" if visitor.cancelled_s is not None else "ended"
    good = visitor.cancelled_s is None and visitor.until_s > box.now and visitor.uses < visitor.passes
    box.say(
        "visitors.visitor",
        id=visitor.id,
        name=visitor.name,
        host=visitor.host_name or "-",
        purpose=visitor.purpose,
        openings="、".join(visitor.openings),
        plate=visitor.plate or "-",
        begin=box.at(visitor.from_s),
        end=box.at(visitor.until_s),
        uses=visitor.uses,
        passes=visitor.passes,
        standing=catalogue.text(f"visitors.{'good' if good else standing}", box.language),
    )
