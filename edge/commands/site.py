"""`menwei site schema`: the JSON Schema of the site file, for editors."""

import json
from pathlib import Path
from typing import Any

import click

from edge.refusal import Refused
from edge.site.schema import Site


@click.group()
def command() -> None:
    """Tell what a site file may say."""


@command.command()
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead of the terminal.")
def schema(out: Path | None) -> None:
    """Write the JSON Schema of the site file: completion and checks in an editor."""
    text = json_schema()
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(
            "check.schema_unwritable", "{file} cannot be written ({reason})", file=out, reason=error.strerror
        ) from None


def json_schema() -> str:
    """Return the schema as JSON text with a final newline."""
    whole: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    whole |= Site.model_json_schema()
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
