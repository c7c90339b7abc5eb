"""The demo's live view: what the cameras see beside what is alerted; plain lines where nobody watches."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import click
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from edge.alerts.alert import Alert
from edge.demo.tally import Tally
from edge.demo.wording import Wording
from edge.events import Stamped

SEEN_ROWS = 12
ALERT_ROWS = 10
_COLOURS = {"info": "cyan", "notice": "yellow", "warning": "dark_orange", "critical": "bold red"}


@dataclass(frozen=True, slots=True)
class News:
    """What is new since the last look, and where everything stands."""

    seconds: float
    observations: Sequence[Stamped]
    alerts: Sequence[Alert]
    tally: Tally


class Screen(Protocol):
    """Shows news."""

    def show(self, news: News) -> None:
        """Show what is new."""
        ...

    def note(self, sentence: str) -> None:
        """Tell how the demo stands."""
        ...

    def close(self) -> None:
        """Give the terminal back."""
        ...


@dataclass(slots=True)
class Lines:
    """One line for each thing seen, alerted and acknowledged."""

    wording: Wording
    told: set[str] = field(default_factory=set)
    told_acknowledged: set[str] = field(default_factory=set)

    def show(self, news: News) -> None:
        """Print the new lines."""
        for stamped in news.observations:
            what = self.wording.observation(stamped.observation)
            if what is not None:
                click.echo(self.wording.say("line_seen", time=self.wording.clock(stamped.wall_s), what=what))
        for alert in news.alerts:
            self._alert(alert, news.tally.latency_ms(alert.id))

    def note(self, sentence: str) -> None:
        """Print it."""
        click.echo(sentence)

    def close(self) -> None:
        """Nothing is held."""

    def _alert(self, alert: Alert, latency_ms: float | None) -> None:
        time, text = self.wording.clock(alert.first_wall_s), self.wording.alert(alert)
        if alert.id not in self.told:
            self.told.add(alert.id)
            severity = self.wording.say(f"severity_{alert.severity}")
            click.echo(self.wording.say("line_alert", time=time, severity=severity, text=text))
        if latency_ms is not None and alert.id not in self.told_acknowledged:
            self.told_acknowledged.add(alert.id)
            click.echo(self.wording.say("line_acknowledged", time=time, text=text, milliseconds=latency_ms))


class LiveView:
    """A table that redraws itself in the terminal."""

    def __init__(self, wording: Wording, site: str, console: Console | None = None) -> None:
        self._wording = wording
        self._title = wording.say("title", site=site)
        self._seen: deque[tuple[str, str]] = deque(maxlen=SEEN_ROWS)
        self._note = ""
        self._live = Live(console=console, auto_refresh=False)
        self._live.start()

    def show(self, news: News) -> None:
        """Redraw."""
        for stamped in news.observations:
            what = self._wording.observation(stamped.observation)
            if what is not None:
                self._seen.append((self._wording.clock(stamped.wall_s), what))
        self._live.update(self._drawn(news), refresh=True)

    def note(self, sentence: str) -> None:
        """Show it under the title from the next redrawing on."""
        self._note = sentence

    def close(self) -> None:
        """Leave the last picture standing."""
        self._live.stop()

    def _drawn(self, news: News) -> Panel:
        summary = news.tally
        status = self._wording.say(
            "status",
            seconds=int(news.seconds),
            observations=summary.observations,
            alerts=len(summary.decided),
            acknowledged=len(summary.decided) - len(summary.outstanding),
        )
        seen, alerts = self._seen_table(), self._alert_table(news)
        standing = Text(self._note, style="dim")
        parts = Group(Text(status, style="bold"), standing, Text(), alerts, Text(), seen)
        return Panel(parts, title=self._title)

    def _seen_table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_row(Text(self._wording.say("seen"), style="bold"))
        for time, what in self._seen:
            table.add_row(Text(time, style="dim"), Text(what))
        if not self._seen:
            table.add_row(Text(self._wording.say("nothing_yet"), style="dim"))
        return table

    def _alert_table(self, news: News) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_row(Text(self._wording.say("alerts"), style="bold"))
        for alert in news.alerts[-ALERT_ROWS:]:
            latency = news.tally.latency_ms(alert.id)
            state = (
                Text(self._wording.say("unacknowledged"), style="yellow")
                if latency is None
                else Text(self._wording.say("acknowledged", milliseconds=latency), style="green")
            )
            table.add_row(
                Text(self._wording.clock(alert.first_wall_s), style="dim"),
                Text(self._wording.say(f"severity_{alert.severity}"), style=_COLOURS[alert.severity]),
                Text(self._wording.alert(alert)),
                Text(self._wording.say("counted", count=alert.count), style="dim"),
                state,
            )
        if not news.alerts:
            table.add_row(Text(self._wording.say("nothing_yet"), style="dim"))
        return table
