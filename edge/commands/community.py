"""`menwei community`: a stand-in for the community server, to see alerts arrive and to try its faults."""

import json
import os
import signal
import threading
from datetime import datetime
from pathlib import Path

import click

from drivers.sim.community import CommunityServer, Manners
from drivers.sim.community_ledger import Arrival
from edge import catalogue
from edge.catalogue import Language
from edge.refusal import Refused
from edge.site.credentials import read_secret
from edge.site.sections import Secret

BROKER_WITHIN_S = 3.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The broker's host.")
@click.option("--port", type=click.IntRange(1, 65535), default=1883, show_default=True, help="Its TCP port.")
@click.option("--username", help="User name at the broker.")
@click.option("--password-file", type=click.Path(path_type=Path), help="File with the password, mode 0600.")
@click.option("--prefix", default="menwei", show_default=True, help="First part of every topic.")
@click.option("--site", default="+", help="Take the alerts of this site only; else of every site.")
@click.option(
    "--away", type=click.FloatRange(min=0), default=0.0, help="Leave for SECONDS after the first event."
)
@click.option("--slow", type=click.FloatRange(min=0), default=0.0, help="Acknowledge SECONDS late.")
@click.option(
    "--forgetful",
    type=click.FloatRange(0, 0.9),
    default=0.0,
    help="Probability to lose a message or an answer.",
)
@click.option("--seed", type=int, default=0, help="Seed of the forgetfulness.")
@click.option("--for", "seconds", type=click.FloatRange(min=0.1), help="End by itself after SECONDS.")
@click.option("--json/--print", "as_json", default=False, help="Print events as JSON, or one sentence each.")
def command(
    *,
    host: str,
    port: int,
    username: str | None,
    password_file: Path | None,
    prefix: str,
    site: str,
    away: float,
    slow: float,
    forgetful: float,
    seed: int,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Receive alerts, acknowledge each by its id, print one line for each."""
    language = catalogue.language_of()
    show = _printed_json if as_json else lambda arrival: _printed(arrival, language)

    def tell(arrival: Arrival) -> None:
        show(arrival)
        if away and len(server.ledger.arrivals) == 1:
            server.be_away(away)

    server = CommunityServer(
        host,
        port,
        prefix=prefix,
        site=site,
        username=username,
        password=_password(password_file),
        manners=Manners(slow_s=slow, forgetful=forgetful, seed=seed),
        tell=tell,
    )
    if not server.start(BROKER_WITHIN_S):
        server.stop()
        raise Refused(
            "community.no_broker", "no broker answers on {host}:{port}: start it first", host=host, port=port
        )
    _wait(seconds)
    server.stop()
    taken, repeats = len(server.ledger.arrivals), server.ledger.repeats
    click.echo(catalogue.text("community.summary", language, taken=taken, repeats=repeats), err=True)


def sentence(arrival: Arrival, language: Language) -> str:
    """Return what an event says, in one line; one that is not a box's goes by its id."""
    values: dict[str, object] = {"site": arrival.site, "sequence": arrival.sequence}
    try:
        name = _name_and_values(arrival, language, values)
    except (KeyError, TypeError):
        return catalogue.text("community.other", language, id=arrival.id, **values)
    return catalogue.text(name, language, **values)


def _name_and_values(arrival: Arrival, language: Language, values: dict[str, object]) -> str:
    if arrival.lane == "pictures":
        values |= {
            "alert": arrival.event["alert"],
            "bytes": len(arrival.event.get("data_base64", "")) * 3 // 4,
        }
        return "community.picture"
    data = arrival.event["data"]
    values |= {"text": data["text"][language], "count": data["count"]}
    values["severity"] = catalogue.text(f"community.{data['severity']}", language)
    if arrival.kind.endswith(".raised"):
        return "community.raised"
    return "community.settled" if data["state"] == "settled" else "community.updated"


def _password(file: Path | None) -> str | None:
    return None if file is None else read_secret(Secret(file=file.absolute()), Path.cwd(), os.environ)


def _printed(arrival: Arrival, language: Language) -> None:
    click.echo(f"{datetime.now().astimezone():%H:%M:%S} {sentence(arrival, language)}")


def _printed_json(arrival: Arrival) -> None:
    click.echo(json.dumps(arrival.event, ensure_ascii=False))


def _wait(seconds: float | None) -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait(seconds)
